"""Clients that wait as often, and cut the records the same way, in each run: so a place to stop at comes by again.

aiokafka shuffles the partitions of each fetch, and the most records of one poll are shared by all of them: which
partition fills a poll, and so how the records of each are cut into batches, differs from run to run. How often a call
of its waits depends on what has arrived already.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Mapping
from contextlib import suppress
from typing import Any, TypeVar

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import NoOffsetForPartitionError

from tests.services.reporting.stepping import unseen

CUT = 2
"""Offsets of each partition in one poll: two batches at least, so that the second meets what the first has written."""
_POLL_MS = 5

T = TypeVar("T")


async def _before_and_after(ask: Callable[..., Awaitable[T]], *arguments: Any, **more: Any) -> T:
    """Seen to wait twice: before it is asked, and once it has answered."""
    await asyncio.sleep(0)
    answer = await unseen(ask(*arguments, **more))
    await asyncio.sleep(0)
    return answer


class Client(AIOKafkaClient):  # type: ignore[misc]  # untyped
    """Whoever asks for the id of a topic."""

    async def send(self, node_id: Any, request: Any, **more: Any) -> Any:
        return await _before_and_after(super().send, node_id, request, **more)


class Consumer(AIOKafkaConsumer):  # type: ignore[misc]  # untyped
    """`ends`: where each partition ends, behind the mark of the transaction that wrote it."""

    def __init__(self, ends: Mapping[TopicPartition, int], **settings: Any) -> None:
        super().__init__(**settings)
        self._ends = ends

    async def getmany(
        self,
        *partitions: TopicPartition,
        timeout_ms: int = 0,  # noqa: ARG002 - what is waited for is known to come
        max_records: int | None = None,  # noqa: ARG002
    ) -> Mapping[TopicPartition, list[Any]]:
        """The next offsets of each, seen to wait before and after each of them."""
        await asyncio.sleep(0)
        found = {}
        for place in sorted(partitions):
            if records := await unseen(self._cut(place)):
                found[place] = records
            await asyncio.sleep(0)
        return found

    async def _cut(self, place: TopicPartition) -> list[Any]:
        at, records = self._at(place), list[Any]()
        if at is None:
            found = await super().getmany(place, timeout_ms=_POLL_MS)
            return list(found.get(place, ()))
        stop = min(at + CUT, self._ends[place])
        while at is not None and at < stop:
            # What Kafka knew when it assigned the partition, kept until now: the loop has sought since.
            with suppress(NoOffsetForPartitionError):
                found = await super().getmany(place, timeout_ms=_POLL_MS, max_records=stop - at)
                records += found.get(place, ())
            at = self._at(place)
        return records

    def _at(self, place: TopicPartition) -> int | None:
        """The next offset; None where it is not assigned, or not sought since."""
        if not self._subscription.is_assigned(place) or place in self.paused():
            return None
        state = self._subscription.subscription.assignment.state_value(place)
        return int(state.position) if state.has_valid_position else None

    async def beginning_offsets(self, partitions: Collection[TopicPartition]) -> Any:
        return await _before_and_after(super().beginning_offsets, partitions)

    async def end_offsets(self, partitions: Collection[TopicPartition]) -> Any:
        return await _before_and_after(super().end_offsets, partitions)

    async def commit(self, offsets: Any = None) -> None:
        await _before_and_after(super().commit, offsets)
