"""What the running service does: for each topic a projector of every version that is kept up to date."""

import asyncio
from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any, Self

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.context import Background, Context
from chassis.ending import goes_on
from contracts.topics import Topic
from services.reporting import metrics
from services.reporting.consumers import Projector
from services.reporting.engine.giving_up import count_given_up
from services.reporting.engine.lane import Filling
from services.reporting.engine.versions import LIVE, Version, list_versions
from services.reporting.projections import PROJECTIONS, Project
from services.reporting.storage import count_parked
from services.reporting.tables import SHAPE

log = structlog.get_logger()

_LOOK_EVERY = 1.0
_NOT_STARTED = "has not started"
_OTHER_TABLES = "the version that answers has the tables of another release: rebuild, then switch"


@dataclass(frozen=True)
class Rooms:
    """Transactions that a process has open at once, over all topics: a backlog keeps no reader out.

    The version that answers has a room of its own: whoever holds the rows of another one does not hold it up.
    """

    live: AbstractAsyncContextManager[Any] = field(default_factory=nullcontext)
    others: AbstractAsyncContextManager[Any] = field(default_factory=nullcontext)

    @classmethod
    def among(cls, connections: int) -> Self:
        """Half of so many connections, and a quarter; readers keep the rest, and those beyond the lasting ones."""
        return cls(asyncio.Semaphore(max(1, connections // 2)), asyncio.Semaphore(max(1, connections // 4)))

    def of(self, one: Version) -> AbstractAsyncContextManager[Any]:
        """Where its transactions have to find room."""
        return self.live if one.status == LIVE else self.others


def following(context: Context) -> tuple["Following", ...]:
    """One for each of our topics."""
    bootstrap, rooms = context.settings.kafka_bootstrap, Rooms.among(context.settings.database_connections)
    return tuple(Following(context.engine, bootstrap, topic, project, rooms) for topic, project in PROJECTIONS)


class Following(Background):
    """One topic. Looks every second which versions there are: a switch needs no restart.

    The live version is followed, the next one once a rebuild has filled it, and retired ones until they are dropped, so
    that there is a way back.
    """

    def __init__(
        self, engine: AsyncEngine, bootstrap: str, topic: Topic, project: Project, rooms: Rooms | None = None
    ) -> None:
        self.name = f"projection {topic.name}"
        self._engine, self._bootstrap, self._topic, self._project = engine, bootstrap, topic, project
        self._rooms = rooms or Rooms()
        self._projectors: dict[int, tuple[Projector, asyncio.Task[None]]] = {}
        self._live: int | None = None
        self._absent = _NOT_STARTED

    async def check(self) -> str | None:
        """The trouble of the live version alone: what another one lacks shows in its metrics and in its lag."""
        if self._live not in self._projectors:
            return self._absent
        return await self._projectors[self._live][0].check()

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while goes_on():
                await self._look()
                await asyncio.sleep(_LOOK_EVERY)
        finally:
            for version in list(self._projectors):
                await self._end(version)

    async def _look(self) -> None:
        try:
            async with self._engine.connect() as connection:
                versions = await list_versions(connection)
                for one in versions:
                    # Taken up again by another process, they are no longer parked.
                    waiting = await count_parked(connection, self._topic.name, one.version)
                    metrics.PARKED.labels(one.version, self._topic.name).set(waiting)
                metrics.GIVEN_UP.labels(self._topic.name).set(await count_given_up(connection, self._topic.name))
        except Exception as error:  # noqa: BLE001 - the database is away: projectors wait by themselves
            log.warning("projection.versions_unknown", topic=self._topic.name, error=type(error).__name__)
            return
        await self._follow([one for one in versions if one.followed])
        live = next((one for one in versions if one.status == LIVE), None)
        self._live = live.version if live else None
        self._absent = _OTHER_TABLES if live and live.shape != SHAPE else _NOT_STARTED

    async def _follow(self, versions: Sequence[Version]) -> None:
        ended = {version for version, (_, task) in self._projectors.items() if task.done()}
        for gone in ended | (self._projectors.keys() - {one.version for one in versions}):
            await self._end(gone)
        for one in versions:
            if one.version not in self._projectors:
                self._begin(one)
            filling = self._projectors[one.version][0].filling
            filling.strict, filling.room = one.strict, self._rooms.of(one)

    def _begin(self, one: Version) -> None:
        filling = Filling(one.version, strict=one.strict, room=self._rooms.of(one))
        projector = Projector(self._engine, self._bootstrap, self._topic, self._project, filling)
        self._projectors[one.version] = projector, asyncio.create_task(projector.run())
        log.info("projection.followed", projection=one.version, topic=self._topic.name)

    async def _end(self, version: int) -> None:
        _, task = self._projectors.pop(version)
        task.cancel()
        (fault,) = await asyncio.gather(task, return_exceptions=True)
        if isinstance(fault, Exception):
            log.error("projection.ended", projection=version, topic=self._topic.name, error=type(fault).__name__)
        metrics.forget(version, self._topic.name)
        log.info("projection.left", projection=version, topic=self._topic.name)
