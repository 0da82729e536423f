"""A version goes, with its tables, positions and parked records, and nobody of another version waits for it.

Its consumers share room and connections with those of the live one: while they waited for a lock, that one would stand
still. So nothing that they need is locked before its readers have gone, and then for moments only.
"""

import time
from collections.abc import Callable, Sequence

from sqlalchemy import delete, func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from chassis.ending import pause
from chassis.errors import CANCELLED, state_of
from services.reporting.engine.schema import schema_of
from services.reporting.engine.versions import LIVE, Refused, find_version
from services.reporting.storage import VERSION_LOCK
from services.reporting.tables import parked, position, projection

_PATIENCE = 60.0
_LOOK_EVERY = 0.2

_WRITERS_MS = 3_000
# Below PostgreSQL's `deadlock_timeout`: a reader who asks for one table more meanwhile is not taken for a deadlock.
_READERS_MS = 800
_BUSY = {CANCELLED, "40P01"}
"""A statement took longer than it may; two waited for each other."""

# By the locks that they hold on its tables, or on the version itself. Whoever holds positions writes, and soon ends.
_READERS = text("""
    SELECT DISTINCT l.pid, a.application_name FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.granted AND a.usesysid IS NOT NULL AND l.pid <> pg_backend_pid()
        AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
        AND (l.relation IN (SELECT oid FROM pg_class WHERE relnamespace = to_regnamespace(CAST(:schema AS text)))
            OR l.locktype = 'advisory' AND l.objsubid = 2
                AND l.classid = CAST(CAST(:class AS bigint) AS oid) AND l.objid = CAST(CAST(:version AS bigint) AS oid))
        AND NOT EXISTS (
            SELECT FROM pg_locks w WHERE w.pid = l.pid AND w.mode = 'RowExclusiveLock'
                AND w.relation = CAST('public.position' AS regclass)
        )
    ORDER BY l.pid
""")


async def drop_version(
    engine: AsyncEngine, number: int, *, patience: float = _PATIENCE, say: Callable[[str], None] = lambda _: None
) -> None:
    """Remove a version. `say`: who still reads it, each time that it is somebody else.

    Raises `versions.Refused` for the live one, and where somebody reads it for longer than `patience` seconds; nothing
    is changed then.
    """
    until, said = time.monotonic() + patience, ""
    while not await _drop(engine, number):
        who = await _who(engine, number)
        if time.monotonic() > until:
            raise Refused(
                f"La version {number} est encore lue par {who or 'quelqu’un'} : elle n'est pas supprimée. "
                "Attendez la fin, ou arrêtez cette lecture, puis recommencez."
            )
        if who and who != said:
            say(said := who)
        await pause(_LOOK_EVERY)


async def _drop(engine: AsyncEngine, number: int) -> bool:
    """At once and as a whole; or False, where somebody is in the way."""
    try:
        async with engine.begin() as connection:
            await _claim(connection, number)
            if await _list_readers(connection, number):
                return False
            await _lock(connection, number)
            await _remove(connection, number)
    except DBAPIError as error:
        if state_of(error) not in _BUSY:
            raise
        return False
    return True


async def _claim(connection: AsyncConnection, number: int) -> None:
    """From here on it neither becomes live, nor does anybody begin to follow it."""
    await _at_most(connection, _WRITERS_MS)
    await connection.execute(select(projection.c.version).where(projection.c.version == number).with_for_update())
    if (await find_version(connection, number)).status == LIVE:
        raise Refused(f"La version {number} est en service : elle ne peut pas être supprimée.")


async def _lock(connection: AsyncConnection, number: int) -> None:
    """In the order of those who write, so that none of them waits for us while we wait for him."""
    tables = await connection.scalars(
        text("SELECT tablename FROM pg_tables WHERE schemaname = :schema"), {"schema": schema_of(number)}
    )
    named = ", ".join(f"{schema_of(number)}.{table}" for table in tables)
    await connection.execute(select(func.pg_advisory_xact_lock(VERSION_LOCK, number)))
    # Nobody but an autovacuum, which gives way after a second.
    await connection.execute(text(f"LOCK TABLE {named} IN SHARE UPDATE EXCLUSIVE MODE"))
    await connection.execute(select(position.c.partition).where(position.c.projection == number).with_for_update())
    await _at_most(connection, _READERS_MS)
    await connection.execute(text(f"LOCK TABLE {named} IN ACCESS EXCLUSIVE MODE"))


async def _remove(connection: AsyncConnection, number: int) -> None:
    await _at_most(connection, 0)
    await connection.execute(delete(position).where(position.c.projection == number))
    await connection.execute(delete(parked).where(parked.c.projection == number))
    await connection.execute(text(f"DROP SCHEMA {schema_of(number)} CASCADE"))
    await connection.execute(delete(projection).where(projection.c.version == number))


async def _at_most(connection: AsyncConnection, milliseconds: int) -> None:
    await connection.execute(text(f"SET LOCAL statement_timeout = {milliseconds:d}"))


async def _list_readers(connection: AsyncConnection, number: int) -> Sequence[tuple[int, str]]:
    """Process of PostgreSQL, and what it says of itself; never what it asks."""
    known = {"schema": schema_of(number), "class": VERSION_LOCK, "version": number}
    return [(pid, name) for pid, name in await connection.execute(_READERS, known)]


async def _who(engine: AsyncEngine, number: int) -> str:
    async with engine.connect() as connection:
        found = await _list_readers(connection, number)
    return ", ".join(f"pid {pid} ({name or 'sans nom'})" for pid, name in found)
