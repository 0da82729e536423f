"""Fills the next version from the beginning of the topics, beside the one that answers.

Everything that has to survive stands in PostgreSQL: the version's row and its positions, which move with its rows. So a
rebuild that is killed goes on when it is started again, and several of them share the partitions through Kafka's group.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.topics import Topic
from services.reporting.consumers import Projector
from services.reporting.engine.lane import Filling
from services.reporting.engine.logs import Logs, Places, read_logs
from services.reporting.engine.versions import (
    Version,
    begin_version,
    find_version,
    finish_version,
    follow_version,
    read_offsets,
)
from services.reporting.gathering import filling as gathering
from services.reporting.projections import PROJECTIONS, Project

_LOOK_EVERY = 0.1


@dataclass(frozen=True)
class Progress:
    """Offsets that are passed, of so many, and since when this process counts."""

    version: int
    done: int
    total: int
    gained: int
    seconds: float

    @property
    def per_second(self) -> float:
        """Of all processes that fill this version, since this one began."""
        return self.gained / self.seconds if self.seconds > 0 else 0.0

    @property
    def seconds_left(self) -> float | None:
        """None as long as nothing moves."""
        return (self.total - self.done) / self.per_second if self.per_second > 0 else None


Say = Callable[[Progress], None]


@dataclass
class Rebuild:
    """One process that fills the version that is being filled, or a new one."""

    engine: AsyncEngine
    bootstrap: str
    say: Say = lambda _: None
    say_gathered: gathering.Say = lambda _: None
    projections: Sequence[tuple[Topic, Project]] = PROJECTIONS
    records: int = Filling.records
    _began: tuple[float, int] | None = field(default=None, init=False)

    async def run(self) -> Progress:
        """Until every partition is at the end that it had when the indexes were made, and the rolls are gathered.

        The service goes on from there.

        Raises `consumers.STOPPING`: a record that cannot be read, lost records, another topic. Raises
        `versions.Refused` when the version was dropped meanwhile, and `versions.AlreadyFilled` when one is full that
        has not taken over. Whoever began before that ends well: each of these steps finds what others have done.
        """
        version = await begin_version(self.engine)
        await self._fill(version)
        # Nobody writes here meanwhile: an index is made faster so, and blocks nobody.
        await finish_version(self.engine, version.version)
        last = await self._fill(version)
        await gathering.gather_all(self.engine, version.version, self.say_gathered)
        await follow_version(self.engine, version.version)
        return last

    async def _fill(self, version: Version) -> Progress:
        """To the end of the topics as it is now."""
        logs = await read_logs(self.bootstrap, tuple(topic for topic, _ in self.projections))
        progress, passed = await self._look(version, logs)
        if passed:
            # Nothing came while indexes were made: nobody has to join groups for it.
            return progress
        async with self._filling(version) as tasks:
            while not passed:
                done, _ = await asyncio.wait(tasks, timeout=_LOOK_EVERY, return_when=asyncio.FIRST_EXCEPTION)
                for task in done:
                    await task
                progress, passed = await self._look(version, logs)
        return progress

    async def _look(self, version: Version, logs: Logs) -> tuple[Progress, bool]:
        """How far it is, and whether that is far enough."""
        offsets = await self._offsets(version)
        progress = self._progress(version, logs, offsets)
        self.say(progress)
        return progress, logs.passed(offsets)

    @asynccontextmanager
    async def _filling(self, version: Version) -> AsyncIterator[Collection[asyncio.Task[None]]]:
        filling = Filling(version.version, strict=True, records=self.records)
        tasks = [
            asyncio.create_task(Projector(self.engine, self.bootstrap, topic, project, filling).fill())
            for topic, project in self.projections
        ]
        try:
            yield tasks
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _offsets(self, version: Version) -> Places:
        async with self.engine.connect() as connection:
            await find_version(connection, version.version)
            return await read_offsets(connection, version.version)

    def _progress(self, version: Version, logs: Logs, offsets: Places) -> Progress:
        left, now = logs.left(offsets), time.monotonic()
        passed = logs.total - left
        began, at_first = self._began = self._began or (now, passed)
        return Progress(version.version, passed, logs.total, passed - at_first, now - began)
