"""The programme file as the generator reads it: who sends, which weeks, how many of whom."""

import random
import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any


class PlanRefused(Exception):
    """The programme file asks for something that cannot be built."""


@dataclass(frozen=True)
class System:
    """A producing system: its partner names the topics, its mode is that of CloudEvents on Kafka."""

    partner: str
    source: str
    mode: str
    stable: bool = True


@dataclass(frozen=True)
class Establishment:
    """One code, and how many of its pupils take part; `levels` are weights."""

    uai: str
    pupils: int
    levels: dict[str, int]


@dataclass(frozen=True)
class Lycee:
    """One site with its own system."""

    system: System
    establishments: tuple[Establishment, ...]


@dataclass(frozen=True)
class SchoolYear:
    """A school year (2018: 2018-2019) and the Mondays of its working weeks."""

    year: int
    starts_on: date
    ends_on: date
    weeks: tuple[date, ...]


@dataclass(frozen=True)
class Plan:
    """Everything that is asked for. `tables` holds the sections whose plain numbers the drawing functions read."""

    programme: str
    seed: int
    scale: float
    aim: tuple[date, date]
    pupil_hours: float
    at_least: int
    organisation: str
    subjects: tuple[str, ...]
    students: System
    sessions: System
    lycees: tuple[Lycee, ...]
    years: tuple[SchoolYear, ...]
    tables: dict[str, dict[str, Any]]

    def rng(self, purpose: str) -> random.Random:
        """Draws of its own for each purpose; the programme's id changes none of them."""
        return random.Random(f"{self.seed}|{purpose}")  # noqa: S311 - invented data, nothing secret

    def in_aim(self, day: date) -> bool:
        """Inside the period that the numbers asked for speak of."""
        return self.aim[0] <= day < self.aim[1]

    def scaled(self, number: int) -> int:
        """So many, in a world of this scale; never nobody where somebody was asked for."""
        return max(1, round(number * self.scale)) if number else 0


def load_plan(file: Path, *, seed: int, programme: str | None = None, scale: float = 1.0) -> Plan:
    """Read the programme file. Raises PlanRefused, OSError, tomllib.TOMLDecodeError, KeyError."""
    if not 0 < scale <= 1:
        raise PlanRefused("scale lies above 0 and is 1 at most")
    with file.open("rb") as stream:
        data = tomllib.load(stream)
    asked = data["generator"]
    aim = date.fromisoformat(asked["aim"]["from"]), date.fromisoformat(asked["aim"]["to"])
    full = [_year(row) for row in asked["school_years"]]
    years = tuple(_thinned(year, aim, scale) for year in full)
    school = asked["systems"]["school_partner"]
    plan = Plan(
        programme=programme or data["programme"]["programme"],
        seed=seed,
        scale=scale,
        aim=aim,
        pupil_hours=asked["aim"]["pupil_hours"] * _weeks_in(aim, years) / _weeks_in(aim, full),
        at_least=asked["at_least"],
        organisation=asked["organisation"],
        subjects=tuple(asked["subjects"]),
        students=System(school, **asked["systems"]["students"]),
        sessions=System(school, **asked["systems"]["sessions"], stable=False),
        lycees=tuple(_lycee(row) for row in asked["lycees"]),
        years=years,
        tables={name: table for name, table in asked.items() if isinstance(table, dict)},
    )
    return _with_scaled_pupils(plan)


def _with_scaled_pupils(plan: Plan) -> Plan:
    """Fewer pupils in each establishment, and hours aimed at in proportion to those that are left."""
    lycees = tuple(
        Lycee(row.system, tuple(Establishment(e.uai, plan.scaled(e.pupils), e.levels) for e in row.establishments))
        for row in plan.lycees
    )
    left = sum(e.pupils for row in lycees for e in row.establishments)
    asked = sum(e.pupils for row in plan.lycees for e in row.establishments)
    return Plan(**{**vars(plan), "lycees": lycees, "pupil_hours": plan.pupil_hours * left / asked})


def _lycee(row: dict[str, Any]) -> Lycee:
    system = System(row["partner"], row["source"], row["mode"], row["stable_references"])
    return Lycee(system, tuple(Establishment(**establishment) for establishment in row["establishments"]))


def _year(row: dict[str, Any]) -> SchoolYear:
    return SchoolYear(
        row["school_year"],
        date.fromisoformat(row["starts_on"]),
        date.fromisoformat(row["ends_on"]),
        tuple(date.fromisoformat(week) for week in row["weeks"]),
    )


def _thinned(year: SchoolYear, aim: tuple[date, date], scale: float) -> SchoolYear:
    """Keep a share of the weeks, spread over the year; enough inside the aim for everybody to come twice."""
    inside = [week for week in year.weeks if aim[0] <= week < aim[1]]
    outside = [week for week in year.weeks if week not in inside]
    kept = {*_spread(inside, max(4, round(len(inside) * scale))), *_spread(outside, round(len(outside) * scale))}
    return SchoolYear(year.year, year.starts_on, year.ends_on, tuple(sorted(kept)))


def _spread(weeks: list[date], number: int) -> list[date]:
    if number >= len(weeks):
        return weeks
    return [weeks[position * len(weeks) // number] for position in range(number)]


def _weeks_in(aim: tuple[date, date], years: Iterable[SchoolYear]) -> int:
    return sum(aim[0] <= week < aim[1] for year in years for week in year.weeks)
