"""The programme file as the generator reads it: who sends, when, and the rows that the drawing modules take apart."""

import random
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

from examples.generator.registry import establishments_of

Row = dict[str, Any]

# A programme file that says nothing of these asks for a world in which everybody comes and nothing goes wrong.
_DEFAULTS: dict[str, Row] = {
    "people": {"girls_share": 0.5, "scholarship_share": 0, "qpv_share": 0},
    "attendance": {
        **dict.fromkeys(
            ("absent_justified", "absent_unjustified", "not_recorded", "late", "leaves_early", "remote"), 0
        ),
        "missed": [10],
    },
    "trouble": dict.fromkeys(
        (
            "planned_share",
            "cancelled_share",
            "cancelled_unseen_share",
            "cancelled_after_held_share",
            "never_held_share",
            "corrected_share",
            "profile_corrected_share",
            "unknown_references",
            "unregistered_records",
            "unknown_tutors",
            "joins_corrected",
        ),
        0,
    ),
}


class PlanRefused(Exception):
    """The programme file asks for something that cannot be built."""


@dataclass(frozen=True)
class System:
    """A producing system: its partner names the topics, its mode is that of CloudEvents on Kafka.

    `stated_by` is the system, of the same partner, that says whose accounts its accounts are.
    """

    name: str
    partner: str
    source: str
    mode: str
    stable: bool
    stated_by: str


@dataclass(frozen=True)
class SchoolYear:
    """A school year (2018: 2018-2019) and the Mondays of its working weeks."""

    year: int
    starts_on: date
    ends_on: date
    weeks: tuple[date, ...]


@dataclass(frozen=True)
class Plan:
    """Everything that is asked for. `asked` is the table `[generator]`; `own` the programme's id in the file."""

    programme: str
    own: str
    seed: int
    scale: float
    systems: dict[str, System]
    years: dict[int, SchoolYear]
    establishments: dict[str, Row]
    asked: Row

    def rng(self, purpose: str) -> random.Random:
        """Draws of its own for each purpose; the programme's id changes none of them."""
        return random.Random(f"{self.seed}|{purpose}")  # noqa: S311 - invented data, nothing secret

    def rows(self, name: str) -> Sequence[Row]:
        """The rows `[[generator.<name>]]`, if any."""
        rows: Sequence[Row] = self.asked.get(name, ())
        return rows

    def table(self, name: str) -> Row:
        """The table `[generator.<name>]` over what it leaves out; empty if there is neither."""
        return {**_DEFAULTS.get(name, {}), **self.asked.get(name, {})}

    def scaled(self, number: int) -> int:
        """So many, in a world of this scale; never nobody where somebody was asked for."""
        return max(1, round(number * self.scale)) if number else 0

    def renamed(self, name: str | None) -> str:
        """A programme's id as it is played; None: the programme itself."""
        return self.programme if name is None else rename(name, self.own, self.programme)

    @cached_property
    def people(self) -> int:
        """How many people are asked for, at most: registers hold more references than that."""
        rows = [*self.rows("pupils"), *self.rows("volunteers")]
        drawn = sum(self.scaled(year.get("enter", 0)) + self.scaled(year.get("go_on", 0)) for row in rows
                    for year in row["years"])  # fmt: skip
        return drawn + sum(self.scaled(row["number"]) for row in self.rows("studies"))


def rename(name: str, own: str, programme: str) -> str:
    """An id that begins with the programme's, for a programme of another id."""
    if name != own and not name.startswith(f"{own}-"):
        raise PlanRefused(f"{name}: what belongs to the programme has an id that begins with {own}-")
    return programme + name.removeprefix(own)


def apportion(total: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers in proportion to the weights, whose sum is `total` (largest remainders)."""
    exact = [total * weight / sum(weights) for weight in weights]
    parts = [int(share) for share in exact]
    largest = sorted(range(len(exact)), key=lambda position: parts[position] - exact[position])
    for position in largest[: total - sum(parts)]:
        parts[position] += 1
    return parts


def load_plan(file: Path, *, seed: int, programme: str | None = None, scale: float = 1.0) -> Plan:
    """Read the programme file. Raises PlanRefused, OSError, tomllib.TOMLDecodeError, KeyError."""
    if not 0 < scale <= 1:
        raise PlanRefused("scale lies above 0 and is 1 at most")
    with file.open("rb") as stream:
        data = tomllib.load(stream)
    own, asked = data["programme"]["programme"], data["generator"]
    return Plan(
        programme=programme or own,
        own=own,
        seed=seed,
        scale=scale,
        systems=_systems(data),
        years={row["school_year"]: _year(row) for row in asked["school_years"]},
        establishments={row["establishment"]: row for row in establishments_of(data, file)},
        asked=asked,
    )


def _systems(data: Row) -> dict[str, System]:
    """The systems that the generator plays, with what `[[partners]]` says of their sources."""
    known = {
        system["source"]: (partner["partner"], system.get("stable_references", False))
        for partner in data["partners"]
        for system in partner["systems"]
    }
    systems = {}
    for row in data["generator"]["systems"]:
        if row["source"] not in known:
            raise PlanRefused(f"{row['source']}: no partner speaks as this source")
        partner, stable = known[row["source"]]
        mode, stated_by = row.get("mode", "binary"), row.get("stated_by", row["name"])
        systems[row["name"]] = System(row["name"], partner, row["source"], mode, stable, stated_by)
    return systems


def _year(row: Row) -> SchoolYear:
    first, last = date.fromisoformat(row["starts_on"]), date.fromisoformat(row["ends_on"])
    return SchoolYear(row["school_year"], first, last, tuple(date.fromisoformat(week) for week in row["weeks"]))
