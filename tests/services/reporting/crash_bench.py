"""A partition that is projected again and again, each time stopped at another place where the loop waits."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiokafka import TopicPartition
from sqlalchemy import event, text

from chassis.settings import Settings
from contracts.topics import Topic
from deploy.local.kafka import Kafka
from services.reporting.consumers import group_of
from services.reporting.engine.assigned import Forget
from services.reporting.engine.lane import Lane, Reading
from services.reporting.tables import facts
from tests.services.reporting.gathered import check_gathered
from tests.services.reporting.same_each_run import Consumer
from tests.services.reporting.stepping import Point, Stepped
from tests.services.reporting.stock import Stock, StockedTopic
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

    @property
    def stock(self) -> Stock:
        return Stock(self.topic, (self.messages,), self.prepare, self.strict)


class Robbable(Consumer):
    """A consumer whose partition can be taken away without a group, in whose rebalances hundreds of runs would wait."""

    robbed = False

    def assignment(self) -> frozenset[TopicPartition]:
        """Nothing, once it was robbed. Fetching it still can, like one that has not heard of it."""
        return frozenset() if self.robbed else super().assignment()


@dataclass
class Member:
    """A process that reads the partition: an engine, a consumer and a lane of its own."""

    reading: Reading
    consumer: Robbable
    lane: Lane
    connections: list[Any] = field(default_factory=list)

    async def turns(self, end: int) -> None:
        """Until everything is projected, or the partition is somebody else's."""
        while place := next(iter(self.consumer.assignment()), None):
            reached = self.reading.reached.get(place)
            if reached is not None and reached.next_offset >= end:
                return
            await self.lane.turn()

    def lose_database(self) -> None:
        """As PostgreSQL sees a kill: the connection breaks off."""
        for connection in self.connections:
            connection.terminate()


class Bench(StockedTopic):
    """A partition with records, and what it takes to project it again and again."""

    def __init__(self, kafka: Kafka, settings: Settings, scenario: Scenario) -> None:
        super().__init__(kafka, settings, scenario.stock)
        self.scenario = scenario
        ((self.place, self.end),) = self.ends.items()

    @asynccontextmanager
    async def member(self) -> AsyncIterator[Member]:
        """Its partition is assigned by hand."""
        consumer = self.consumer(Robbable, group_id=group_of(1, self.topic))
        reading = self.reading(consumer)
        member = Member(reading, consumer, Lane(reading))
        event.listen(
            reading.engine.sync_engine, "connect", lambda dbapi, _: member.connections.append(dbapi._connection)
        )
        await member.consumer.start()
        member.consumer.assign([self.place])
        try:
            yield member
        finally:
            await member.consumer.stop()
            await reading.engine.dispose()

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
        return stepped.points

    async def killed_at(self, point: Point) -> Sequence[Point]:
        """Gives the way there. What is killed cleans nothing up; another process finishes."""
        await self.empty()
        async with AsyncExitStack() as stack:
            victim, heir = [await stack.enter_async_context(self.member()) for _ in range(2)]
            stepped = Stepped(victim.turns(self.end))
            await stepped.run_to(point)
            way = list(stepped.points)
            victim.lose_database()
            async with asyncio.timeout(20):
                await heir.turns(self.end)
            assert await self.state() == self.expected, f"killed at {point}"
            await check_gathered(self.engine)
            await stepped.end()
        return way

    async def robbed_at(self, point: Point) -> Sequence[Point]:
        """The partition goes to another one, who goes first if it can; then the first goes on, and has it again.

        Gives the way there.
        """
        await self.empty()
        async with AsyncExitStack() as stack:
            victim, heir = [await stack.enter_async_context(self.member()) for _ in range(2)]
            stepped = Stepped(victim.turns(self.end))
            await stepped.run_to(point)
            way = list(stepped.points)
            await Forget(1, victim.reading.reached, victim.consumer).on_partitions_revoked({self.place})
            victim.consumer.robbed = True
            other = asyncio.create_task(heir.turns(self.end))
            await until(lambda: self.done_or_blocked(other))
            async with asyncio.timeout(20):
                await stepped.run_to(None)
                await other
            victim.consumer.robbed = False
            async with asyncio.timeout(20):
                await victim.turns(self.end)
            assert await self.state() == self.expected, f"robbed at {point}"
            await check_gathered(self.engine)
        return way
