"""Runs the queries of one figure: the facts of the indicator, grouped by cell. Knows no rule."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from sqlalchemy import Date, bindparam, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.queries.cells import cell_steps, has_attributes
from services.reporting.queries.question import Question, Steps, with_steps
from services.reporting.queries.scope import current_activities

if TYPE_CHECKING:
    from services.reporting.indicators.indicator import Indicator

Row = Mapping[Any, Any]

_DATES = ("starts_on", "ends_on", "as_of")

# With every figure: how many facts it counts, what is missing.
_ALWAYS = """
    CAST(coalesce(sum(times) FILTER (WHERE counted), 0) AS bigint) AS facts,
    count(DISTINCT session) FILTER (WHERE why = 'appel_manquant') AS missing_rolls,
    count(DISTINCT record) FILTER (WHERE why = 'unknown_reference') AS unknown_references,
    count(DISTINCT establishment) FILTER (WHERE why = 'unknown_establishment') AS unknown_establishments,
    count(DISTINCT person) FILTER (WHERE counted) AS persons
"""
# Of how many persons the attribute is known: a second sorting of them all, for the breakdowns that show it (R8).
_KNOWN = "count(DISTINCT person) FILTER (WHERE counted AND known)"


def indicator_steps(indicator: "Indicator", question: Question, activities: Steps) -> Steps:
    """From activities to `celled`."""
    return (*activities, *indicator.facts(question), *cell_steps(question, volunteers=indicator.volunteers))


async def run(connection: AsyncConnection, steps: Steps, select: str, parameters: Mapping[str, Any]) -> list[Row]:
    """All rows. Only the parameters that the statement names are bound."""
    statement = text(with_steps(steps, select))
    named = statement.compile().params.keys()
    typed = [bindparam(name, type_=Date) for name in _DATES if name in named]
    given = {name: value for name, value in parameters.items() if name in named}
    return [row._mapping for row in await connection.execute(statement.bindparams(*typed), given)]  # noqa: SLF001


@dataclass(frozen=True)
class Reader:
    """The facts of one indicator and one question."""

    connection: AsyncConnection
    indicator: "Indicator"
    question: Question

    async def totals(self, columns: str) -> list[Row]:
        """Aggregates over all facts, with what goes beside every figure; see `grouped`."""
        return await self.grouped(self._with_every_figure(columns))

    async def grouped(self, columns: str, *beside: str, where: str = "true", then: str | None = None) -> list[Row]:
        """Aggregates: rows with `whole` over everything, and rows for each cell, counted anew (R6).

        A fact in several cells is in each of them, and once in the whole. `beside` are columns to group by as well;
        `then` aggregates the groups once more.
        """
        return await self._run(self._select(columns, *beside, where=where, then=then))

    async def totals_and_groups(
        self, columns: str, groups: str, *beside: str, then: str | None = None
    ) -> tuple[list[Row], list[Row]]:
        """`totals` and, of the counted facts, `grouped`: the facts are joined once for both."""
        totals = self._select(self._with_every_figure(columns))
        grouped = self._select(groups, *beside, where="counted", then=then)
        select = f"""SELECT 0 AS part, CAST(to_jsonb(t) AS text) AS row FROM ({totals}) AS t
            UNION ALL SELECT 1, CAST(to_jsonb(g) AS text) FROM ({grouped}) AS g"""  # noqa: S608 - ours
        rows = [(row["part"], json.loads(row["row"])) for row in await self._run(select)]
        first, second = ([row for part, row in rows if part == wanted] for wanted in (0, 1))
        return first, second

    def _with_every_figure(self, columns: str) -> str:
        known = _KNOWN if has_attributes(self.question.by) else "0"
        return f"{_ALWAYS}, {known} AS known_persons, {columns}"

    def _select(self, columns: str, *beside: str, where: str = "true", then: str | None = None) -> str:
        def over(source: str, whole: str, *keys: str) -> str:
            chosen = ", ".join((f"{whole} AS cell", *beside, columns))
            groups = f"({', '.join((*keys, *beside))})"
            select = f"SELECT {chosen} FROM {source} WHERE {where} GROUP BY {groups}"  # noqa: S608 - ours
            return f"SELECT whole, cell, {then} FROM ({select}) AS one GROUP BY whole, cell" if then else select  # noqa: S608

        select = over("celled", "true AS whole, CAST(NULL AS text)")
        if self.question.by is None:
            return select
        spread = "(SELECT c.*, unnest(c.cells) AS one_cell FROM celled c) AS spread"
        return f"{select}\nUNION ALL {over(spread, 'false AS whole, one_cell', 'one_cell')}"

    async def _run(self, select: str) -> list[Row]:
        activities = current_activities(self.question, organised=self.indicator.organised)
        steps = indicator_steps(self.indicator, self.question, activities)
        return await run(self.connection, steps, select, self.question.parameters)
