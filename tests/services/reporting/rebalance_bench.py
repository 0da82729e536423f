"""A topic of two partitions whose real group is rebalanced while one member is held at a place where its loop waits."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import TopicPartition

from services.reporting.engine.assigned import Forget
from services.reporting.engine.lane import Lane, Reading
from services.reporting.engine.versions import list_parked, read_offsets
from tests.services.reporting.gathered import check_gathered
from tests.services.reporting.same_each_run import Consumer
from tests.services.reporting.stepping import Point, Stepped
from tests.services.reporting.stock import StockedTopic
from tests.services.reporting.streams import rows, until

FIRST, SECOND = "a", "b"
"""Names of members: Kafka's group gives its first partition to the first name."""


@dataclass
class GroupMember:
    """A process of the group: a consumer that Kafka assigns to, an engine and lanes of its own."""

    consumer: Consumer
    reading: Reading
    lanes: Sequence[Lane]
    ends: Mapping[TopicPartition, int]

    @property
    def assigned(self) -> set[int]:
        return {place.partition for place in self.consumer.assignment()}

    @property
    def done(self) -> bool:
        """Whether everything that is its own is projected."""
        reached, mine = self.reading.reached, self.consumer.assignment()
        return bool(mine) and all(one in reached and reached[one].next_offset >= self.ends[one] for one in mine)

    async def turns(self, lane: int = 0) -> None:
        """Of one lane, until all is done."""
        while not self.done:
            await self.lanes[lane].turn()


class GroupBench(StockedTopic):
    """The records, and what it takes to project them again and again."""

    @asynccontextmanager
    async def member(self, name: str, group: str, lanes: int = 1) -> AsyncIterator[GroupMember]:
        """It joins as the service does; only sooner."""
        consumer = self.consumer(
            group_id=group, client_id=name, session_timeout_ms=6_000, heartbeat_interval_ms=20, retry_backoff_ms=20
        )
        reading = self.reading(consumer)
        await consumer.start()
        consumer.subscribe([self.topic.name], listener=Forget(1, reading.reached, consumer))
        try:
            yield GroupMember(consumer, reading, [Lane(reading, n, lanes) for n in range(lanes)], self.ends)
        finally:
            await consumer.stop()
            await reading.engine.dispose()

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
            await has(member, partitions)
            stepped = Stepped(member.turns())
            assert not await stepped.run_to(None)
        return stepped.points, await self.state()

    async def joined_at(self, point: Point) -> Sequence[Point]:
        """Another one joins and is given a partition; it goes first if it can. Gives the way there."""
        await self.empty()
        async with AsyncExitStack() as stack:
            group = uuid.uuid4().hex
            held = await stack.enter_async_context(self.member(SECOND, group))
            await has(held, {0, 1})
            stepped = Stepped(held.turns())
            await stepped.run_to(point)
            way = list(stepped.points)
            other = await stack.enter_async_context(self.member(FIRST, group))
            await has(other, {0})
            await has(held, {1})
            task = asyncio.create_task(other.turns())
            await until(lambda: self.done_or_blocked(task))
            async with asyncio.timeout(20):
                await stepped.run_to(None)
                await held.turns()
                await task
        await check_gathered(self.engine)
        return way

    async def _read_what_it_can(self, other: GroupMember) -> None:
        """All, or until it waits for a row of one that is held: then it is left in the middle of its transaction."""
        task = asyncio.create_task(other.turns())
        await until(lambda: self.done_or_blocked(task))
        if not task.done():
            task.cancel()
            await asyncio.wait([task])
        if not task.cancelled():
            task.result()

    async def left_at(self, point: Point, *, idle: bool) -> Sequence[Point]:
        """Another one has a partition, of which it has read what it can or, `idle`, nothing, and leaves the group.

        Gives the way there.
        """
        await self.empty()
        async with AsyncExitStack() as stack:
            group = uuid.uuid4().hex
            leaving = AsyncExitStack()
            other = await leaving.enter_async_context(self.member(FIRST, group))
            stack.push_async_exit(leaving)
            held = await stack.enter_async_context(self.member(SECOND, group))
            await has(other, {0})
            await has(held, {1})
            stepped = Stepped(held.turns())
            await stepped.run_to(point)
            way = list(stepped.points)
            if not idle:
                await self._read_what_it_can(other)
            await leaving.aclose()
            await has(held, {0, 1})
            async with asyncio.timeout(20):
                await stepped.run_to(None)
                await held.turns()
        await check_gathered(self.engine)
        return way


async def has(member: GroupMember, partitions: set[int]) -> None:
    """Until the group has settled so."""

    async def settled() -> bool:
        return member.assigned == partitions and not member.consumer._subscription.reassignment_in_progress

    await until(settled)
