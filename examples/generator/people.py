"""Invented pupils and volunteers, the references that each system gives them, and their dates. No names."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from examples.generator.plan import Establishment, Lycee, Plan, SchoolYear

_TO_OTHER_TRACK = {"2GT": "2PRO", "1G": "1PRO", "1T": "1PRO", "2PRO": "2GT", "1PRO": "1T"}


@dataclass(frozen=True)
class Schooling:
    """Where and at which level, from `starts_on` until `ends_on` (out)."""

    starts_on: date
    ends_on: date
    uai: str
    level: str


@dataclass
class Stay:
    """A pupil in one school year: the lycée's reference, the app's (two if there are two accounts), and the dates."""

    reference: str
    accounts: list[str]
    schooling: list[Schooling]
    tutee_from: date
    tutee_to: date


@dataclass(eq=False)
class Pupil:
    """One pupil, and a stay for each school year. A guest is enrolled, but not as a tutee."""

    lycee: Lycee
    gender: str
    scholarship: str
    qpv: str
    guest: bool = False
    stays: dict[int, Stay] = field(default_factory=dict)


@dataclass(eq=False)
class Volunteer:
    """A student, or a member of the staff: one reference in the student system, one a year in the app."""

    reference: str
    category: str
    gender: str
    accounts: dict[int, str] = field(default_factory=dict)


class Register:
    """Gives out references of one system: opaque, in no order, starting small again in every register."""

    def __init__(self, rng: random.Random, prefix: str, capacity: int) -> None:
        """`capacity` references at most."""
        numbers = rng.sample(range(1, capacity + 1), capacity)
        self._references: Iterator[str] = (f"{prefix}-{number:04d}" for number in numbers)

    def next(self) -> str:
        """A reference never given out before by this register."""
        return next(self._references)


@dataclass(frozen=True)
class Registers:
    """The registers of all systems. One that is not stable opens a new register each school year."""

    plan: Plan
    opened: dict[tuple[str, int], Register] = field(default_factory=dict)

    def of(self, source: str, letter: str, year: int) -> Register:
        """The register of a system for a year; 0 for the one that lasts."""
        known = self.opened.get((source + letter, year))
        if known is None:
            capacity = 2 * sum(e.pupils for lycee in self.plan.lycees for e in lycee.establishments) + 50
            prefix = f"{self.plan.programme}-{letter}"
            known = Register(self.plan.rng(f"register|{source}|{letter}|{year}"), prefix, capacity)
            self.opened[source + letter, year] = known
        return known


def draw_pupils(plan: Plan, registers: Registers) -> list[Pupil]:
    """The pupils of every establishment, then the guests; who goes on moves a level up."""
    rng, asked, pupils = plan.rng("pupils"), plan.tables["pupils"], list[Pupil]()
    first, second = plan.years
    for lycee in plan.lycees:
        for establishment in lycee.establishments:
            early = round(establishment.pupils * asked["first_year_share"])
            group = [_pupil(rng, lycee, asked) for _ in range(establishment.pupils)]
            for pupil in group[:early]:
                _stay(pupil, first, establishment.uai, _level(rng, establishment), registers)
            for pupil in group[early:]:
                _stay(pupil, second, establishment.uai, _level(rng, establishment), registers)
            levels = {pupil: pupil.stays[first.year].schooling[0].level for pupil in group[:early]}
            able = [pupil for pupil, level in levels.items() if level in asked["next_level"]]
            for pupil in rng.sample(able, min(len(able), round(early * asked["go_on_share"]))):
                level = rng.choice(asked["next_level"][levels[pupil]])
                _stay(pupil, second, establishment.uai, level, registers)
            pupils += group
    _disturb(plan, rng, pupils, registers)
    return pupils + _guests(plan, rng, registers)


def _pupil(rng: random.Random, lycee: Lycee, asked: dict[str, Any]) -> Pupil:
    return Pupil(
        lycee,
        gender="F" if rng.random() < asked["girls_share"] else "M",
        scholarship="oui" if rng.random() < asked["scholarship_share"] else "non",
        qpv="oui" if rng.random() < asked["qpv_known_share"] else "non_renseigne",
    )


def _level(rng: random.Random, establishment: Establishment) -> str:
    return rng.choices(list(establishment.levels), list(establishment.levels.values()))[0]


def _stay(pupil: Pupil, year: SchoolYear, uai: str, level: str, registers: Registers) -> None:
    """Enrol for a year. A stable system knows the pupil by the reference of the year before."""
    system = pupil.lycee.system
    known = next((stay.reference for stay in pupil.stays.values()), None) if system.stable else None
    pupil.stays[year.year] = Stay(
        reference=known or registers.of(system.source, "p", 0 if system.stable else year.year).next(),
        accounts=[registers.of(registers.plan.sessions.source, "e", year.year).next()],
        schooling=[Schooling(date(year.year, 9, 1), date(year.year + 1, 9, 1), uai, level)],
        tutee_from=year.starts_on,
        tutee_to=year.ends_on,
    )


def _disturb(plan: Plan, rng: random.Random, pupils: list[Pupil], registers: Registers) -> None:
    """What happens to a few, each to another one: a move within the site, a late or a short enrolment, two accounts."""
    asked = plan.tables["pupils"]
    drawn = rng.sample(pupils, len(pupils))
    movers = [pupil for pupil in drawn if len(pupil.lycee.establishments) > 1][: plan.scaled(asked["moves"])]
    others = iter([pupil for pupil in drawn if pupil not in movers])
    for pupil in movers:
        _move(pupil, plan)
    for pupil, _ in zip(others, range(plan.scaled(asked["enrolled_late"])), strict=False):
        weeks, stay = _last(pupil, plan)
        stay.tutee_from = weeks[max(1, round(len(weeks) * 0.15))]
    for pupil, _ in zip(others, range(plan.scaled(asked["leave_early"])), strict=False):
        weeks, stay = _last(pupil, plan)
        stay.tutee_to = weeks[round(len(weeks) * 0.75)]
    for pupil, _ in zip(others, range(plan.scaled(asked["double_accounts"])), strict=False):
        year = max(pupil.stays)
        pupil.stays[year].accounts.append(registers.of(plan.sessions.source, "e", year).next())


def _last(pupil: Pupil, plan: Plan) -> tuple[tuple[date, ...], Stay]:
    year = next(year for year in plan.years if year.year == max(pupil.stays))
    return year.weeks, pupil.stays[year.year]


def _move(pupil: Pupil, plan: Plan) -> None:
    """Half-way through the last year, to the other establishment of the site and the other track."""
    weeks, stay = _last(pupil, plan)
    before, day = stay.schooling[0], weeks[len(weeks) // 2]
    uai = next(e.uai for e in pupil.lycee.establishments if e.uai != before.uai)
    stay.schooling = [
        Schooling(before.starts_on, day, before.uai, before.level),
        Schooling(day, before.ends_on, uai, _TO_OTHER_TRACK[before.level]),
    ]


def _guests(plan: Plan, rng: random.Random, registers: Registers) -> list[Pupil]:
    guests = []
    for number in range(plan.scaled(plan.tables["pupils"]["guests"])):
        lycee, year = plan.lycees[number % len(plan.lycees)], plan.years[number % len(plan.years)]
        establishment = rng.choice(lycee.establishments)
        guest = _pupil(rng, lycee, plan.tables["pupils"])
        guest.guest = True
        _stay(guest, year, establishment.uai, _level(rng, establishment), registers)
        guests.append(guest)
    return guests


def draw_volunteers(plan: Plan, registers: Registers) -> tuple[list[Volunteer], list[Volunteer]]:
    """The students, of whom some return in the second year, and the staff, who are there in both."""
    rng, asked = plan.rng("volunteers"), plan.tables["volunteers"]
    number, early, back = (plan.scaled(asked[name]) for name in ("students", "first_year", "return"))
    first, second = plan.years
    students = [_volunteer(plan, rng, registers, "etudiant") for _ in range(number)]
    staff = [_volunteer(plan, rng, registers, category) for category in asked["staff"]]
    for person in students[:early] + staff:
        person.accounts[first.year] = registers.of(plan.sessions.source, "t", first.year).next()
    for person in students[early - back :] + staff:
        person.accounts[second.year] = registers.of(plan.sessions.source, "t", second.year).next()
    return students, staff


def _volunteer(plan: Plan, rng: random.Random, registers: Registers, category: str) -> Volunteer:
    reference = registers.of(plan.students.source, "v", 0).next()
    return Volunteer(reference, category, gender=rng.choice(["F", "M"]))
