"""Declared indicators as the registry holds them, with what was said before and what they are the sum of."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.indicators.declared import Said, bounds
from services.reporting.indicators.indicator import Figure
from services.reporting.periods import Period
from services.reporting.tables import declaration, declaration_earlier, declaration_part, programme

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Part:
    """A declaration whose number another one adds up. Unknown where nobody has declared it yet."""

    declaration: str
    declared: Row | None


@dataclass(frozen=True)
class Declaration:
    """One declaration, whole."""

    row: Row
    earlier: Sequence[Row] = ()
    parts: Sequence[Part] = field(default_factory=tuple)

    @property
    def figure(self) -> Figure:
        """The values that its wording allows (R15)."""
        return figure_of(self.row)

    @property
    def parts_sum(self) -> int | None:
        """None where there are no parts, or one of them is not an exact number of the same unit."""
        numbers = [_addend(part, self.row["unit"]) for part in self.parts]
        known = [number for number in numbers if number is not None]
        return sum(known) if numbers and len(known) == len(numbers) else None

    @property
    def sum_holds(self) -> bool | None:
        """Whether the declared value allows the sum of its parts."""
        total, figure = self.parts_sum, self.figure
        if total is None or figure.low is None:
            return None
        if figure.high is None:
            return total >= figure.low
        return figure.low <= total and (total <= figure.high if figure.high_in else total < figure.high)


def _addend(part: Part, unit: str) -> int | None:
    if part.declared is None or part.declared["unit"] != unit:
        return None
    said = said_in(part.declared)
    return said.number if said.exactly else None


def said_in(row: Row) -> Said:
    """The value of a declaration, or of what was said before it."""
    return Said(row["wording"], row["number"], row["numerator"], row["denominator"])


def figure_of(row: Row) -> Figure:
    """From where to where it may lie."""
    return bounds(said_in(row))


@dataclass(frozen=True)
class Wanted:
    """Which declarations: of a programme and those inside it, of an organisation, of any day of a period."""

    programme: str | None = None
    organisation: str | None = None
    period: Period | None = None


async def list_wanted(connection: AsyncConnection, wanted: Wanted) -> list[Declaration]:
    """In the order of their ids."""
    query = select(declaration).where(*_conditions(wanted)).order_by(declaration.c.declaration)
    return await _with_parts(connection, await _rows(connection, query))


async def load_declaration(connection: AsyncConnection, key: str) -> Declaration | None:
    """One, or None where nobody has declared it."""
    query = select(declaration).where(declaration.c.declaration == key)
    return next(iter(await _with_parts(connection, await _rows(connection, query))), None)


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = []
    if wanted.programme is not None:
        tree = select(programme.c.programme).where(programme.c.programme == wanted.programme).cte(recursive=True)
        inside = select(programme.c.programme).join(tree, programme.c.parent == tree.c.programme)
        conditions.append(declaration.c.programme.in_(select(tree.union(inside).c.programme)))
    if wanted.organisation is not None:
        conditions.append(declaration.c.organisation == wanted.organisation)
    if wanted.period is not None:
        conditions += [declaration.c.starts_on < wanted.period.ends_on, declaration.c.ends_on > wanted.period.starts_on]
    return conditions


async def _with_parts(connection: AsyncConnection, rows: Sequence[Row]) -> list[Declaration]:
    keys = [row["declaration"] for row in rows]
    before, parts = declaration_earlier.c, declaration_part.c
    earlier = select(declaration_earlier).where(before.declaration.in_(keys)).order_by(before.item)
    named = select(declaration_part).where(parts.declaration.in_(keys)).order_by(parts.item)
    said_before = await _rows(connection, earlier)
    listed = await _rows(connection, named)
    summed = select(declaration).where(declaration.c.declaration.in_([row["part"] for row in listed]))
    known = {row["declaration"]: row for row in await _rows(connection, summed)}
    return [
        Declaration(
            row=row,
            earlier=[one for one in said_before if one["declaration"] == row["declaration"]],
            parts=[
                Part(one["part"], known.get(one["part"])) for one in listed if one["declaration"] == row["declaration"]
            ],
        )
        for row in rows
    ]


async def _rows(connection: AsyncConnection, query: Select[Any]) -> list[Row]:
    return [_dated(row._mapping) for row in await connection.execute(query)]  # noqa: SLF001


def _dated(row: Row) -> Row:
    return {**row, **({"ends_on": None} if row.get("ends_on") == date.max else {})}
