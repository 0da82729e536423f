"""Everything that is known, put together: who is who, what took place, what is registered."""

import tomllib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from examples.recount.activities import Activity, read_activity
from examples.recount.facts import Facts, latest, read_messages
from examples.recount.period import Period
from examples.recount.persons import Persons, Record, resolve_persons
from examples.recount.registry import Registry, read_registry

PARTNERS = (Path(__file__).parents[1] / "programmes",)


@dataclass(frozen=True)
class World:
    """`activities` in the order of their days, whatever became of them."""

    registry: Registry
    persons: Persons
    activities: list[Activity]
    _firsts: dict[Period, dict[Record, date]] = field(default_factory=dict)
    _acting: dict[Period, dict[Record, date]] = field(default_factory=dict)

    @property
    def held(self) -> list[Activity]:
        """Only these count (R2)."""
        return [activity for activity in self.activities if activity.said == "held"]

    def attribute(self, person: Record, name: str, period: Period) -> str | None:
        """Of a pupil in the period (R7); None when nobody says it, or when the person was expected nowhere."""
        first = self.first_day(person, period)
        return None if first is None else self.persons.attribute(person, first, name)

    def first_day(self, person: Record, period: Period) -> date | None:
        """The person's first countable activity of the period, in any programme, else the first with them expected."""
        if period not in self._firsts:
            self._firsts[period] = _first_days([activity for activity in self.held if activity.day in period])
        return self._firsts[period].get(person)

    def first_acting(self, person: Record, period: Period) -> date:
        """The first held activity of the period in which the person acts. Raises KeyError where there is none."""
        if period not in self._acting:
            days = ((who, each.day) for each in reversed(self.held) if each.day in period for who, _ in each.acting)
            self._acting[period] = dict(days)
        return self._acting[period][person]


def _first_days(activities: Sequence[Activity]) -> dict[Record, date]:
    present: dict[Record, date] = {}
    expected: dict[Record, date] = {}
    for activity in activities:
        for person in activity.roll:
            present.setdefault(person, activity.day)
        for person in activity.expected:
            expected.setdefault(person, activity.day)
    return expected | present


def build_world(facts: Facts, registry: Registry, stable_sources: Iterable[str]) -> World:
    """From what stands. Activities are sorted by day alone: nothing depends on the order within one."""
    persons = resolve_persons(facts, set(stable_sources))
    activities = [read_activity(session, persons, registry) for session in facts.sessions]
    return World(registry, persons, sorted(activities, key=lambda activity: activity.day))


def read_world(folders: Sequence[Path], more: Sequence[Path] = (), partners: Sequence[Path] = PARTNERS) -> World:
    """From the folders that the generator wrote. Raises ValueError where they contradict one another."""
    facts = latest(read_messages([*(folder / "messages.ndjson" for folder in folders), *more]))
    return build_world(facts, read_registry(folders), stable_sources(partners))


def stable_sources(partners: Sequence[Path]) -> set[str]:
    """Systems that keep a person's reference from year to year, by the `[[partners]]` of files or folders of files."""
    files = [file for path in partners for file in (sorted(path.glob("*.toml")) if path.is_dir() else [path])]
    tables = [tomllib.loads(file.read_text(encoding="utf-8")) for file in files]
    systems = [system for table in tables for row in table.get("partners", ()) for system in row["systems"]]
    return {system["source"] for system in systems if system.get("stable_references")}
