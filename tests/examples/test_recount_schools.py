"""Schools, académies, conventions and partners, counted in small worlds by hand."""

import pytest

from tests.examples.spoken import (
    REGISTERED,
    SCHOOLS,
    acting,
    asked,
    cells,
    convention,
    engaged,
    establishment,
    held,
    member_of,
    organisation,
    profiled,
    programme,
)

GT, PRO, FAR = "0300125Y", "0301498R", "0300077W"


def test_a_site_counts_once_and_in_each_type_of_its_schools() -> None:
    entries = [*REGISTERED[:2], establishment(GT), establishment(PRO, site=GT, nature="lycee_professionnel")]
    headcount = [{"establishment": "0300002P", "pupils": 3}, {"establishment": FAR, "pupils": 0}]
    facts = [profiled("a1", uai=GT), profiled("b1", uai=None), held("s1", "a1", "b1", place=PRO, headcounts=headcount)]

    found = asked(facts, "I05", by="type", entries=entries)

    # A school that nobody registered is a site of its own, of no known type.
    assert (found["value"], found["details"]["uai"]) == (2, 3)
    assert cells(found) == {"lycee_gt": 1, "lycee_professionnel": 1, "non_renseigne": 1}
    assert asked(facts, "I05_uai", entries=entries)["value"] == 3


def test_an_absent_pupil_or_a_cancelled_activity_reaches_no_school() -> None:
    absent = [{"record": "a1", "status": "absent_justifie"}]
    off = {**held("s2", place=FAR), "said": "session.cancelled"}

    assert asked([profiled("a1"), held("s1", presences=absent), off], "I05")["value"] == 0


def test_academies_are_among_the_thirty_and_are_those_of_the_sites() -> None:
    entries = [
        *REGISTERED[:2],
        establishment("0300077W", academie="11", departement="30"),
        establishment("0300125Y", academie="11", departement="34"),
        establishment("0300002P", academie="28", departement="974"),
        establishment("0301778V", academie="40", departement="988"),
        establishment("0300056Y", site="0300002P", academie="01", departement="75"),
    ]
    places = ["0300077W", "0300125Y", "0301778V", "0300056Y"]

    found = asked([held(f"s{each}", place=each) for each in places], "I07", entries=entries)

    assert found["value"] == 2
    assert found["details"] == {"toutes": 0, "departements": 3, "overseas": 1}


def test_all_of_them_are_thirty() -> None:
    metropolitan = {f"{number:02}" for number in range(1, 26)} - {"05", "21"} | {"27", "70"}
    codes = [*sorted(metropolitan), "28", "31", "32", "33", "43"]
    entries = [*REGISTERED[:2], *(establishment(f"{code}00000X", academie=code) for code in codes)]
    there = [held(f"s{code}", place=f"{code}00000X", on=f"2019-03-{day:02}") for day, code in enumerate(codes, 1)]

    found = asked(there, "I07", entries=entries)

    assert (found["value"], found["details"]["toutes"], found["details"]["overseas"]) == (30, 1, 5)
    assert asked(there[1:], "I07", entries=entries)["details"]["toutes"] == 0


def test_a_roped_school_has_a_convention_on_a_day_of_the_period() -> None:
    entries = [
        *REGISTERED,
        convention("a", "2015-09-01", "2018-09-01", establishment=FAR),
        convention("b", "2015-09-01", "2018-09-02", establishment=GT),
        convention("c", "2019-08-31", establishment="0300002P"),
        convention("d", "2019-09-01", establishment="0301778V"),
        convention("e", "2018-09-01", establishment=FAR, role="tete"),
        convention("f", "2018-09-01", establishment=FAR, programme="other"),
        programme("other", "x"),
    ]

    assert asked([], "I06", entries=entries, programme="ales")["value"] == 2
    assert asked([], "I06", entries=entries)["value"] == 3


def test_a_roped_site_counts_once_in_the_type_of_the_school_that_signed() -> None:
    entries = [
        *REGISTERED[:2],
        establishment(GT),
        establishment(PRO, site=GT, nature="lycee_professionnel"),
        convention("a", establishment=GT),
        convention("b", establishment=PRO),
        convention("over", "2010-09-01", "2015-09-01", establishment=PRO),
        convention("c", establishment=PRO, role="encorde", programme="inside"),
        programme("inside", parent="ales"),
    ]

    found = asked([], "I06", by="type", entries=entries, programme="ales")

    assert (found["value"], cells(found)) == (1, {"lycee_gt": 1, "lycee_professionnel": 1})


def test_a_site_joins_with_its_first_convention_and_leaves_with_its_last() -> None:
    entries = [
        *REGISTERED,
        convention("old", "2015-09-01", "2018-09-01", establishment=GT),
        convention("again", "2018-09-01", "2020-06-01", establishment=PRO),
        convention("new", "2019-01-01", establishment=FAR),
        convention("gone", "2015-09-01", "2018-09-01", establishment="0301778V"),
        convention("one", "2015-09-01", "2019-09-01", establishment="0300002P"),
    ]

    found = asked([], "I06", entries=entries)

    # The last day of `gone` is the one before the period, that of `one` its last. Next year: 3 - 1 + 0.
    assert (found["value"], found["details"]) == (3, {"joined": 1, "left": 1})
    again = asked([], "I06", "2019-2020", entries=entries)
    assert (again["value"], again["details"]) == (2, {"joined": 0, "left": 1})


def test_an_organisation_ropes_a_school_while_it_runs_the_programme() -> None:
    runs = {"organisation": "y", "starts_on": "2018-09-01", "ends_on": "2019-01-01"}
    entries = [
        organisation("ipp", "centre"),
        organisation("y", "ecole", member_of("ipp", "2018-11-01")),
        organisation("z"),
        programme("ales", runs),
        *SCHOOLS,
        convention("a", "2018-09-01", "2018-11-02", establishment=GT),
        convention("b", "2018-09-01", "2018-11-01", establishment=FAR),
        convention("c", "2019-01-01", establishment="0300002P"),
    ]

    assert asked([], "I06", entries=entries, organisation="y")["value"] == 2
    assert asked([], "I06", entries=entries, organisation="ipp")["value"] == 1
    assert asked([], "I06", entries=entries, organisation="z")["value"] == 0


def test_the_share_in_priority_education_is_of_colleges_when_their_time_in_the_period_starts() -> None:
    def college(code: str, *lists: tuple[int, str]) -> dict[str, object]:
        priority = [{"rentree": year, "status": status} for year, status in lists]
        return establishment(code, nature="college", priority=priority)

    entries = [
        *REGISTERED[:2],
        college("0300077W", (2015, "REP"), (2019, "aucune")),
        college("0300125Y", (2019, "REP+")),
        college("0300002P", (2015, "REP"), (2018, "aucune")),
        establishment("0301778V"),
        convention("a", "2018-09-01", establishment="0300077W"),
        convention("b", "2019-10-01", establishment="0300125Y"),
        convention("c", "2018-09-01", establishment="0300002P"),
        convention("d", "2018-09-01", establishment="0301778V"),
    ]

    found = asked([], "I18b", "2019", entries=entries)

    assert found["details"] == {"priority": 2, "colleges": 3}
    assert found["value"] == pytest.approx(200 / 3)
    again = convention("e", "2019-10-01", establishment="0300077W")
    assert asked([], "I18b", "2019", entries=[*entries, again])["details"] == {"priority": 2, "colleges": 3}
    assert asked([], "I18b", "2019-2020", entries=entries)["details"] == {"priority": 1, "colleges": 3}
    assert asked([], "I18b", "2017-2018", entries=entries)["value"] is None


def test_the_first_day_is_that_of_whoever_ran_the_programme_first() -> None:
    lists = [{"rentree": 2015, "status": "REP"}, {"rentree": 2019, "status": "aucune"}]
    runs = [
        {"organisation": "x", "starts_on": f"2019-{month}-01", "ends_on": f"2019-{month}-20"} for month in ("10", "03")
    ]
    entries = [organisation("x"), programme("ales", *runs), establishment(FAR, nature="college", priority=lists),
               convention("a", establishment=FAR)]  # fmt: skip

    assert asked([], "I18b", "2019", entries=entries, organisation="x")["value"] == 100
    assert cells(asked([], "I06", "2019", entries=entries, organisation="x", by="rep")) == {"REP": 1}


def test_partners_are_bound_or_run_something_that_is_not_their_programme() -> None:
    entries = [
        *REGISTERED,
        organisation("y"),
        *(organisation(name, "entreprise") for name in ("bound", "payer", "late", "sponsor")),
        organisation("town", "collectivite"),
        programme("other", "y"),
        convention("a", organisation="bound"),
        convention("b", organisation="payer", role="financeur"),
        convention("c", "2019-09-01", organisation="late"),
        convention("d", organisation="sponsor", role="parrain"),
        convention("e", organisation="sponsor", role="soutien"),
        convention("f", organisation="late", programme="other"),
        convention("g", organisation="y", role="tete"),
        convention("h", establishment=GT, role="partenaire"),
    ]
    facts = [held("s1", organisers=["x", "town"]), {**held("s2", organisers=["late"]), "said": "session.planned"}]

    found = asked(facts, "I27", by="kind", entries=entries, programme="ales")

    assert (found["value"], cells(found)) == (4, {"entreprise": 3, "collectivite": 1})
    assert asked(facts, "I27", entries=entries)["value"] == 5
    assert asked(facts, "I27", entries=entries, organisation="y")["value"] == 1


@pytest.mark.parametrize("role", ["partenaire", "financeur", "soutien", "parrain"])
def test_each_of_four_roles_makes_a_partner(role: str) -> None:
    entries = [*REGISTERED, organisation("it", "fondation"), convention("a", organisation="it", role=role)]

    assert cells(asked([], "I27", by="kind", entries=entries)) == {"fondation": 1}


def test_sponsors_are_partners_in_that_role_and_their_professionals_act() -> None:
    entries = [*REGISTERED, organisation("sponsor", "entreprise"), organisation("payer", "etat"),
               convention("d", organisation="sponsor", role="parrain"),
               convention("e", organisation="payer")]  # fmt: skip
    people = [engaged("p1", "professionnel"), engaged("q1", "alumni"), engaged("r1", "professionnel")]
    facts = [*people, held("s1", acting=acting("p1", "q1", role="intervenant")), held("s2", acting=acting("p1"))]

    found = asked(facts, "I28", by="kind", entries=entries)

    assert (found["value"], cells(found), found["details"]) == (1, {"entreprise": 1}, {"professionals": 1})


def test_institutions_are_those_of_the_latest_forum() -> None:
    def forum(session: str, day: str, *stands: object) -> dict[str, object]:
        return held(session, activity="forum", on=day, stands=list(stands))

    first = forum("s1", "2019-01-19", {"organisation": "a"}, {"organisation": "b", "status": "confirme"})
    second = forum("s2", "2019-01-26", {"organisation": "b"}, {"organisation": "town", "status": "confirme"},
                   {"organisation": "c", "status": "annule"}, {"organisation": "d", "status": "demande"})  # fmt: skip
    again = forum("s3", "2019-01-26", {"organisation": "b"}, {"organisation": "e", "status": None})
    entries = [*REGISTERED, *(organisation(name) for name in "abcde"), organisation("town", "collectivite")]
    facts = [first, second, again, held("s4", activity="conference", stands=[{"organisation": "f"}])]

    found = asked(facts, "I29", by="edition", entries=entries)

    assert (found["value"], found["details"]) == (3, {"editions": 2})
    assert cells(found) == {"2019-01-19": 2, "2019-01-26": 3}
    assert cells(asked(facts, "I29", by="kind", entries=entries)) == {"ecole": 2, "collectivite": 1}
    assert asked([], "I29")["value"] == 0


def test_conferences_are_counted_by_topic_and_speakers_once() -> None:
    talk = {"activity": "conference"}
    facts = [
        engaged("p1", "chercheur"),
        engaged("q1", "chercheur"),
        engaged("r1", "chercheur"),
        held("s1", title="Le vide", acting=acting("p1", "nobody1", role="conferencier"), **talk),
        held("s2", title="Le vide", acting=acting("p1", role="conferencier"), on="2019-01-26", **talk),
        held("s3", acting=acting("q1", "r1", role="animateur"), **talk),
        held("s4", activity="forum", acting=acting("q1", role="conferencier")),
    ]

    found = asked(facts, "I30", by="topic")

    assert (found["value"], cells(found), found["details"]) == (
        3,
        {"Le vide": 2, "non_renseigne": 1},
        {"speakers": 1},
    )
    assert cells(asked(facts, "I30", by="edition")) == {"2019-03-06": 2, "2019-01-26": 1}


def test_actions_are_told_by_type_unless_asked_by_programme() -> None:
    entries = [*REGISTERED, programme("inside", "x", parent="ales"), programme("other", "x")]
    facts = [held("s1"), held("s2", programme="inside", activity="sport"), held("s3", programme="other", minutes=30)]

    assert cells(asked(facts, "I16", programme="ales", entries=entries)) == {"tutorat": 1, "sport": 1}
    assert cells(asked(facts, "I16", by="programme", entries=entries)) == {"ales": 1, "inside": 1, "other": 1}
    assert cells(asked(facts, "I13", by="programme", entries=entries)) == {"ales": 1, "inside": 1, "other": 0.5}
    assert asked(facts, "I16", programme="ales", entries=entries)["value"] == 2


def test_the_rate_is_of_what_was_held_among_what_was_decided() -> None:
    off = {**held("s2"), "said": "session.cancelled"}
    planned = {**held("s3"), "said": "session.planned"}
    elsewhere = {**held("s4", organisers=["y"]), "said": "session.cancelled"}
    entries = [*REGISTERED, organisation("y")]

    found = asked([held("s1"), off, planned, elsewhere], "I14", organisation="x", entries=entries)

    assert (found["value"], found["details"]) == (1, {"cancelled": 1, "rate_percent": 50})
    assert asked([], "I14")["details"]["rate_percent"] is None
