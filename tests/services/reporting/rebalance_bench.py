"""A topic of two partitions whose real group is rebalanced while one member is held at a place where its loop waits."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.database import create_engine
from chassis.settings import Settings
from contracts.topics import Topic
from deploy.local.kafka import Kafka
from services.reporting.consumers import Filling, Projector
from services.reporting.engine import topic_ids
from services.reporting.engine.assigned import Forget
from services.reporting.engine.versions import list_parked, read_offsets
from services.reporting.tables import facts
from tests.services.reporting.crash_bench import line_of
from tests.services.reporting.desk import PROJECT
from tests.services.reporting.stepping import Point, Stepped
from tests.services.reporting.streams import rows, until

FIRST, SECOND = "a", "b"
"""Names of members: Kafka's group gives its first partition to the first name."""


@dataclass(frozen=True)
class Stock:
    """What stands on the two partitions."""

    topic: Topic
    partitions: Sequence[Sequence[Any]]
    prepare: str = ""
    strict: bool = False


@dataclass
class GroupMember:
    """A process of the group: a consumer that Kafka assigns to, an engine and a projector of its own."""

    consumer: AIOKafkaConsumer
    projector: Projector
    ends: Mapping[TopicPartition, int]

    @property
    def assigned(self) -> set[int]:
        return {place.partition for place in self.consumer.assignment()}

    @property
    def done(self) -> bool:
        """Whether everything that is its own is projected."""
        reached, mine = self.projector._reached, self.consumer.assignment()
        return bool(mine) and all(one in reached and reached[one].next_offset >= self.ends[one] for one in mine)

    async def turns(self) -> None:
        while not self.done:
            await self.projector._turn(self.consumer)


class GroupBench:
    """The records, and what it takes to project them again and again."""

    def __init__(self, kafka: Kafka, settings: Settings, stock: Stock) -> None:
        self.bootstrap, self._settings, self.stock = kafka.bootstrap, settings, stock
        self.topic = replace(stock.topic, name=f"test.group.{uuid.uuid4().hex[:8]}", partitions=2)
        # One transaction, so a mark behind the records of each partition.
        self.ends = {TopicPartition(self.topic.name, n): len(said) + 1 for n, said in enumerate(stock.partitions)}
        self.engine = create_engine(settings)
        self.client = AIOKafkaClient(bootstrap_servers=self.bootstrap)

    async def prepare(self) -> None:
        await self.client.bootstrap()
        await topic_ids.topic_id(self.client, self.topic.name)
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic(self.topic.name, 2, 1)])
        await admin.close()
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, transactional_id=self.topic.name)
        async with producer, producer.transaction():
            for partition, messages in enumerate(self.stock.partitions):
                for key, value, headers in messages:
                    await producer.send(self.topic.name, value, key=key, headers=list(headers), partition=partition)
        if self.stock.prepare:
            await self._execute(self.stock.prepare)

    async def close(self) -> None:
        await self.client.close()
        await self.engine.dispose()

    async def empty(self) -> None:
        names = ", ".join(f"projection_1.{table.name}" for table in facts.sorted_tables)
        await self._execute(f"TRUNCATE {names}, position, parked")

    async def _execute(self, statement: str) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(text(statement))

    @asynccontextmanager
    async def member(self, name: str, group: str) -> AsyncIterator[GroupMember]:
        """It joins as the service does; only sooner."""
        engine: AsyncEngine = create_engine(self._settings)
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.bootstrap,
            group_id=group,
            client_id=name,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="none",
            session_timeout_ms=6_000,
            heartbeat_interval_ms=20,
            retry_backoff_ms=20,
            fetch_max_wait_ms=10,
            # Two batches at least, so that the second meets what the first has written.
            max_poll_records=2,
        )
        filling = Filling(strict=self.stock.strict)
        project = PROJECT[self.stock.topic.name]
        projector = Projector(engine, self.bootstrap, self.topic, project, filling)
        projector._client = self.client
        await consumer.start()
        consumer.subscribe([self.topic.name], listener=Forget(1, projector._reached))
        try:
            yield GroupMember(consumer, projector, self.ends)
        finally:
            await consumer.stop()
            await engine.dispose()

    async def state(self) -> Any:
        """Everything that has to be right, whatever the tables are."""
        async with self.engine.connect() as connection:
            parked = [(one.place.partition, one.offset, one.subject) for one in await list_parked(connection)]
            return await rows(self.engine), parked, await read_offsets(connection, 1)

    async def points(self, partitions: set[int]) -> tuple[Sequence[Point], Any]:
        """All suspensions of a member that nobody disturbs and that has these partitions, and what stands then."""
        await self.empty()
        async with AsyncExitStack() as stack:
            group = uuid.uuid4().hex
            if partitions == {1}:
                await stack.enter_async_context(self.member(FIRST, group))
            member = await stack.enter_async_context(self.member(SECOND, group))
            await _has(member, partitions)
            stepped = Stepped(member.turns())
            assert not await stepped.run_to(None)
        found = [one for one in stepped.points if not (one.count and "getmany" in line_of(one.places[-1]))]
        return found, await self.state()

    async def joined_at(self, point: Point) -> bool:
        """Another one joins and is given a partition; it goes first if it can. Whether the point was come by."""
        await self.empty()
        async with AsyncExitStack() as stack:
            group = uuid.uuid4().hex
            held = await stack.enter_async_context(self.member(SECOND, group))
            await _has(held, {0, 1})
            stepped = Stepped(held.turns())
            stopped = await stepped.run_to(point)
            other = await stack.enter_async_context(self.member(FIRST, group))
            await _has(other, {0})
            await _has(held, {1})
            task = asyncio.create_task(other.turns())
            await until(lambda: self._done_or_blocked(task))
            async with asyncio.timeout(20):
                await stepped.run_to(None)
                await held.turns()
                await task
        return stopped

    async def left_at(self, point: Point, *, idle: bool) -> bool:
        """Another one has a partition, of which it has read all or, `idle`, nothing, and leaves the group."""
        await self.empty()
        async with AsyncExitStack() as stack:
            group = uuid.uuid4().hex
            leaving = AsyncExitStack()
            other = await leaving.enter_async_context(self.member(FIRST, group))
            stack.push_async_exit(leaving)
            held = await stack.enter_async_context(self.member(SECOND, group))
            await _has(other, {0})
            await _has(held, {1})
            stepped = Stepped(held.turns())
            stopped = await stepped.run_to(point)
            if not idle:
                task = asyncio.create_task(other.turns())
                await until(lambda: self._done_or_blocked(task))
                await task
            await leaving.aclose()
            await _has(held, {0, 1})
            async with asyncio.timeout(20):
                await stepped.run_to(None)
                await held.turns()
        return stopped

    async def _done_or_blocked(self, task: asyncio.Task[None]) -> bool:
        if task.done():
            return True
        async with self.engine.connect() as connection:
            blocked = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"
            return bool(await connection.scalar(text(blocked)))


async def _has(member: GroupMember, partitions: set[int]) -> None:
    """Until the group has settled so."""

    async def settled() -> bool:
        return member.assigned == partitions and not member.consumer._subscription.reassignment_in_progress

    await until(settled)
