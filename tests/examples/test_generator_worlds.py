"""What the documents print comes out of any seed: counted here from the messages alone, and held against the truth."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from examples.generator.__main__ import generate
from examples.generator.plan import load_plan
from examples.generator.sessions import Fate
from examples.generator.territory import academie
from examples.generator.world import build_world
from tests.examples.conftest import PROGRAMMES, Generated
from tests.examples.heard import Heard, listen

SEEDS = (1, 7, 42, 2019)
TEN_HOURS = 600

Listening = Any


@pytest.fixture(scope="session")
def listening(generated: Generated) -> Listening:
    """`listening(programme, seed)`: what its messages say."""
    made: dict[tuple[str, int], Heard] = {}

    def listen_to(programme: str, seed: int) -> Heard:
        if (programme, seed) not in made:
            file = PROGRAMMES[programme]
            made[programme, seed] = listen(generated(seed, file=file), file)
        return made[programme, seed]

    return listen_to


def pupils(heard: Heard, year: int, *activities: str) -> Counter[Any]:
    """Minutes of registered pupils at what was held in a school year."""
    minutes = Counter[Any]()
    for held in heard.held(year):
        if not activities or held["activity"] in activities:
            minutes.update(heard.there(held))
    return minutes


def acting(heard: Heard, year: int, *categories: str) -> set[Any]:
    """Registered persons of these categories who acted in a school year."""
    engaged = [data for data in heard.standing["volunteer.engaged"] if data["school_year"] == year]
    known = {
        heard.person(data["source"], data["record"], year)
        for data in engaged
        if data["spans"][0]["category"] in categories
    }
    return known & {
        heard.person(held["source"], line["record"], year) for held in heard.held(year) for line in held["acting"]
    }


def counted(heard: Heard, year: int) -> dict[tuple[str, str], int]:
    """The largest headcount of each establishment and level."""
    cells: dict[tuple[str, str], int] = {}
    for held in heard.held(year):
        for row in held.get("headcounts", ()):
            cell = row["establishment"], row["level"]
            assert cell not in cells, "each cell is counted once, so that intervals stay narrow"
            cells[cell] = row["pupils"]
    return cells


def schools(heard: Heard, year: int) -> set[str]:
    """Organisations of the students who acted in a school year."""
    students = acting(heard, year, "etudiant")
    return {
        data["spans"][0]["organisation"]
        for data in heard.standing["volunteer.engaged"]
        if data["school_year"] == year and heard.person(data["source"], data["record"], year) in students
    }


@pytest.mark.parametrize("programme", PROGRAMMES)
@pytest.mark.parametrize("seed", [1, 42])
def test_the_messages_say_what_really_happened(listening: Listening, programme: str, seed: int) -> None:
    world = build_world(load_plan(PROGRAMMES[programme], seed=seed))
    happened = [session for session in world.sessions if session.fate is Fate.HELD]
    truth = [(session, seat) for session in happened for seat in session.seats if seat.present]

    heard = listening(programme, seed)

    told = [minutes for held in heard.standing["session.held"] for minutes in heard.there(held).values()]
    assert len(heard.standing["session.held"]) == len(happened)
    assert sum(told) == sum(session.minutes_of(seat) for session, seat in truth)
    assert len(told) == len(truth)
    kinds = ("pupil.profiled", "volunteer.engaged", "student.enrolled")
    assert len(heard.registered(*kinds)) == len(world.people)


@pytest.mark.parametrize("seed", SEEDS)
def test_ales(listening: Listening, generated: Generated, seed: int) -> None:
    heard = listening("ales", seed)
    year = [held for held in heard.standing["session.held"] if held["starts_at"].startswith("2019")]
    known = heard.registered("pupil.profiled")
    tutees = Counter[Any]()
    for held in year:
        if held["activity"] == "tutorat":
            tutees.update(heard.there(held).keys() & known)

    rows = json.loads((generated(seed) / "registry.json").read_text(encoding="utf-8"))
    site = {row["id"]: row["body"]["site"] for row in rows if row["kind"] == "establishment"}

    assert 130 <= len(tutees) < 156
    assert len({site[held["place"]] for held in year if "place" in held}) == 4
    assert 3800 <= sum(sum(heard.there(held).values()) for held in year) / 60 <= 4200
    students = acting(heard, 2018, "etudiant") | acting(heard, 2019, "etudiant")
    assert len(students) == 44


@pytest.mark.parametrize("seed", SEEDS)
def test_albi(listening: Listening, seed: int) -> None:
    heard = listening("albi", seed)
    hours, holders = Counter[Any](), set[Any]()
    for year in (2022, 2023):
        for held in heard.held(year, tutoring=True):
            for line in held["acting"]:
                person = heard.person(held["source"], line["record"], year)
                hours[person, year] += line.get("minutes", held["minutes"])
    taken = {heard.person(data["source"], data["record"], data["school_year"])
             for data in heard.standing["training.completed"] if data["minutes"] >= 900}  # fmt: skip
    for data in heard.standing["certificate.issued"]:
        holders.add(heard.person(data["source"], data["record"], data["school_year"]))

    assert len(pupils(heard, 2023)) == 296
    assert 95 <= len(acting(heard, 2023, "etudiant")) < 100
    assert len(holders) > 10
    assert all(person in taken and min(hours[person, 2022], hours[person, 2023]) >= TEN_HOURS for person in holders)
    tutors = {person for person, year in hours if year == 2023}
    assert {person for person in tutors if hours[person, 2022] < TEN_HOURS}, "some lack a year"
    assert {person for person in tutors if hours[person, 2022] >= TEN_HOURS} - taken, "some lack the course"


@pytest.mark.parametrize("seed", SEEDS)
def test_encpb(listening: Listening, seed: int) -> None:
    heard = listening("encpb", seed)
    forum = next(held for held in heard.held(2019) if held["activity"] == "forum")
    titles = {held["title"] for held in heard.held(2019) if held["activity"] == "conference"}
    tutored = {year: pupils(heard, year, "tutorat") for year in (2020, 2021, 2022)}
    arts = {person for held in heard.held(2023) if held["programme"] == "encpb-sciences-arts"
            for person in heard.there(held)}  # fmt: skip

    assert forum["starts_at"].startswith("2020-01-25")
    assert sum(stand["status"] == "confirme" for stand in forum["stands"]) == 11
    assert any(title.startswith("Jewels in aircraft engines") for title in titles)
    assert len(arts) == 50
    assert schools(heard, 2020) == {"agroparistech", "arts-et-metiers", "chimie-paristech"}
    assert schools(heard, 2021) == {*schools(heard, 2020), "espci"}
    tutors = {heard.person(held["source"], line["record"], 2023) for held in heard.held(2023, tutoring=True)
              for line in held["acting"]}  # fmt: skip
    assert tutors & {person for year in tutored.values() for person in year}, "former tutees are tutors"
    assert all({"bcpst", "pcsi-pc", "tb", "tpc"} >= {span["track"]} for data in heard.standing["pupil.profiled"]
               for span in data["spans"] if span["level"].startswith("CPGE"))  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_ipp_and_x_of_the_same_year(listening: Listening, seed: int) -> None:
    heard, x = listening("ipp", seed), listening("x", seed)
    cells, named, more = counted(heard, 2021), len(pupils(heard, 2021)), len(pupils(x, 2021))

    # R12: whoever is named and counted leaves a cell and is counted by name instead; at worst nobody is.
    assert sum(cells.values()) >= 23_750
    assert sum(cells.values()) + named + more < 25_000
    assert 0 < more <= 300
    assert len(schools(heard, 2020)) == 5
    assert len(schools(heard, 2021)) == 6
    assert {held["programme"] for held in heard.held(2021)} == {"ipp", "ipp-science-camp", "ipp-cordees",
                                                                 "ipp-women-in-science"}  # fmt: skip


@pytest.mark.parametrize("seed", SEEDS)
def test_x(listening: Listening, seed: int) -> None:
    heard = listening("x", seed)
    cells, minutes = counted(heard, 2022), pupils(heard, 2022, "tutorat")
    reached = {uai for uai, _ in cells}
    before = pupils(heard, 2021)
    enrolled = {heard.person(data["source"], data["record"], 2022) for data in heard.standing["student.enrolled"]}
    informed = len(pupils(heard, 2022, "information", "decouverte_campus"))

    assert sum(cells.values()) >= 25_000
    assert sum(cells.values()) + informed < 30_000
    assert len({academie(uai) for uai in reached}) == 30
    assert 428 <= len(reached) <= 472
    assert 1_425 <= sum(attended >= TEN_HOURS for attended in minutes.values()) < 1_500
    assert 4_000 <= len(pupils(heard, 2022, "cours", "stage_sciences", "stage_cpge")) < 4_800
    assert 475 <= len(acting(heard, 2022, "etudiant")) <= 525
    assert 143 <= len(acting(heard, 2022, "enseignant", "chercheur", "doctorant", "alumni")) <= 157
    assert len({held["activity"] for held in heard.held(2022)}) == 6
    assert enrolled & set(before)
    of_x, of_telecom = ({line["record"] for held in heard.held(2022) for line in held["acting"]
                         if school in held.get("organisers", ["ecole-polytechnique"])}
                        for school in ("ecole-polytechnique", "telecom-paris"))  # fmt: skip
    assert of_x & of_telecom, "the same students act for both schools"


def test_messages_stay_few_enough_for_the_demonstration(generated: Generated) -> None:
    limits = {"x": 12_500, "ipp": 2_500, "albi": 2_600, "encpb": 2_600, "ales": 2_600}

    for programme, limit in limits.items():
        messages = generated(1, file=PROGRAMMES[programme]) / "messages.ndjson"

        assert messages.read_bytes().count(b"\n") <= limit, programme


def test_a_sixth_programme_is_one_more_file(tmp_path: Path) -> None:
    (tmp_path / "sixth.toml").write_text(SIXTH, encoding="utf-8")

    written = generate(tmp_path / "sixth.toml", tmp_path / "out", seed=3)

    heard = listen(tmp_path / "out", tmp_path / "sixth.toml")
    assert written["sessions"] == 6
    assert list(pupils(heard, 2024, "tutorat").values()) == [6 * 60] * 12
    assert schools(heard, 2024) == {"une-ecole"}


SIXTH = """
[programme]
programme = "sixth"
name = "Une sixième cordée"
organisers = [{ organisation = "une-ecole", starts_on = "2024-09-01" }]

[[organisations]]
organisation = "une-ecole"
name = "Une école"
nature = "ecole"

[[establishments]]
establishment = "0759950H"
name = "Un collège (démonstration)"
nature = "college"

[[partners]]
partner = "une-ecole"
systems = [{ source = "https://sixth.example", programmes = ["sixth"] }]

[generator]
systems = [{ name = "appli", source = "https://sixth.example" }]
rhythm = { weekdays = [2], hours = ["14:00"] }

[[generator.school_years]]
school_year = 2024
starts_on = "2024-09-02"
ends_on = "2025-07-05"
weeks = ["2024-10-07", "2024-10-14", "2024-11-04", "2024-11-11", "2024-11-18", "2024-11-25"]

[[generator.pupils]]
cohort = "eleves"
home = "appli"
enrolment = "tutorat"
years = [{ school_year = 2024, enter = 12 }]
where = [{ uai = "0759950H", levels = { "3E" = 1 } }]

[[generator.volunteers]]
cohort = "etudiants"
home = "appli"
category = "etudiant"
organisation = "une-ecole"
years = [{ school_year = 2024, enter = 6 }]

[[generator.series]]
series = "tutorat"
activity = "tutorat"
system = "appli"
pupils = [{ cohort = "eleves" }]
acting = [{ cohort = "etudiants", role = "tuteur", number = 2 }]
at_least = 1
"""
