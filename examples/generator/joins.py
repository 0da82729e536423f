"""Who says that which records are one person: accounts of an app, references that change, and lives that go on."""

import random
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from examples.generator.messages import Fact, at
from examples.generator.people import Person
from examples.generator.plan import System
from examples.generator.world import World

Sides = list[dict[str, Any]]
Statement = tuple[System, int, Sides]


def joins(world: World) -> list[Fact]:
    """Every statement, after rolls have given accounts to people; a few name the wrong person first."""
    rng = world.plan.rng("joins")
    accounts = [said for person in world.people for said in _accounts(world, person)]
    lives = [said for person in world.people for said in _lives(world, person)]
    wrong = _wrong(rng, accounts, world.plan.scaled(world.plan.table("trouble")["joins_corrected"]))
    numbers = rng.sample(range(1, 2 * len(accounts) + 1), len(accounts))
    facts = []
    for (system, year, sides), number in zip(accounts, numbers, strict=True):
        reference, first = f"{world.plan.programme}-j-{number:04d}", wrong.get(id(sides))
        for version, records in enumerate([first, sides] if first else [sides], start=1):
            moment = at(date(year, 9, 15) + timedelta(days=30 * version), "11:00")
            facts.append(joined(system, reference, records, moment, version))
    for number, (system, year, sides) in enumerate(lives, start=1):
        moment = at(date(year, 9, 20), "12:00")
        facts.append(joined(system, f"{world.plan.programme}-c-{number:04d}", sides, moment))
    return facts


def joined(system: System, join: str, records: Sides, moment: Any, version: int = 1) -> Fact:
    """One statement."""
    data = {"join": join, "records": records, "version": version}
    return Fact(system, "record.joined", f"join/{join}", data, moment)


def _accounts(world: World, person: Person) -> list[Statement]:
    """The record of the system that registers the person, with the accounts of one other partner's systems."""
    systems, by_sender = world.plan.systems, dict[tuple[str, bool, int], Sides]()
    for (name, pupil, year), references in person.records.items():
        system = systems[name]
        if person.home(year, pupil=pupil) is not system:
            sides = by_sender.setdefault((system.stated_by, pupil, year), [])
            sides += [side(system, reference, year) for reference in references]
    return [
        (systems[sender], year, [_registered(world, person, year, pupil=pupil), *sides])
        for (sender, pupil, year), sides in by_sender.items()
    ]


def _wrong(rng: random.Random, known: list[Statement], number: int) -> dict[int, Sides]:
    """For a few, what was said first: the account with somebody else's record of the same year and system."""
    wrong = {}
    for _, year, sides in rng.sample(known, min(number, len(known))):
        others = [
            other[0]
            for _, there, other in known
            if there == year and other is not sides and other[0]["source"] == sides[0]["source"]
        ]
        if others:
            wrong[id(sides)] = [rng.choice(others), *sides[1:]]
    return wrong


def _lives(world: World, person: Person) -> list[Statement]:
    """From year to year where a system forgets, and from pupil to volunteer or student."""
    known = [(year, True) for year in sorted(person.stays)] + [(year, False) for year in person.adult_years]
    said = []
    for (before, was_pupil), (year, pupil) in pairwise(known):
        one, two = person.home(before, pupil=was_pupil), person.home(year, pupil=pupil)
        if one is two and two.stable and was_pupil == pupil:
            continue
        sides = [
            _registered(world, person, before, pupil=was_pupil),
            _registered(world, person, year, pupil=pupil),
        ]
        said.append((two, year, sides))
    return said


def _registered(world: World, person: Person, year: int, *, pupil: bool) -> dict[str, Any]:
    home = person.home(year, pupil=pupil)
    return side(home, world.registers.record(person, home, year, pupil=pupil), year)


def side(system: System, record: str, year: int) -> dict[str, Any]:
    """One record as a statement names it."""
    return {"source": system.source, "record": record, "school_year": year}
