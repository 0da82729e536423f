"""Trainings of volunteers and the certificates that follow from them, as the systems of their schools say."""

import random
from datetime import date, timedelta
from typing import Any

from examples.generator.messages import Fact, at
from examples.generator.people import Person
from examples.generator.plan import Row
from examples.generator.sessions import Fate
from examples.generator.world import World

Completed = dict[tuple[Person, str], int]
"""Minutes of a course that a person really completed."""


def achievement_facts(world: World) -> list[Fact]:
    """Trainings, then certificates for whoever really met what they ask for."""
    facts, completed = list[Fact](), Completed()
    for position, row in enumerate(world.plan.rows("trainings")):
        rng = world.plan.rng(f"trainings|{position}")
        people = _there(world, row, date.fromisoformat(row["completed_on"]))
        for person in rng.sample(people, min(len(people), world.plan.scaled(row["number"]))):
            completed[person, row["course"]] = row["minutes"]
            facts += _training(world, rng, row, person)
    for position, row in enumerate(world.plan.rows("certificates")):
        facts += _certificates(world, world.plan.rng(f"certificates|{position}"), row, completed)
    return facts


def _school_year(day: date) -> int:
    return day.year if day.month >= 9 else day.year - 1  # noqa: PLR2004 - September


def _there(world: World, row: Row, day: date) -> list[Person]:
    return [person for person in world.volunteers[row["cohort"]] if _school_year(day) in person.engagements]


def _training(world: World, rng: random.Random, row: Row, person: Person) -> list[Fact]:
    """A few are first reported with fewer minutes, as half of the course."""
    day = date.fromisoformat(row["completed_on"])
    data = {
        "programme": world.plan.renamed(row.get("programme")),
        "course": row["course"],
        "training": row["training"],
        "organisation": row["organisation"],
        "minutes": row["minutes"],
        "completed_on": day.isoformat(),
    }
    half = {**data, "minutes": row["minutes"] // 2}
    said = [half, data] if rng.random() < world.plan.table("trouble")["profile_corrected_share"] else [data]
    return _said(world, person, "training", row["course"], day, said)


def _certificates(world: World, rng: random.Random, row: Row, completed: Completed) -> list[Fact]:
    """To all who meet the conditions; some of them lose it again, where the row says how many."""
    day, lost = date.fromisoformat(row["issued_on"]), row.get("withdrawn", 0)
    holders = _holders(world, row, completed, day)
    data = {
        "programme": world.plan.renamed(row.get("programme")),
        "certificate": row["certificate"],
        "organisation": row["organisation"],
        "issued_on": day.isoformat(),
    }
    withdrawn = {**data, "withdrawn_on": (day + timedelta(days=20)).isoformat()}
    facts = list[Fact]()
    for position, person in enumerate(rng.sample(holders, len(holders))):
        said = [data, withdrawn] if position < lost else [data]
        facts += _said(world, person, "certificate", row["certificate"], day, said)
    return facts


def _holders(world: World, row: Row, completed: Completed, day: date) -> list[Person]:
    """Who was a tutor for so many hours in so many school years, and took the whole course."""
    minutes, holders = _tutoring_minutes(world, before=day), list[Person]()
    for person in _there(world, row, day):
        years = [year for year in person.engagements if minutes.get((person, year), 0) >= row["hours"] * 60]
        if len(years) >= row["school_years"] and completed.get((person, row["course"]), 0) >= row["course_minutes"]:
            holders.append(person)
    return holders


def _said(  # noqa: PLR0913, PLR0917 - what is said of whom, of what and when
    world: World, person: Person, kind: str, of: str, day: date, versions: list[dict[str, Any]]
) -> list[Fact]:
    home = person.engagements[_school_year(day)].home
    record = world.registers.record(person, home, _school_year(day), pupil=False)
    event = {"training": "training.completed", "certificate": "certificate.issued"}[kind]
    about = {"record": record, "school_year": _school_year(day)}
    return [
        Fact(
            home,
            event,
            f"{kind}/{record}:{of}",
            {**about, **data, "version": version},
            at(day + timedelta(days=10 * version), "15:00"),
        )
        for version, data in enumerate(versions, start=1)
    ]


def _tutoring_minutes(world: World, *, before: date) -> dict[tuple[Person, int], int]:
    """What each really gave as a tutor, by school year."""
    minutes: dict[tuple[Person, int], int] = {}
    for session in world.sessions:
        if session.tutoring and session.fate is Fate.HELD and session.day < before:
            for act in session.acts:
                if act.role == "tuteur":
                    key = act.person, session.year
                    minutes[key] = minutes.get(key, 0) + session.minutes - act.missed
    return minutes
