"""The peer's loop: consume a batch, write it and where it ended in one transaction, again."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from confluent_kafka import Consumer, KafkaException, Message, TopicPartition
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.peers import tables
from bench.peers.rows import Rows
from bench.peers.writing import write

WAIT = 0.5
Places = dict[tuple[str, int], int]


async def make_tables(engine: AsyncEngine) -> None:
    """What is missing."""
    async with engine.begin() as connection:
        await connection.run_sync(tables.metadata.create_all)


class Peer:
    """One process that reads topics to their present end. Offsets are those of PostgreSQL, never Kafka's own."""

    decode: Callable[[bytes], Any] = staticmethod(json.loads)

    def __init__(self, engine: AsyncEngine, bootstrap: str, topics: Sequence[str], batch: int) -> None:
        self._engine, self._topics, self._batch = engine, topics, batch
        self._consumer = Consumer(
            {
                "bootstrap.servers": bootstrap,
                "group.id": "peer",
                "enable.auto.commit": False,
                "isolation.level": "read_committed",
                "auto.offset.reset": "error",
            }
        )
        self._position: Places = {}
        self._end: Places = {}

    async def run(self) -> int:
        """Until the end that the topics had at first; gives the number of records."""
        await self._assign()
        records = 0
        try:
            while left := sum(max(0, end - self._position[place]) for place, end in self._end.items()):
                messages = await self._consume(min(self._batch, left))
                if messages:
                    await self._apply(messages)
                records += len(messages)
        finally:
            self._consumer.close()
        return records

    async def _consume(self, most: int) -> list[Message]:
        return self._consumer.consume(most, WAIT)

    def _mine(self, places: Sequence[tuple[str, int]]) -> Sequence[tuple[str, int]]:
        """Which partitions of all."""
        return places

    async def _assign(self) -> None:
        async with self._engine.connect() as connection:
            stored = {
                (row.topic, row.partition): row.next_offset for row in await connection.execute(select(tables.position))
            }
        known = self._consumer.list_topics(timeout=10).topics
        places = [(topic, number) for topic in self._topics for number in sorted(known[topic].partitions)]
        for place in self._mine(places):
            first, self._end[place] = self._consumer.get_watermark_offsets(TopicPartition(*place), timeout=10)
            self._position[place] = stored.get(place, first)
        self._consumer.assign([TopicPartition(*place, offset) for place, offset in self._position.items()])

    async def _apply(self, messages: Sequence[Message]) -> None:
        rows, reached = Rows(self.decode), {}
        for message in messages:
            if error := message.error():
                raise KafkaException(error)
            rows.add(message)
            reached[str(message.topic()), message.partition() or 0] = (message.offset() or 0) + 1
        async with self._engine.begin() as connection:
            await write(connection, rows, reached)
        self._position |= reached
