"""A process with two lanes, of which one is held at a place where it waits, while the other and the group go on."""

import asyncio
import uuid
from collections.abc import Sequence
from contextlib import AsyncExitStack
from typing import Any

from tests.services.reporting.gathered import check_gathered
from tests.services.reporting.rebalance_bench import FIRST, SECOND, GroupBench, GroupMember, has
from tests.services.reporting.stepping import Point, Stepped
from tests.services.reporting.streams import until

HELD, FREE = 1, 0
"""Lanes. With both partitions of the topic, each has that of its own number; with one alone, the free one has it."""
_SOME = 3


class LanesBench(GroupBench):
    """The records, and what it takes to project them again and again."""

    async def held_points(self) -> tuple[Sequence[Point], Any]:
        """All suspensions of the lane while the other one stands still, and what stands when that has gone as well."""
        await self.empty()
        async with AsyncExitStack() as stack:
            member = await self._two_lanes(stack, uuid.uuid4().hex)
            stepped = Stepped(_own(member))
            assert not await stepped.run_to(None)
            await member.turns(FREE)
        return stepped.points, await self.state()

    async def beside_at(self, point: Point) -> Sequence[Point]:
        """The other lane goes as far as it can meanwhile. Gives the way there."""
        await self.empty()
        async with AsyncExitStack() as stack:
            member = await self._two_lanes(stack, uuid.uuid4().hex)
            stepped = Stepped(member.turns(HELD))
            await stepped.run_to(point)
            way = list(stepped.points)
            task = asyncio.create_task(_own(member, FREE))
            await until(lambda: self.done_or_blocked(task))
            async with asyncio.timeout(20):
                await stepped.run_to(None)
                await task
                await member.turns(FREE)
        await check_gathered(self.engine)
        return way

    async def handed_over_at(self, point: Point) -> Sequence[Point]:
        """Another member joins, so that what the lane has is the other lane's from now on. Gives the way there."""
        await self.empty()
        async with AsyncExitStack() as stack:
            group = uuid.uuid4().hex
            member = await self._two_lanes(stack, group)
            stepped = Stepped(member.turns(HELD))
            await stepped.run_to(point)
            way = list(stepped.points)
            other = await stack.enter_async_context(self.member(FIRST, group))
            await has(other, {0})
            await has(member, {1})
            task = asyncio.create_task(other.turns())
            await until(lambda: self.done_or_blocked(task))
            async with asyncio.timeout(20):
                for _ in range(_SOME):
                    await member.lanes[FREE].turn()
                # It is not done with it: so the other lane has not even asked where it stands.
                assert not member.reading.reached
                await asyncio.gather(stepped.run_to(None), member.turns(FREE), task)
        await check_gathered(self.engine)
        return way

    async def _two_lanes(self, stack: AsyncExitStack, group: str) -> GroupMember:
        member = await stack.enter_async_context(self.member(SECOND, group, lanes=2))
        await has(member, {0, 1})
        async with member.reading.engine.connect():
            """Until the first connection stands SQLAlchemy lets nobody else make one."""
        return member


async def _own(member: GroupMember, lane: int = HELD) -> None:
    """Until the lane has done what is its own while the process has both."""
    (place,) = (one for one in member.ends if one.partition == lane)
    while place not in member.reading.reached or member.reading.reached[place].next_offset < member.ends[place]:
        await member.lanes[lane].turn()
