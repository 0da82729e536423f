"""One programme's term: its plain rolls, turned from sessions with their records into records with their sessions."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.engine.schema import ATTENDANCES, ROLES, word_of
from services.reporting.gathering.term import end_of
from services.reporting.queries.people import PRESENT


@dataclass(frozen=True)
class ProgrammeTerm:
    """What is gathered at once. `touched` counts the transactions that wrote sessions of it."""

    programme: str
    term: date
    touched: int


_GONE = tuple(
    text(f"DELETE FROM {table} WHERE programme = :programme AND term = :term")  # noqa: S608 - our own names
    for table in ("participation", "strand")
)

_PRESENT = tuple(place for place, word in enumerate(ATTENDANCES) if word in PRESENT)
_APART = 1_000_000
"""From the strands of one role to those of the next: more kinds of activity than a term has."""
_PUPILS = ("records", "statuses", "minutes")
_ACTING = ("acting_records", "acting_roles", "acting_minutes", "preparations")
_LISTS = ", ".join(f"r.{name}" for name in (*_PUPILS, *_ACTING))
_UNNESTED = f"unnest({', '.join(f'r.{name}' for name in _ACTING)})"
_WORD = word_of("a.role", ROLES)

# A session's place is its number within the term: two records of one person on one roll have the same place. Every
# kind of activity has a strand, also where nobody was on a roll: it says who has organised anything at all. Lines have
# the types of the table. All lists of a record are made of the same lines one after the other, so they go together.
# Nobody asks in which order: sorting lines would cost as much again as all else.
_GATHER = text(f"""
    WITH plain AS MATERIALIZED (
        SELECT session, version, activity, subject_taught, organisers, CAST(minutes AS integer) AS lasted,
            CAST(day - CAST(:term AS date) AS smallint) AS day,
            CAST(row_number() OVER (ORDER BY day, session) AS integer) AS place,
            CAST(dense_rank() OVER (ORDER BY activity, subject_taught, organisers) AS integer) AS kind
        FROM session_fact
        WHERE programme = :programme AND day >= :term AND day < :ends_on AND plain AND NOT superseded
    ), called AS MATERIALIZED (
        SELECT s.place, s.day, s.kind, s.lasted, {_LISTS}
        FROM plain s
        JOIN session_roll r ON r.session = s.session AND r.version = s.version
        WHERE r.programme = :programme AND r.term = :term
    ), named AS (
        INSERT INTO strand (programme, term, strand, role, activity, subject_taught, organisers)
        SELECT :programme, :term, k.kind + coalesce(1 + a.role, 0) * {_APART}, {_WORD},
            k.activity, k.subject_taught, k.organisers
        FROM (
            SELECT kind, NULL AS role FROM plain
            UNION
            SELECT r.kind, coalesce(x.role, 0) FROM called r, {_UNNESTED} AS x (record, role, minutes, preparation)
        ) AS a
        JOIN (SELECT DISTINCT kind, activity, subject_taught, organisers FROM plain) AS k ON k.kind = a.kind
    ), line AS (
        SELECT l.record, l.acting, r.kind + l.apart AS strand, r.place, r.day,
            coalesce(l.minutes, r.lasted) AS minutes, l.preparation, l.there
        FROM called r
        CROSS JOIN LATERAL (
            SELECT p.record, false AS acting, 0 AS apart, p.minutes, 0 AS preparation,
                coalesce(p.status, 0) IN {_PRESENT} AS there
            FROM unnest(r.records, r.statuses, r.minutes) AS p (record, status, minutes)
            UNION ALL
            SELECT x.record, true, (1 + coalesce(x.role, 0)) * {_APART}, x.minutes, coalesce(x.preparation, 0), true
            FROM {_UNNESTED} AS x (record, role, minutes, preparation)
        ) AS l
    )
    INSERT INTO participation
        (programme, term, record, acting, strands, places, days, minutes, preparations, absences)
    SELECT :programme, :term, l.record, l.acting,
        coalesce(array_agg(l.strand) FILTER (WHERE l.there), '{{}}'),
        coalesce(array_agg(l.place) FILTER (WHERE l.there), '{{}}'),
        coalesce(array_agg(l.day) FILTER (WHERE l.there), '{{}}'),
        coalesce(array_agg(l.minutes) FILTER (WHERE l.there), '{{}}'),
        CASE WHEN max(l.preparation) > 0 THEN array_agg(l.preparation) FILTER (WHERE l.there) END,
        array_agg(l.day) FILTER (WHERE NOT l.there)
    FROM line l
    GROUP BY l.record, l.acting
""")  # noqa: S608 - constants of this package

_SEALED = text("""
    UPDATE programme_term SET stale_since = NULL
    WHERE programme = :programme AND term = :term AND touched = :touched
""")


async def gather(connection: AsyncConnection, one: ProgrammeTerm) -> bool:
    """Gather it anew within this transaction; False where sessions came meanwhile: then it must be rolled back.

    `one.touched` was read by this transaction or before it began. Whoever calls is the only one who gathers this term.
    """
    where = {"programme": one.programme, "term": one.term}
    for statement in _GONE:
        await connection.execute(statement, where)
    await connection.execute(_GATHER, where | {"ends_on": end_of(one.term)})
    # A transaction that touches the term holds its row until it ends: this waits for it, and then finds another number.
    return (await connection.execute(_SEALED, where | {"touched": one.touched})).rowcount == 1
