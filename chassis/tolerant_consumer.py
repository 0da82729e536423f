"""A consumer that a record with a broken header name cannot stop.

aiokafka decodes header names as UTF-8 while it unpacks a batch and raises out of `getmany`, again and again for the
same record: one partner's client could stop the group for all. Such a record is handed on with an empty header name
and the bytes that cannot be read as its value, so that the inbox refuses it like every other header that is not UTF-8.
"""

import time
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition

log = structlog.get_logger()

_UNREADABLE = b"\xff"

Records = dict[TopicPartition, list[ConsumerRecord]]


class TolerantConsumer(AIOKafkaConsumer):  # type: ignore[misc]  # ships no types
    """As its base, but for records whose headers cannot be unpacked."""

    async def getmany(
        self, *partitions: TopicPartition, timeout_ms: int = 0, max_records: int | None = None
    ) -> Records:
        """See aiokafka. Only after a failure are records asked for one at a time, until the bad one is found."""
        try:
            found: Records = await super().getmany(*partitions, timeout_ms=timeout_ms, max_records=max_records)
        except UnicodeDecodeError:
            return await self._one_by_one(partitions or tuple(self.assignment()))
        return found

    async def _one_by_one(self, partitions: tuple[TopicPartition, ...]) -> Records:
        for partition in partitions:
            try:
                found: Records = await super().getmany(partition, timeout_ms=50, max_records=1)
            except UnicodeDecodeError:
                return {partition: [await self._pass_over(partition)]}
            if found:
                return found
        return {}

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
