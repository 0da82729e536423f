"""Which terms of a version wait to be gathered, and since when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import Integer, cast, func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.engine.schema import schema_of
from services.reporting.storage import VERSION_LOCK

Key = tuple[str, date]
"""A programme and the first day of a term."""


@dataclass(frozen=True)
class Terms:
    """How many there are, how many of them wait, since when the oldest of these does, and how many seconds that is."""

    terms: int
    stale: int
    stale_since: datetime | None
    stale_seconds: float

    @property
    def sealed(self) -> int:
        """How many are as gathered."""
        return self.terms - self.stale


async def count_terms(connection: AsyncConnection, version: int) -> Terms | None:
    """None where there are no such tables: those of releases that gathered nothing, dropped ones. Found, they stay."""
    stays = select(func.pg_try_advisory_xact_lock_shared(VERSION_LOCK, cast(version, Integer)))
    known = select(func.to_regclass(f"{schema_of(version)}.programme_term").is_not(None))
    # One after the other: what is looked up under the lock stays.
    if not (await connection.scalar(stays) and await connection.scalar(known)):
        return None
    query = f"""
        SELECT count(*), count(stale_since), min(stale_since),
            coalesce(extract(epoch FROM clock_timestamp() - min(stale_since)), 0)
        FROM {schema_of(version)}.programme_term
    """  # noqa: S608 - a name of this package
    terms, stale, since, seconds = (await connection.execute(text(query))).one()
    return Terms(terms, stale, since, float(seconds))


async def stale_terms(connection: AsyncConnection, version: int) -> Sequence[Key]:
    """All that wait."""
    return await due_terms(connection, version, quiet=0, latest=0)


async def due_terms(connection: AsyncConnection, version: int, *, quiet: float, latest: float) -> Sequence[Key]:
    """Those that nobody has touched for `quiet` seconds, or that have waited for `latest`; the quietest first."""
    query = f"""
        SELECT programme, term FROM {schema_of(version)}.programme_term
        WHERE stale_since IS NOT NULL
            AND (touched_at <= clock_timestamp() - make_interval(secs => :quiet)
                OR stale_since <= clock_timestamp() - make_interval(secs => :latest))
        ORDER BY touched_at, programme, term
    """  # noqa: S608 - a name of this package
    found = await connection.execute(text(query), {"quiet": quiet, "latest": latest})
    return [(programme, term) for programme, term in found]
