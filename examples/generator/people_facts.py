"""What the lycées' and the school's systems say of people, with the mistakes that they correct later."""

import random
from datetime import date, timedelta
from typing import Any

from examples.generator.messages import Fact, at
from examples.generator.people import Pupil, Stay, Volunteer
from examples.generator.plan import Plan
from examples.generator.world import World


def people_facts(world: World) -> list[Fact]:
    """Profiles and enrolments from the lycées, engagements and joins from the school."""
    rng = world.plan.rng("people facts")
    facts = [fact for pupil in world.pupils for fact in _of_pupil(world.plan, rng, pupil)]
    facts += [fact for person in world.volunteers for fact in _of_volunteer(world.plan, rng, person)]
    return facts + _joins(world, rng)


def _of_pupil(plan: Plan, rng: random.Random, pupil: Pupil) -> list[Fact]:
    facts = []
    for year, stay in pupil.stays.items():
        day = date(year, 9, 10) + timedelta(days=rng.randrange(20))
        facts += _versions(_profile(pupil, year, stay), _mistaken(plan, rng, pupil, year, stay), "profile", pupil, day)
        enrolled, before = _enrolment(plan, pupil, year, stay)
        facts += _versions(enrolled, before, "enrolment", pupil, day)
    return facts


def _versions(truth: dict[str, Any], mistaken: dict[str, Any] | None, kind: str, pupil: Pupil, day: date) -> list[Fact]:
    """The truth, after what was said first if that was something else."""
    said = [truth] if mistaken is None else [mistaken, truth]
    event = {"profile": "pupil.profiled", "enrolment": "pupil.enrolled"}[kind]
    subject = f"{kind}/{truth['record']}" + (f":{truth['programme']}" if kind == "enrolment" else "")
    days = [day + timedelta(days=40 * position) for position in range(len(said))]
    return [
        Fact(pupil.lycee.system, event, subject, {**data, "version": version}, at(days[version - 1]))
        for version, data in enumerate(said, start=1)
    ]


def _profile(pupil: Pupil, year: int, stay: Stay) -> dict[str, Any]:
    spans = [
        {
            "starts_on": part.starts_on.isoformat(),
            "ends_on": part.ends_on.isoformat(),
            "establishment": part.uai,
            "level": part.level,
            "gender": pupil.gender,
            "scholarship": pupil.scholarship,
            "qpv": pupil.qpv,
        }
        for part in stay.schooling
    ]
    return {"record": stay.reference, "school_year": year, "spans": spans}


def _mistaken(plan: Plan, rng: random.Random, pupil: Pupil, year: int, stay: Stay) -> dict[str, Any] | None:
    """What the lycée said first: a move that it did not know yet, or a wrong level."""
    profile = _profile(pupil, year, stay)
    first = profile["spans"][0]
    if len(profile["spans"]) > 1:
        first["ends_on"] = profile["spans"].pop()["ends_on"]
        return profile
    if rng.random() >= plan.tables["trouble"]["profile_corrected_share"]:
        return None
    first["level"], first["scholarship"] = "NON_RENSEIGNE", "non_renseigne"
    return profile


def _enrolment(plan: Plan, pupil: Pupil, year: int, stay: Stay) -> tuple[dict[str, Any], dict[str, Any] | None]:
    """The enrolment as it ends, and as it was first said where that differs."""
    school_year = next(row for row in plan.years if row.year == year)
    kind = "autre" if pupil.guest else "tutorat"
    common = {"record": stay.reference, "programme": plan.programme, "school_year": year}
    active = _span(stay.tutee_from, stay.tutee_to, kind, "active")
    if stay.tutee_from > school_year.starts_on:
        asked = _span(school_year.starts_on, stay.tutee_from, kind, "asked")
        first = _span(school_year.starts_on, school_year.ends_on, kind, "asked")
        return {**common, "spans": [asked, active]}, {**common, "spans": [first]}
    if stay.tutee_to < school_year.ends_on:
        whole = _span(stay.tutee_from, school_year.ends_on, kind, "active")
        return {**common, "spans": [active]}, {**common, "spans": [whole]}
    return {**common, "spans": [active]}, None


def _span(starts_on: date, ends_on: date, kind: str, status: str) -> dict[str, str]:
    return {"starts_on": starts_on.isoformat(), "ends_on": ends_on.isoformat(), "kind": kind, "status": status}


def _of_volunteer(plan: Plan, rng: random.Random, person: Volunteer) -> list[Fact]:
    facts = []
    for year in person.accounts:
        span = {
            "starts_on": date(year, 9, 1).isoformat(),
            "ends_on": date(year + 1, 9, 1).isoformat(),
            "organisation": plan.organisation,
            "category": person.category,
            "gender": person.gender,
        }
        data = {"record": person.reference, "school_year": year, "spans": [span], "version": 1}
        moment = at(date(year, 9, 5) + timedelta(days=rng.randrange(20)), "10:00")
        facts.append(Fact(plan.students, "volunteer.engaged", f"engagement/{person.reference}", data, moment))
    return facts


def _joins(world: World, rng: random.Random) -> list[Fact]:
    """Whose account of the app is whose, from the school; who is who from year to year, from a lycée without memory."""
    plan = world.plan
    known: list[tuple[int, list[dict[str, Any]]]] = []
    for person in world.volunteers:
        known += [
            (year, [_side(plan.students.source, person.reference, year), _side(plan.sessions.source, account, year)])
            for year, account in person.accounts.items()
        ]
    for pupil in world.pupils:
        for year, stay in pupil.stays.items():
            accounts = [_side(plan.sessions.source, account, year) for account in stay.accounts]
            known.append((year, [_side(pupil.lycee.system.source, stay.reference, year), *accounts]))
    wrong = _wrong(rng, known, plan.scaled(plan.tables["trouble"]["joins_corrected"]))
    numbers = rng.sample(range(1, 2 * len(known)), len(known))
    facts = []
    for (year, sides), number in zip(known, numbers, strict=True):
        reference, first = f"{plan.programme}-j-{number:04d}", wrong.get(id(sides))
        for version, records in enumerate([first, sides] if first else [sides], start=1):
            data = {"join": reference, "records": records, "version": version}
            moment = at(date(year, 9, 15) + timedelta(days=30 * version), "11:00")
            facts.append(Fact(plan.students, "record.joined", f"join/{reference}", data, moment))
    return facts + _continuity(world)


def _wrong(
    rng: random.Random, known: list[tuple[int, list[dict[str, Any]]]], number: int
) -> dict[int, list[dict[str, Any]]]:
    """For a few joins, what was said first: the account with somebody else's record of the same year."""
    wrong = {}
    for year, sides in rng.sample(known, number):
        others = [other for there, other in known if there == year and other is not sides]
        wrong[id(sides)] = [rng.choice(others)[0], *sides[1:]]
    return wrong


def _continuity(world: World) -> list[Fact]:
    facts = []
    changing = [pupil for pupil in world.pupils if not pupil.lycee.system.stable and len(pupil.stays) > 1]
    for number, pupil in enumerate(changing, start=1):
        system, reference = pupil.lycee.system, f"{world.plan.programme}-c-{number:04d}"
        records = [_side(system.source, stay.reference, year) for year, stay in pupil.stays.items()]
        data = {"join": reference, "records": records, "version": 1}
        moment = at(date(max(pupil.stays), 9, 20), "12:00")
        facts.append(Fact(system, "record.joined", f"join/{reference}", data, moment))
    return facts


def _side(source: str, record: str, year: int) -> dict[str, Any]:
    return {"source": source, "record": record, "school_year": year}
