"""R12: the interval of a count that is partly nominative and partly declared. Pure arithmetic over small groups.

A group is what one establishment, level and school year have: distinct named pupils, or declared headcounts. An
establishment or level of None is one that nobody said. The rule speaks of known cells; where something is unknown,
`low` supposes that those pupils are the same and `high` that they are not, so that low ≤ truth ≤ high holds.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

Place = tuple[str | None, str | None, int]
"""Establishment, level, school year."""


@dataclass(frozen=True)
class Named:
    """Distinct pupils on rolls in one place."""

    place: Place
    persons: int


@dataclass(frozen=True)
class Declared:
    """Headcounts of one place: the largest single one, and their sum."""

    place: Place
    largest: int
    total: int


def interval(
    distinct: int, named: Iterable[Named], declared: Iterable[Declared], unanswered: int = 0
) -> tuple[int, int]:
    """Low and high. `unanswered` are declared pupils of whom the filter cannot be answered: they widen `high` only."""
    declared = tuple(declared)
    return (
        distinct + _surely_beside(tuple(named), declared),
        distinct + sum(group.total for group in declared) + unanswered,
    )


def _surely_beside(named: tuple[Named, ...], declared: tuple[Declared, ...]) -> int:
    """Pupils whom the headcounts add for sure: the school year that adds most, since years share pupils."""
    there = _by_establishment(named)
    years: dict[int, int] = defaultdict(int)
    for (establishment, year), groups in _by_establishment(declared).items():
        # Whom nobody knows the establishment of may be of this one.
        near = named if establishment is None else [*there[establishment, year], *there[None, year]]
        # A headcount without a level may hold the same pupils as those with one: never both.
        with_level = sum(_excess(group, near) for group in groups if group.place[1] is not None)
        without = max((_excess(group, near) for group in groups if group.place[1] is None), default=0)
        years[year] += max(with_level, without)
    return max(years.values(), default=0)


G = TypeVar("G", Named, Declared)


def _by_establishment(found: Iterable[G]) -> dict[tuple[str | None, int], list[G]]:
    groups: dict[tuple[str | None, int], list[G]] = defaultdict(list)
    for group in found:
        establishment, _, year = group.place
        groups[establishment, year].append(group)
    return groups


def _excess(group: Declared, named: Iterable[Named]) -> int:
    return max(0, group.largest - sum(other.persons for other in named if _may_be_in(other.place, group.place)))


def _may_be_in(named: Place, declared: Place) -> bool:
    return named[2] == declared[2] and all(
        None in (one, other) or one == other for one, other in zip(named[:2], declared[:2], strict=True)
    )
