"""A partition that is projected again and again, each time stopped at another place where the loop waits."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.client import AIOKafkaClient
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.database import create_engine
from chassis.settings import Settings
from contracts.topics import Topic
from deploy.local.kafka import Kafka
from services.reporting.consumers import Filling, Projector, group_of
from services.reporting.engine import topic_ids
from services.reporting.engine.assigned import Forget
from services.reporting.tables import facts
from tests.services.reporting.desk import PROJECT
from tests.services.reporting.stepping import SERVICE, Await, Point, Stepped
from tests.services.reporting.streams import until


@dataclass(frozen=True)
class Scenario:
    """What stands on a partition, and what has to stand in the tables afterwards: counted here by hand."""

    topic: Topic
    messages: Sequence[Any]
    rows: Mapping[str, Sequence[tuple[Any, ...]]]
    parked: Sequence[tuple[int, str]] = ()
    prepare: str = ""
    strict: bool = False


class Robbable(AIOKafkaConsumer):
    """A consumer whose partition can be taken away without a group, in whose rebalances hundreds of runs would wait."""

    robbed = False

    def assignment(self) -> frozenset[TopicPartition]:
        """Nothing, once it was robbed. Fetching it still can, like one that has not heard of it."""
        return frozenset() if self.robbed else super().assignment()


@dataclass
class Member:
    """A process that reads the partition: an engine, a consumer and a projector of its own."""

    engine: AsyncEngine
    consumer: Robbable
    projector: Projector
    connections: list[Any] = field(default_factory=list)

    async def turns(self, end: int) -> None:
        """Until everything is projected, or the partition is somebody else's."""
        while place := next(iter(self.consumer.assignment()), None):
            reached = self.projector._reached.get(place)
            if reached is not None and reached.next_offset >= end:
                return
            await self.projector._turn(self.consumer)

    def lose_database(self) -> None:
        """As PostgreSQL sees a kill: the connection breaks off."""
        for connection in self.connections:
            connection.terminate()


class Bench:
    """A partition with records, and what it takes to project it again and again."""

    def __init__(self, kafka: Kafka, settings: Settings, scenario: Scenario) -> None:
        self.bootstrap, self._settings, self.scenario = kafka.bootstrap, settings, scenario
        self.topic = replace(scenario.topic, name=f"test.crash.{uuid.uuid4().hex[:8]}", partitions=1)
        self.place, self.end = TopicPartition(self.topic.name, 0), len(scenario.messages) + 1
        self.engine = create_engine(settings)
        self.client = AIOKafkaClient(bootstrap_servers=self.bootstrap)

    async def prepare(self) -> None:
        await self.client.bootstrap()
        # From here on it is connected, so that it waits as often in each run.
        await topic_ids.topic_id(self.client, self.topic.name)
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic(self.topic.name, 1, 1)])
        await admin.close()
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, transactional_id=self.topic.name)
        async with producer, producer.transaction():
            for key, value, headers in self.scenario.messages:
                await producer.send(self.topic.name, value, key=key, headers=list(headers), partition=0)
        if self.scenario.prepare:
            await self._execute(self.scenario.prepare)

    async def close(self) -> None:
        await self.client.close()
        await self.engine.dispose()

    async def empty(self) -> None:
        names = ", ".join(f"projection_1.{name.partition(' ')[0]}" for name in self.scenario.rows)
        await self._execute(f"TRUNCATE {names}, position, parked")

    async def _execute(self, statement: str) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(text(statement))

    @asynccontextmanager
    async def member(self) -> AsyncIterator[Member]:
        """With a pool that has no connection yet, as after a start. Its partition is assigned by hand."""
        engine = create_engine(self._settings)
        consumer = Robbable(
            bootstrap_servers=self.bootstrap,
            group_id=group_of(1, self.topic),
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="none",
            # An answer of the broker that is empty is not waited for long: each of hundreds of runs would.
            fetch_max_wait_ms=10,
            # Two batches at least, so that the second meets what the first has written.
            max_poll_records=2,
        )
        project = PROJECT[self.scenario.topic.name]
        filling = Filling(strict=self.scenario.strict)
        member = Member(engine, consumer, Projector(engine, self.bootstrap, self.topic, project, filling))
        member.projector._client = self.client
        event.listen(engine.sync_engine, "connect", lambda dbapi, _: member.connections.append(dbapi._connection))
        await consumer.start()
        consumer.assign([self.place])
        try:
            yield member
        finally:
            await consumer.stop()
            await engine.dispose()

    async def state(self) -> tuple[Any, ...]:
        """Everything that has to be right."""
        found: dict[str, Any] = {}
        async with self.engine.connect() as connection:
            wanted = {name.partition(" ")[0]: name for name in self.scenario.rows}
            for table in (table.name for table in facts.sorted_tables):
                columns = wanted.get(table, "").partition(" ")[2].strip("()") or "*"
                query = f"SELECT {columns} FROM projection_1.{table}"  # noqa: S608 - our own tables
                if rows := sorted(tuple(row) for row in await connection.execute(text(query))):
                    found[wanted.get(table, table)] = rows
            parked = await connection.execute(text('SELECT "offset", subject FROM parked ORDER BY "offset"'))
            position = await connection.execute(text("SELECT next_offset, topic_id IS NOT NULL FROM position"))
            return found, [tuple(row) for row in parked], [tuple(row) for row in position]

    @property
    def expected(self) -> tuple[Any, ...]:
        return dict(self.scenario.rows), list(self.scenario.parked), [(self.end, True)]

    async def points(self) -> Sequence[Point]:
        """All suspensions of an undisturbed run."""
        await self.empty()
        async with self.member() as member:
            stepped = Stepped(member.turns(self.end))
            assert not await stepped.run_to(None)
        assert await self.state() == self.expected
        # Each turn that nothing has arrived for waits as the first one does: how many there are is Kafka's affair.
        return [one for one in stepped.points if not (one.count and "getmany" in line_of(one.places[-1]))]

    async def killed_at(self, point: Point) -> bool:
        """Whether the point was come by. What is killed cleans nothing up; another process finishes."""
        await self.empty()
        async with AsyncExitStack() as stack:
            victim, heir = [await stack.enter_async_context(self.member()) for _ in range(2)]
            stepped = Stepped(victim.turns(self.end))
            stopped = await stepped.run_to(point)
            victim.lose_database()
            async with asyncio.timeout(20):
                await heir.turns(self.end)
            assert await self.state() == self.expected, f"killed at {point}"
            await stepped.end()
        return stopped

    async def robbed_at(self, point: Point) -> bool:
        """The partition goes to another one, who goes first if it can; then the first goes on, and has it again."""
        await self.empty()
        async with AsyncExitStack() as stack:
            victim, heir = [await stack.enter_async_context(self.member()) for _ in range(2)]
            stepped = Stepped(victim.turns(self.end))
            stopped = await stepped.run_to(point)
            await Forget(1, victim.projector._reached).on_partitions_revoked({self.place})
            victim.consumer.robbed = True
            other = asyncio.create_task(heir.turns(self.end))
            await until(lambda: self._done_or_blocked(other))
            async with asyncio.timeout(20):
                await stepped.run_to(None)
                await other
            victim.consumer.robbed = False
            async with asyncio.timeout(20):
                await victim.turns(self.end)
            assert await self.state() == self.expected, f"robbed at {point}"
        return stopped

    async def _done_or_blocked(self, task: asyncio.Task[None]) -> bool:
        if task.done():
            return True
        async with self.engine.connect() as connection:
            blocked = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"
            return bool(await connection.scalar(text(blocked)))


def line_of(place: Await) -> str:
    """The source of a wait."""
    return (SERVICE / f"{place.module}.py").read_text().splitlines()[place.line - 1].strip()
