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
# kind of activity has a strand, also where nobody was on a roll: it says who has organised anything at all.
_GATHER = text(f"""
    WITH plain AS MATERIALIZED (
        SELECT session, version, activity, subject_taught, organisers, minutes, day - CAST(:term AS date) AS day,
            row_number() OVER (ORDER BY day, session) AS place,
            dense_rank() OVER (ORDER BY activity, subject_taught, organisers) AS kind
        FROM session_fact
        WHERE programme = :programme AND day >= :term AND day < :ends_on AND plain AND NOT superseded
    ), line AS MATERIALIZED (
        SELECT '' AS role, p.record, s.kind, s.place, s.day, coalesce(p.minutes, s.minutes) AS minutes,
            0 AS preparation, p.status IN {THERE} AS there
        FROM plain s JOIN presence p ON p.session = s.session AND p.version = s.version
        UNION ALL
        SELECT x.role, x.record, s.kind, s.place, s.day, coalesce(x.minutes, s.minutes), x.preparation_minutes, true
        FROM plain s JOIN acting x ON x.session = s.session AND x.version = s.version
    ), numbered AS MATERIALIZED (
        SELECT role, kind, row_number() OVER (ORDER BY role, kind) AS strand
        FROM (SELECT role, kind FROM line UNION SELECT '', kind FROM plain) AS one
    ), named AS (
        INSERT INTO strand (programme, term, strand, role, activity, subject_taught, organisers)
        SELECT :programme, :term, n.strand, nullif(n.role, ''), k.activity, k.subject_taught, k.organisers
        FROM numbered n
        JOIN (SELECT DISTINCT kind, activity, subject_taught, organisers FROM plain) AS k ON k.kind = n.kind
    )
    INSERT INTO participation
        (programme, term, record, acting, strands, places, days, minutes, preparations, absences)
    SELECT :programme, :term, l.record, l.role <> '',
        coalesce(array_agg(CAST(n.strand AS integer) ORDER BY l.place, l.role) FILTER (WHERE l.there), '{{}}'),
        coalesce(array_agg(CAST(l.place AS integer) ORDER BY l.place, l.role) FILTER (WHERE l.there), '{{}}'),
        coalesce(array_agg(CAST(l.day AS smallint) ORDER BY l.place, l.role) FILTER (WHERE l.there), '{{}}'),
        coalesce(array_agg(CAST(l.minutes AS integer) ORDER BY l.place, l.role) FILTER (WHERE l.there), '{{}}'),
        CASE WHEN max(l.preparation) > 0
            THEN array_agg(CAST(l.preparation AS integer) ORDER BY l.place, l.role) FILTER (WHERE l.there) END,
        array_agg(CAST(l.day AS smallint) ORDER BY l.place) FILTER (WHERE NOT l.there)
    FROM line l JOIN numbered n ON n.role = l.role AND n.kind = l.kind
    GROUP BY l.record, l.role <> ''
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
