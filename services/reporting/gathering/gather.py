"""One programme's term: its plain rolls, turned from sessions with their records into records with their sessions."""

from dataclasses import dataclass
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.gathering.term import end_of
from services.reporting.queries.people import THERE


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

# A session's place is its number within the term: two records of one person on one roll have the same place. Every
# kind of activity has a strand, also where nobody was on a roll: it says who has organised anything at all. Lines have
# the types of the table, and their lists one order: so PostgreSQL sorts them once, and not for each list again.
_GATHER = text(f"""
    WITH plain AS MATERIALIZED (
        SELECT session, version, activity, subject_taught, organisers, minutes,
            CAST(day - CAST(:term AS date) AS smallint) AS day,
            CAST(row_number() OVER (ORDER BY day, session) AS integer) AS place,
            dense_rank() OVER (ORDER BY activity, subject_taught, organisers) AS kind
        FROM session_fact
        WHERE programme = :programme AND day >= :term AND day < :ends_on AND plain AND NOT superseded
    ), acted AS MATERIALIZED (
        SELECT x.role, x.record, s.kind, s.place, s.day, CAST(coalesce(x.minutes, s.minutes) AS integer) AS minutes,
            CAST(x.preparation_minutes AS integer) AS preparation
        FROM plain s JOIN acting x ON x.session = s.session AND x.version = s.version
    ), numbered AS MATERIALIZED (
        SELECT role, kind, CAST(row_number() OVER (ORDER BY role, kind) AS integer) AS strand
        FROM (SELECT '' AS role, kind FROM plain UNION SELECT role, kind FROM acted) AS one
    ), named AS (
        INSERT INTO strand (programme, term, strand, role, activity, subject_taught, organisers)
        SELECT :programme, :term, n.strand, nullif(n.role, ''), k.activity, k.subject_taught, k.organisers
        FROM numbered n
        JOIN (SELECT DISTINCT kind, activity, subject_taught, organisers FROM plain) AS k ON k.kind = n.kind
    ), line AS (
        SELECT p.record, false AS acting, n.strand, s.place, s.day,
            CAST(coalesce(p.minutes, s.minutes) AS integer) AS minutes, 0 AS preparation, p.status IN {THERE} AS there
        FROM plain s
        JOIN numbered n ON n.role = '' AND n.kind = s.kind
        JOIN presence p ON p.session = s.session AND p.version = s.version
        UNION ALL
        SELECT x.record, true, n.strand, x.place, x.day, x.minutes, x.preparation, true
        FROM acted x JOIN numbered n ON n.role = x.role AND n.kind = x.kind
    )
    INSERT INTO participation
        (programme, term, record, acting, strands, places, days, minutes, preparations, absences)
    SELECT :programme, :term, l.record, l.acting,
        coalesce(array_agg(l.strand ORDER BY l.place, l.strand) FILTER (WHERE l.there), '{{}}'),
        coalesce(array_agg(l.place ORDER BY l.place, l.strand) FILTER (WHERE l.there), '{{}}'),
        coalesce(array_agg(l.day ORDER BY l.place, l.strand) FILTER (WHERE l.there), '{{}}'),
        coalesce(array_agg(l.minutes ORDER BY l.place, l.strand) FILTER (WHERE l.there), '{{}}'),
        CASE WHEN max(l.preparation) > 0
            THEN array_agg(l.preparation ORDER BY l.place, l.strand) FILTER (WHERE l.there) END,
        array_agg(l.day ORDER BY l.place) FILTER (WHERE NOT l.there)
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
