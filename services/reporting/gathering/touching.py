"""What a transaction that writes sessions tells those who gather: which programmes' terms are no longer as gathered."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.gathering.term import term_of

_TOUCH = text("""
    INSERT INTO programme_term (programme, term, touched, touched_at, stale_since)
    SELECT programme, term, 1, now(), now()
    FROM unnest(CAST(:programmes AS text[]), CAST(:terms AS date[])) AS t (programme, term)
    ON CONFLICT (programme, term) DO UPDATE SET touched = programme_term.touched + 1, touched_at = now(),
        stale_since = coalesce(programme_term.stale_since, now())
""")


async def touch(connection: AsyncConnection, written: Iterable[tuple[str, date]]) -> None:
    """Programme and day of whatever counts now and did not before, or no longer does, in this transaction.

    Best at its end: whoever has gathered one of these terms waits from here on until it commits.
    """
    # All in one order: two transactions that touch the same terms never wait for each other in a circle.
    if terms := sorted({(programme, term_of(day)) for programme, day in written}):
        programmes, days = zip(*terms, strict=True)
        await connection.execute(_TOUCH, {"programmes": list(programmes), "terms": list(days)})
