"""A consumer that a record with a broken header name cannot stop.

aiokafka decodes header names as UTF-8 while it unpacks a batch and raises out of `getmany`, again and again for the
same record: one partner's client could stop the group for all. Such a record is handed on with an empty header name
and the bytes that cannot be read as its value, so that the inbox refuses it like every other header that is not UTF-8.
"""

import sys
import time
from collections.abc import Iterable, MutableMapping

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.consumer.fetcher import FetchResult
from aiokafka.errors import KafkaError

from chassis.lenient_records import Limits, fetch_leniently

Records = dict[TopicPartition, list[ConsumerRecord]]


class TolerantConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # ships no types
    """As its base, but for records whose headers cannot be unpacked.

    Partitions are emptied one by one. The base empties them together, and when one of them raises, what it had already
    taken from the others is gone while their positions stand behind it.
    """

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> Records:
        """See aiokafka."""
        deadline, found = time.monotonic() + timeout_ms / 1000, Records()
        await self._take_all(found, partitions, max_records or sys.maxsize)
        while not found and (left := deadline - time.monotonic()) > 0:
            found = await self._wait(partitions, left)
            await self._take_all(found, partitions, max_records or sys.maxsize)
        return found

    async def _take_all(self, found: Records, partitions: tuple[TopicPartition, ...], most: int) -> None:
        """Add what was fetched already to `found`, up to so many records in all."""
        for partition in partitions or tuple(self.assignment()):
            left = most - sum(map(len, found.values()))
            if left <= 0:
                return
            try:
                records = await self._take(partition, left)
            except KafkaError:
                # It comes again; what was taken before would not.
                if found:
                    return
                raise
            if records:
                found.setdefault(partition, []).extend(records)

    async def _take(self, partition: TopicPartition, most: int) -> list[ConsumerRecord]:
        """What was fetched already, without waiting."""
        try:
            found: Records = await super().getmany(partition, max_records=most)
        except UnicodeDecodeError:
            # What the base has unpacked before is lost, and its position stands before that.
            await self._unpack_again([partition])
            found = await super().getmany(partition, max_records=most)
        return found.get(partition, [])

    async def _wait(self, partitions: tuple[TopicPartition, ...], seconds: float) -> Records:
        """At most one record, the first that comes: so nothing that was taken can be lost when the next one raises."""
        try:
            found: Records = await super().getmany(*partitions, timeout_ms=int(seconds * 1000) + 1, max_records=1)
        except UnicodeDecodeError:
            # One of these; which one, nobody says.
            await self._unpack_again(one for one, had in self._fetched.items() if isinstance(had, FetchResult))
            return {}
        return found

    @property
    def _fetched(self) -> MutableMapping[TopicPartition, object]:
        """What the base has fetched and not handed out yet: results, and errors."""
        fetched: MutableMapping[TopicPartition, object] = self._fetcher._records  # noqa: SLF001 - there is no other way
        return fetched

    async def _unpack_again(self, partitions: Iterable[TopicPartition]) -> None:
        """All that was fetched of them: one request, however many of the records are broken.

        Put where the base looks for what it has fetched, so that positions, pauses and rebalances are its own affair.
        """
        assignment = self._subscription.subscription.assignment
        states = {one: assignment.state_value(one) for one in self.assignment().intersection(partitions)}
        positions = {one: state.position for one, state in states.items() if state.has_valid_position}
        committed = self._isolation_level == "read_committed"
        limits = Limits(self._fetch_max_bytes, self._max_partition_fetch_bytes, committed)
        for place, records in (await fetch_leniently(self._client, positions, limits)).items():
            if assignment.active:
                result = FetchResult(place, assignment=assignment, partition_records=records, backoff=0)
                self._fetched[place] = result
