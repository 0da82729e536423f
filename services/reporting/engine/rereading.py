"""A log that is read once more at one of its records: which topic that is now, how far it goes, what stands there.

Kafka's word alone; what PostgreSQL knows of the place is whoever's who asks.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import OffsetOutOfRangeError

from chassis.ending import whole
from services.reporting.engine.topic_ids import topic_id

POLL_MS = 500
_LIMIT = 30.0
"""Seconds for one record that Kafka says it has."""


@dataclass(frozen=True)
class Rereading:
    """A consumer without a group, and a client for what consumers cannot ask."""

    consumer: AIOKafkaConsumer
    client: AIOKafkaClient

    async def topic_id(self, topic: str) -> str | None:
        """None where the topic does not exist: whoever asks for more of it would wait until a time limit."""
        return await topic_id(self.client, topic)

    async def bounds(self, place: TopicPartition) -> tuple[int, int]:
        """First and next offset, as readers see them who take what is committed."""
        first, end = await self.consumer.beginning_offsets([place]), await self.consumer.end_offsets([place])
        return first[place], end[place]

    async def record(self, place: TopicPartition, offset: int) -> Any | None:
        """None where no record stands there: removed, never written, or the mark of a transaction."""
        first, end = await self.bounds(place)
        if not first <= offset < end:
            return None
        self.consumer.assign([place])
        self.consumer.seek(place, offset)
        try:
            async with asyncio.timeout(_LIMIT):
                while await self.consumer.position(place) <= offset:
                    found = (await self.consumer.getmany(place, timeout_ms=POLL_MS, max_records=1)).get(place, ())
                    if found:
                        return found[0] if found[0].offset == offset else None
        except OffsetOutOfRangeError:
            # Removed meanwhile.
            return None
        return None


@asynccontextmanager
async def rereading(bootstrap: str) -> AsyncIterator[Rereading]:
    """Raises aiokafka's errors when the broker is away."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="none",
    )
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    try:
        await whole(client.bootstrap())
        await whole(consumer.start())
        yield Rereading(consumer, client)
    finally:
        await consumer.stop()
        await client.close()
