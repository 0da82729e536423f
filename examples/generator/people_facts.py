"""What systems say of people: profiles, enrolments, engagements, studies; with the mistakes that they correct later."""

import random
from datetime import date, timedelta
from typing import Any

from examples.generator.messages import Fact, at
from examples.generator.people import Person, Stay, Study
from examples.generator.plan import System
from examples.generator.world import World

Data = dict[str, Any]


def people_facts(world: World) -> list[Fact]:
    """Everything that is said of everybody, but for joins, trainings and certificates."""
    rng, facts = world.plan.rng("people facts"), list[Fact]()
    for person in world.people:
        for year, stay in person.stays.items():
            facts += _of_pupil(world, rng, person, year, stay)
        for year in person.engagements:
            facts.append(_engagement(world, rng, person, year))
        for year, study in person.studies.items():
            facts.append(_study(world, rng, person, year, study))
    return facts


def _of_pupil(world: World, rng: random.Random, person: Person, year: int, stay: Stay) -> list[Fact]:
    day = date(year, 9, 10) + timedelta(days=rng.randrange(20))
    record = world.registers.record(person, stay.home, year, pupil=True)
    profile = _profile(person, stay, record, year)
    share = world.plan.table("trouble")["profile_corrected_share"]
    facts = _versions(stay.home, profile, _mistaken(rng, _profile(person, stay, record, year), share), "profile", day)
    if stay.enrolment is not None:
        enrolled, before = _enrolment(world, stay, record, year)
        facts += _versions(stay.home, enrolled, before, "enrolment", day)
    return facts


def _versions(home: System, truth: Data, mistaken: Data | None, kind: str, day: date) -> list[Fact]:
    """The truth, after what was said first if that was something else."""
    said = [truth] if mistaken is None else [mistaken, truth]
    event = {"profile": "pupil.profiled", "enrolment": "pupil.enrolled"}[kind]
    subject = f"{kind}/{truth['record']}" + (f":{truth['programme']}" if kind == "enrolment" else "")
    return [
        Fact(home, event, subject, {**data, "version": version}, at(day + timedelta(days=40 * (version - 1))))
        for version, data in enumerate(said, start=1)
    ]


def _profile(person: Person, stay: Stay, record: str, year: int) -> Data:
    spans = []
    for part in stay.schooling:
        span = {
            **whole(part.starts_on, part.ends_on),
            "establishment": part.uai,
            "level": part.level,
            "gender": person.gender,
            "scholarship": person.scholarship,
            "qpv": person.qpv,
        }
        if person.rural != "non_renseigne":
            span["rural"] = person.rural
        if part.track:
            span["track"] = part.track
        spans.append(span)
    return {"record": record, "school_year": year, "spans": spans}


def _mistaken(rng: random.Random, profile: Data, share: float) -> Data | None:
    """What was said first: nothing of a move that nobody knew yet, or no level."""
    first = profile["spans"][0]
    if len(profile["spans"]) > 1:
        first["ends_on"] = profile["spans"].pop()["ends_on"]
        return profile
    if rng.random() >= share:
        return None
    first["level"], first["scholarship"] = "NON_RENSEIGNE", "non_renseigne"
    return profile


def _enrolment(world: World, stay: Stay, record: str, year: int) -> tuple[Data, Data | None]:
    """The enrolment as it ends, and as it was first said where that differs."""
    school_year, kind = world.plan.years[year], stay.enrolment
    common = {"record": record, "programme": stay.programme, "school_year": year}
    active = {**whole(stay.enrolled_from, stay.enrolled_to), "kind": kind, "status": "active"}
    if stay.enrolled_from > school_year.starts_on:
        asked = {**whole(school_year.starts_on, stay.enrolled_from), "kind": kind, "status": "asked"}
        first = {**whole(school_year.starts_on, school_year.ends_on), "kind": kind, "status": "asked"}
        return {**common, "spans": [asked, active]}, {**common, "spans": [first]}
    if stay.enrolled_to < school_year.ends_on:
        longer = {**active, **whole(stay.enrolled_from, school_year.ends_on)}
        return {**common, "spans": [active]}, {**common, "spans": [longer]}
    return {**common, "spans": [active]}, None


def _engagement(world: World, rng: random.Random, person: Person, year: int) -> Fact:
    engaged = person.engagements[year]
    record = world.registers.record(person, engaged.home, year, pupil=False)
    said = {"organisation": engaged.organisation, "category": engaged.category, "gender": person.gender}
    data = {"record": record, "school_year": year, "spans": [{**school_year(year), **said}], "version": 1}
    return Fact(engaged.home, "volunteer.engaged", f"engagement/{record}", data, _september(rng, year))


def _study(world: World, rng: random.Random, person: Person, year: int, study: Study) -> Fact:
    record = world.registers.record(person, study.home, year, pupil=False)
    said = {"organisation": study.organisation, "pathway": study.pathway}
    data = {"record": record, "school_year": year, "spans": [{**school_year(year), **said}], "version": 1}
    return Fact(study.home, "student.enrolled", f"study/{record}", data, _september(rng, year))


def _september(rng: random.Random, year: int) -> Any:
    return at(date(year, 9, 5) + timedelta(days=rng.randrange(20)), "10:00")


def school_year(year: int) -> dict[str, str]:
    """The span of a school year."""
    return whole(date(year, 9, 1), date(year + 1, 9, 1))


def whole(starts_on: date, ends_on: date) -> dict[str, str]:
    """A span as the contract writes it."""
    return {"starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat()}
