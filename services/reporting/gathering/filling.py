"""After a rebuild: everything that waits is gathered before anybody reads it, by all its processes side by side."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.ending import together
from services.reporting.engine.schema import schema_of
from services.reporting.engine.versions import find_version
from services.reporting.gathering.stale import Key, Terms, count_terms, stale_terms
from services.reporting.gathering.turn import Outcome, gather_stale
from services.reporting.tables import gathered

_LOOK_EVERY = 0.5
_AT_ONCE = 2
"""PostgreSQL does all the work: a process alone would leave a core to itself."""

Say = Callable[[Terms], None]


async def gather_all(engine: AsyncEngine, version: int, say: Say = lambda _: None) -> None:
    """Whatever waits now; what sessions are written to meanwhile is left to the service.

    Ends when each is gathered, by this process or another one, or was tried. Whatever a killed one held is taken over.

    Raises `versions.Refused` when the version was dropped meanwhile.
    """
    tried: set[Key] = set()
    asked: set[Key] | None = None
    while True:
        async with engine.connect() as connection:
            await find_version(connection, version)
            if terms := await count_terms(connection, version):
                say(terms)
            stale = set(await stale_terms(connection, version))
        asked = stale if asked is None else asked
        left = list((asked & stale) - tried)
        if not left:
            break
        # In any order but another one's, so that they rarely meet.
        random.shuffle(left)
        done = await _gather_some(engine, version, left)
        tried |= done
        if not done:
            await asyncio.sleep(_LOOK_EVERY)
    await _analyze(engine, version)


async def _gather_some(engine: AsyncEngine, version: int, keys: Sequence[Key]) -> set[Key]:
    """For a moment: then it is asked anew what waits. Gives those that this process need not try again."""
    until, done, left = time.monotonic() + _LOOK_EVERY, set[Key](), iter(keys)

    async def work_off() -> None:
        for key in left:
            if await gather_stale(engine, version, key) is not Outcome.TAKEN:
                done.add(key)
            if time.monotonic() > until:
                break

    await together(*(work_off() for _ in range(_AT_ONCE)))
    return done


async def _analyze(engine: AsyncEngine, version: int) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        for table in gathered.sorted_tables:
            await connection.execute(text(f"ANALYZE {schema_of(version)}.{table.name}"))
