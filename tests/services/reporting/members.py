"""Processes of one consumer group on a topic of two partitions, and a producer that never pauses."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count

from aiokafka import AIOKafkaProducer
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.topics import Topic
from services.reporting.consumers import Projector
from services.reporting.projections import Arrived, Project, Removed
from tests.services.reporting.facts import held
from tests.services.reporting.streams import Streams, until

_PACE = 0.05


@dataclass
class Member:
    """A projector, and when it last projected a record of which partition."""

    engine: AsyncEngine
    bootstrap: str
    topic: Topic
    project: Project
    tell: Callable[[int], None] = lambda _: None
    last: dict[int, float] = field(default_factory=dict)

    async def run(self) -> None:
        """Until cancelled."""
        await Projector(self.engine, self.bootstrap, self.topic, self._note).run()

    async def _note(self, connection: AsyncConnection, records: Sequence[Arrived | Removed]) -> None:
        await self.project(connection, records)
        for partition in {one.partition for one in records if isinstance(one, Arrived)}:
            self.last[partition] = time.monotonic()
            self.tell(partition)

    def since(self, moment: float) -> set[int]:
        """The partitions of which it has projected a record since then."""
        return {partition for partition, last in self.last.items() if last > moment}

    @asynccontextmanager
    async def running(self) -> AsyncIterator["Member"]:
        task = asyncio.create_task(self.run())
        try:
            yield self
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


@dataclass
class Feed:
    """How many sessions were sent."""

    sent: int = 0


@asynccontextmanager
async def feeding(streams: Streams) -> AsyncIterator[Feed]:
    """Sessions on both partitions meanwhile; all of them are there at the end."""
    feed = Feed()
    async with AIOKafkaProducer(bootstrap_servers=streams.bootstrap) as producer:

        async def send() -> None:
            for n in count():
                key, value, headers = streams.desk.message(held(f"fed-{n}"))
                delivered = await producer.send(
                    streams.names[2], value, key=key, headers=list(headers or ()), partition=n % 2
                )
                # From here on the producer delivers it, whoever is cancelled.
                feed.sent += 1
                await asyncio.shield(delivered)
                await asyncio.sleep(_PACE)

        task = asyncio.create_task(send())
        try:
            yield feed
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task


async def seconds_until(holds: Callable[[], bool], limit: float) -> float:
    """How long it took. Raises `TimeoutError`."""
    began = time.monotonic()

    async def now() -> bool:
        return holds()

    await until(now, limit)
    return time.monotonic() - began
