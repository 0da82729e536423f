"""Topics of one test like our three, how events get there, and the service's own followers and rebuilds on them."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.base import Event
from contracts.topics import Topic, topic_of
from services.reporting.engine.compare import Comparison, compare
from services.reporting.engine.following import Following, Rooms
from services.reporting.engine.logs import read_logs
from services.reporting.engine.rebuild import Rebuild
from services.reporting.engine.schema import schema_of
from services.reporting.engine.versions import read_offsets
from services.reporting.projections import PROJECTIONS, Project
from services.reporting.tables import facts
from tests.services.reporting.desk import Reporting

ORIGIN = {"at_partition", "at_offset", "correlation"}
"""Columns that say where a row came from, which duplicates may change."""


def named(suffix: str) -> tuple[tuple[Topic, Project], ...]:
    """Our projections on topics of a test."""
    return tuple(
        (replace(topic, name=f"{topic.name}.{suffix}", partitions=2), project) for topic, project in PROJECTIONS
    )


async def until(holds: Callable[[], Awaitable[bool]], limit: float = 30) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(limit):
        while not await holds():  # noqa: ASYNC110 - the condition is in a database
            await asyncio.sleep(0.02)


class Streams:
    """Registry, people and sessions, two partitions each."""

    def __init__(self, bootstrap: str, engine: AsyncEngine) -> None:
        self.bootstrap, self.engine, self.desk = bootstrap, engine, Reporting(engine)
        self.suffix = uuid.uuid4().hex[:8]
        self.projections = named(self.suffix)
        self.names = [topic.name for topic, _ in self.projections]

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        client = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await client.start()
        try:
            yield client
        finally:
            await client.close()

    async def create(self) -> None:
        async with self.admin() as admin:
            await admin.create_topics([NewTopic(name, 2, 1) for name in self.names])

    async def remake(self, name: str) -> None:
        """Another topic under the same name."""
        async with self.admin() as admin:
            await admin.delete_topics([name])
        await until(lambda: self._is_made_anew(name))

    async def _is_made_anew(self, name: str) -> bool:
        """A topic that is being removed cannot be made yet."""
        await self.create()
        async with self.admin() as admin:
            (found,) = await admin.describe_topics([name])
        return bool(found["error_code"] == 0 and len(found["partitions"]) == 2)

    def topic(self, event: Event) -> str:
        return f"{topic_of(type(event)).name}.{self.suffix}"

    async def publish(self, *events: Event) -> None:
        """Each on the partition of its key."""
        await self.send(*((*self.place(event), self.desk.message(event)) for event in events))

    def place(self, event: Event) -> TopicPartition:
        """Where it is published."""
        return TopicPartition(self.topic(event), sum(event.key.encode()) % 2)

    async def send(self, *messages: tuple[str, int, Any]) -> None:
        """Whatever the records hold: topic, partition, and key with value and headers."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, transactional_id=f"test-{uuid.uuid4().hex}")
        await producer.start()
        try:
            async with producer.transaction():
                for topic, partition, (key, value, headers) in messages:
                    await producer.send(topic, value, key=key, headers=list(headers), partition=partition)
        finally:
            await producer.stop()

    @asynccontextmanager
    async def following(self, rooms: Rooms | None = None) -> AsyncIterator[Sequence[Following]]:
        """What a running service does beside its API."""
        parts = [Following(self.engine, self.bootstrap, topic, project, rooms) for topic, project in self.projections]
        tasks = [asyncio.create_task(part.run()) for part in parts]
        try:
            yield parts
        finally:
            for task in tasks:
                task.cancel()
            for task in tasks:
                with suppress(asyncio.CancelledError):
                    await task

    async def passed(self, version: int) -> bool:
        """Whether a version has read everything."""
        logs = await read_logs(self.bootstrap, tuple(topic for topic, _ in self.projections))
        async with self.engine.connect() as connection:
            return logs.passed(await read_offsets(connection, version))

    def rebuild(self, engine: AsyncEngine | None = None, **more: Any) -> Rebuild:
        return Rebuild(engine or self.engine, self.bootstrap, projections=self.projections, **more)

    async def compare(self, version: int, *periods: str) -> Comparison:
        return await compare(self.engine, version, periods, self.names)

    async def rows(self, version: int, without: frozenset[str] = frozenset()) -> Mapping[str, Sequence[str]]:
        return await rows(self.engine, version, without)


async def rows(
    engine: AsyncEngine, version: int = 1, without: frozenset[str] = frozenset()
) -> Mapping[str, Sequence[str]]:
    """Everything that stands in the tables of a version but where it came from."""
    found = {}
    async with engine.connect() as connection:
        for table in facts.sorted_tables:
            columns = [c.name for c in table.columns if c.name not in ORIGIN | without]
            query = f"SELECT {', '.join(columns)} FROM {schema_of(version)}.{table.name}"  # noqa: S608 - our own tables
            found[table.name] = sorted(str(tuple(row)) for row in await connection.execute(text(query)))
    return found
