"""What is sealed of a version held against the rolls it was gathered from. Says what is unlike, and mends nothing.

Sums of a whole term, not lines: line by line would be gathering it once more.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.engine.schema import schema_of
from services.reporting.gathering.term import sql_term_of
from services.reporting.queries.people import THERE

_SUMS = ("presences", "minutes", "preparation", "absences")
_WORDS = ("présences", "minutes", "de préparation", "absences")
_ACTING = " (encadrants)"


def _said(side: str) -> str:
    return ", ".join(f"coalesce({side}.{name}, 0) AS {side}_{name}" for name in _SUMS)


def _taken(side: str) -> str:
    return ", ".join(f"coalesce({side}.{name}, 0)" for name in _SUMS)


def _sum_of(column: str) -> str:
    return f"sum((SELECT sum(one) FROM unnest(g.{column}) AS one))"  # noqa: S608 - our own names


# All terms at once: each table is read one time, however many terms a version has.
_UNLIKE = f"""
    WITH sealed AS MATERIALIZED (
        SELECT programme, term FROM {{schema}}.programme_term WHERE stale_since IS NULL
    ), plain AS MATERIALIZED (
        SELECT s.session, s.version, s.minutes, t.programme, t.term
        FROM {{schema}}.session_fact s JOIN sealed t ON t.programme = s.programme AND t.term = {sql_term_of("s.day")}
        WHERE s.plain AND NOT s.superseded
    ), line AS (
        SELECT p.programme, p.term, false AS acting, l.status IN {THERE} AS there,
            coalesce(l.minutes, p.minutes) AS minutes, 0 AS preparation
        FROM plain p JOIN {{schema}}.presence l ON l.session = p.session AND l.version = p.version
        UNION ALL
        SELECT p.programme, p.term, true, true, coalesce(x.minutes, p.minutes), x.preparation_minutes
        FROM plain p JOIN {{schema}}.acting x ON x.session = p.session AND x.version = p.version
    ), rolls AS (
        SELECT programme, term, acting, count(*) FILTER (WHERE there) AS presences,
            sum(minutes) FILTER (WHERE there) AS minutes, sum(preparation) AS preparation,
            count(*) FILTER (WHERE NOT there) AS absences
        FROM line GROUP BY programme, term, acting
    ), sums AS (
        SELECT g.programme, g.term, g.acting, sum(cardinality(g.places)) AS presences,
            {_sum_of("minutes")} AS minutes, {_sum_of("preparations")} AS preparation,
            sum(cardinality(g.absences)) AS absences
        FROM {{schema}}.participation g JOIN sealed t ON t.programme = g.programme AND t.term = g.term
        GROUP BY g.programme, g.term, g.acting
    )
    SELECT programme, term, acting, {_said("sums")}, {_said("rolls")}
    FROM rolls FULL JOIN sums USING (programme, term, acting)
    WHERE ({_taken("sums")}) <> ({_taken("rolls")})
    ORDER BY programme, term, acting
"""  # noqa: S608 - constants of this package


async def list_unlike(connection: AsyncConnection, version: int) -> Mapping[str, str]:
    """By sealed term, those who act apart: what is gathered beside what the rolls say; empty where all is alike.

    Presences, minutes and absences. A stale term is read from its rolls, so nothing is asked of it.
    """
    found = await connection.execute(text(_UNLIKE.format(schema=schema_of(version))))
    return {
        f"rassemblé {programme} {term}{_ACTING if acting else ''}": f"{_told(sums[:4])} (appels : {_told(sums[4:])})"
        for programme, term, acting, *sums in found
    }


def _told(sums: Sequence[Any]) -> str:
    return ", ".join(f"{count} {word}" for count, word in zip(sums, _WORDS, strict=True))
