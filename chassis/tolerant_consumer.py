"""A consumer that a record with a broken header name cannot stop.

aiokafka decodes header names as UTF-8 while it unpacks a batch and raises out of `getmany`, again and again for the
same record: one partner's client could stop the group for all. Such a record is handed on with an empty header name
and the bytes that cannot be read as its value, so that the inbox refuses it like every other header that is not UTF-8.
"""

import asyncio
import sys
import time
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

log = structlog.get_logger()

_UNREADABLE = b"\xff"
_LOOK_AGAIN = 0.02

Records = dict[TopicPartition, list[ConsumerRecord]]


class TolerantConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # ships no types
    """As its base, but for records whose headers cannot be unpacked.

    Partitions are emptied one by one. The base empties them together, and when one of them raises, what it had already
    taken from the others is gone while their positions stand behind it.
    """

    def __init__(self, *topics: str, **settings: Any) -> None:
        super().__init__(*topics, **settings)
        # Read record by record, until the one that cannot be unpacked is passed over.
        self._suspects: set[TopicPartition] = set()

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> Records:
        """See aiokafka."""
        deadline, found = time.monotonic() + timeout_ms / 1000, Records()
        self._suspects &= self.assignment()
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
        if partition in self._suspects:
            return await self._take_singly(partition, most)
        try:
            found: Records = await super().getmany(partition, max_records=most)
        except UnicodeDecodeError:
            # The base drops what it fetched of this partition, and fetches it again from the position before.
            self._suspects.add(partition)
            return []
        return found.get(partition, [])

    async def _take_singly(self, partition: TopicPartition, most: int) -> list[ConsumerRecord]:
        records: list[ConsumerRecord] = []
        while len(records) < most:
            try:
                found: Records = await super().getmany(partition, max_records=1)
            except UnicodeDecodeError:
                # If there are others that cannot be read, they will be met again.
                self._suspects.clear()
                return [*records, await self._pass_over(partition)]
            if not found:
                break
            records += found[partition]
        return records

    async def _wait(self, partitions: tuple[TopicPartition, ...], seconds: float) -> Records:
        """At most one record, the first that comes: so nothing that was taken can be lost when the next one raises.

        Whatever raises here is fetched again, which may take as long as the broker holds a fetch that found nothing.
        It must then be looked for in each partition, without a wait that would meet it first and drop it again.
        """
        if self._suspects:
            await asyncio.sleep(min(_LOOK_AGAIN, seconds))
            return {}
        try:
            found: Records = await super().getmany(*partitions, timeout_ms=int(seconds * 1000) + 1, max_records=1)
        except UnicodeDecodeError:
            self._suspects.update(partitions or self.assignment())
            return {}
        return found

    async def _pass_over(self, partition: TopicPartition) -> ConsumerRecord:
        offset: int = await self.position(partition)
        self.seek(partition, offset + 1)
        log.warning("inbox.unreadable_header", topic=partition.topic, partition=partition.partition, offset=offset)
        return _stand_in(partition, offset)


def _stand_in(partition: TopicPartition, offset: int) -> ConsumerRecord:
    fields: dict[str, Any] = {
        "topic": partition.topic,
        "partition": partition.partition,
        "offset": offset,
        "timestamp": int(time.time() * 1000),
        "timestamp_type": 0,
        "key": None,
        "value": None,
        "checksum": None,
        "serialized_key_size": -1,
        "serialized_value_size": -1,
        "headers": (("", _UNREADABLE),),
    }
    return ConsumerRecord(**fields)
