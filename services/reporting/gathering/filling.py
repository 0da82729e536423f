"""After a rebuild: everything that waits is gathered before anybody reads it, by all its processes side by side."""

import random
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import TypeVar

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.ending import pause, seconds_after, together
from chassis.errors import CANCELLED, is_passing, named, state_of
from services.reporting.engine.schema import schema_of
from services.reporting.engine.versions import find_version
from services.reporting.gathering.stale import Key, Terms, count_terms, stale_terms
from services.reporting.gathering.turn import Outcome, gather_stale
from services.reporting.tables import gathered

log = structlog.get_logger()

T = TypeVar("T")

_LOOK_EVERY = 0.5
_AT_ONCE = 2
"""PostgreSQL does all the work: a process alone would leave a core to itself."""

Say = Callable[[Terms], None]


class NotGathered(Exception):
    """PostgreSQL refuses, and would again; the message says of which term, in the operator's language."""


async def gather_all(engine: AsyncEngine, version: int, say: Say = lambda _: None) -> None:
    """Whatever waits now; what sessions are written to meanwhile is left to the service.

    Ends when each is gathered, by this process or another one, or was tried. Whatever a killed one held is taken over.
    While the database is away it waits, and then goes on.

    Raises `NotGathered`, and `versions.Refused` when the version was dropped meanwhile. What is gathered stays so.
    """
    left = _Left(engine, version, say)
    while await _waited_out(left.gather_some, version):
        pass
    await _waited_out(partial(_analyze, engine, version), version)


async def _waited_out(work: Callable[[], Awaitable[T]], version: int) -> T:
    failures = 0
    while True:
        try:
            return await work()
        except Exception as error:
            if not _is_away(error):
                raise
            seconds = seconds_after(failures)
            log.warning("gathering.waits", projection=version, error=type(error).__name__, seconds=seconds)
            await pause(seconds)
            failures += 1


def _is_away(error: Exception) -> bool:
    """Not where a statement took too long, or somebody has cancelled it: then it is somebody's to look."""
    return is_passing(error) and state_of(error) != CANCELLED


@dataclass
class _Left:
    """What waited when it began, and what this process need not try again, whatever faults come between."""

    engine: AsyncEngine
    version: int
    say: Say
    asked: set[Key] | None = None
    tried: set[Key] = field(default_factory=set)

    async def gather_some(self) -> bool:
        """For a moment: then it is asked anew what waits. False when nothing is left."""
        async with self.engine.connect() as connection:
            await find_version(connection, self.version)
            if terms := await count_terms(connection, self.version):
                self.say(terms)
            stale = set(await stale_terms(connection, self.version))
        self.asked = stale if self.asked is None else self.asked
        left = list((self.asked & stale) - self.tried)
        # In any order but another one's, so that they rarely meet.
        random.shuffle(left)
        before, keys, until = len(self.tried), iter(left), time.monotonic() + _LOOK_EVERY
        await together(*(self._work_off(keys, until) for _ in range(_AT_ONCE)))
        if left and len(self.tried) == before:
            await pause(_LOOK_EVERY)
        return bool(left)

    async def _work_off(self, keys: Iterator[Key], until: float) -> None:
        for key in keys:
            if await self._gather(key) is not Outcome.TAKEN:
                self.tried.add(key)
            if time.monotonic() > until:
                break

    async def _gather(self, key: Key) -> Outcome:
        try:
            return await gather_stale(self.engine, self.version, key)
        except DBAPIError as error:
            if _is_away(error):
                raise
            programme, term = key
            raise NotGathered(
                f"PostgreSQL refuse de rassembler {programme} {term} ({named(error)}). Rien n'est perdu : "
                "une fois la cause levée, relancez cordees projections rebuild, qui reprend là."
            ) from error


async def _analyze(engine: AsyncEngine, version: int) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("SET LOCAL statement_timeout = 0"))
        for table in gathered.sorted_tables:
            await connection.execute(text(f"ANALYZE {schema_of(version)}.{table.name}"))
