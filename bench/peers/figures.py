"""The peer's answers to what the truth file knows: national, and for each programme."""

from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.measuring.truth import NATIONAL, Figures
from bench.year.calendar import FIRST_DAY, LAST_DAY

_SESSION = """
    session AS MATERIALIZED (
        SELECT v.* FROM session_current c JOIN session_version v USING (session, version)
        WHERE v.day >= :first AND v.day < :last
    ),
    held AS MATERIALIZED (SELECT * FROM session WHERE status = 'held')
"""
_BY_PROGRAMME = "GROUP BY GROUPING SETS ((), (programme))"
_SESSIONS = f"""
    WITH {_SESSION}
    SELECT programme, count(*) AS sessions, count(*) FILTER (WHERE status = 'held') AS "I14",
        count(*) FILTER (WHERE status = 'cancelled') AS cancelled,
        count(*) FILTER (WHERE status = 'planned') AS planned_only,
        coalesce(sum(minutes) FILTER (WHERE status = 'held'), 0) AS "I13_minutes"
    FROM session {_BY_PROGRAMME}
"""  # noqa: S608 - our own names
# One person with two records on a roll is there once, for the longer of the two.
_PUPILS = f"""
    WITH {_SESSION},
    line AS MATERIALIZED (
        SELECT h.programme, h.session, r.person,
            p.status IN ('present', 'distance', 'retard', 'depart_anticipe') AS there,
            coalesce(p.minutes, h.minutes) AS minutes
        FROM held h JOIN presence p USING (session, version) LEFT JOIN record_person r USING (record)
    ),
    pupil AS MATERIALIZED (
        SELECT programme, session, person, max(minutes) AS minutes FROM line
        WHERE there AND person IS NOT NULL GROUP BY programme, session, person
    )
    SELECT programme, presences, presences_unknown, coalesce(presences_counted, 0) AS presences_counted,
        coalesce(pupils_present, 0) AS pupils_present, coalesce(minutes, 0) AS "I11_minutes"
    FROM (
        SELECT coalesce(programme, '') AS programme, count(*) AS presences,
            count(*) FILTER (WHERE person IS NULL) AS presences_unknown FROM line {_BY_PROGRAMME}
    ) AS lines LEFT JOIN (
        SELECT coalesce(programme, '') AS programme, count(*) AS presences_counted,
            count(DISTINCT person) AS pupils_present, sum(minutes) AS minutes FROM pupil {_BY_PROGRAMME}
    ) AS pupils USING (programme)
"""  # noqa: S608 - our own names
_HEADCOUNTS = f"""
    WITH {_SESSION}
    SELECT programme, sum(n.pupils * h.minutes) AS "I11_headcount_minutes"
    FROM held h JOIN headcount n USING (session, version) {_BY_PROGRAMME}
"""  # noqa: S608 - our own names
_HANDS = f"""
    WITH {_SESSION}
    SELECT h.programme, sum(coalesce(a.minutes, h.minutes)) AS "I12_minutes",
        count(DISTINCT r.person) FILTER (WHERE a.role IN ('tuteur', 'animateur', 'accompagnateur') AND EXISTS (
            SELECT FROM engagement e JOIN engagement_span s USING (record, version)
            WHERE e.record = a.record AND s.category = 'etudiant'
                AND h.day >= s.starts_on AND (s.ends_on IS NULL OR h.day < s.ends_on)
        )) AS "I08"
    FROM held h JOIN acting a USING (session, version) JOIN record_person r USING (record)
    {_BY_PROGRAMME}
"""  # noqa: S608 - our own names

ANSWERED = frozenset(
    {
        *("sessions", "I14", "cancelled", "planned_only", "I13_minutes"),
        *("presences", "presences_unknown", "presences_counted", "pupils_present", "I11_minutes"),
        *("I11_headcount_minutes", "I12_minutes", "I08"),
    }
)
"""All counts of the truth file."""


async def read_figures(engine: AsyncEngine) -> Figures:
    """One state of the tables."""
    found: dict[str, dict[str, int]] = {}
    async with engine.connect() as plain:
        connection = await plain.execution_options(isolation_level="REPEATABLE READ")
        for query in (_SESSIONS, _PUPILS, _HEADCOUNTS, _HANDS):
            for row in await connection.execute(text(query), {"first": FIRST_DAY, "last": LAST_DAY}):
                said: dict[str, Any] = dict(row._mapping)  # noqa: SLF001 - its public name
                found.setdefault(said.pop("programme") or NATIONAL, {}).update(
                    {name: int(value) for name, value in said.items()}
                )
    return found
