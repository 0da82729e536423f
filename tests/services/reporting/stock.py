"""A topic with its records, which is projected again and again: what the benches of kills and of rebalances share."""

import asyncio
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from typing import Any, TypeVar

from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from sqlalchemy import text

from chassis.database import create_engine
from chassis.settings import Settings
from contracts.topics import Topic
from deploy.local.kafka import Kafka
from services.reporting.engine import topic_ids
from services.reporting.engine.lane import Filling, Reading
from tests.conftest import MakeDatabase, MakeSettings
from tests.services.reporting.desk import PROJECT
from tests.services.reporting.gathered import names
from tests.services.reporting.same_each_run import Client, Consumer


@dataclass(frozen=True)
class Stock:
    """What stands on each partition; `prepare`: a statement of the database before anything is projected."""

    topic: Topic
    partitions: Sequence[Sequence[Any]]
    prepare: str = ""
    strict: bool = False


class StockedTopic:
    """The records, and processes that project them."""

    def __init__(self, kafka: Kafka, settings: Settings, stock: Stock) -> None:
        self.bootstrap, self._settings, self.stock = kafka.bootstrap, settings, stock
        name = f"test.stock.{uuid.uuid4().hex[:8]}"
        self.topic = replace(stock.topic, name=name, partitions=len(stock.partitions))
        # One transaction, so a mark behind the records of each partition.
        self.ends: Mapping[TopicPartition, int] = {
            TopicPartition(name, n): len(said) + 1 for n, said in enumerate(stock.partitions)
        }
        self.engine = create_engine(settings)
        self.client = Client(bootstrap_servers=self.bootstrap)

    async def prepare(self) -> None:
        await self.client.bootstrap()
        # From here on it is connected, so that it answers alike in each run.
        await topic_ids.topic_id(self.client, self.topic.name)
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await admin.start()
        await admin.create_topics([NewTopic(self.topic.name, self.topic.partitions, 1)])
        await admin.close()
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, transactional_id=self.topic.name)
        async with producer, producer.transaction():
            for partition, messages in enumerate(self.stock.partitions):
                for key, value, headers in messages:
                    await producer.send(self.topic.name, value, key=key, headers=list(headers), partition=partition)
        if self.stock.prepare:
            await self._execute(self.stock.prepare)

    async def close(self) -> None:
        await self.client.close()
        await self.engine.dispose()

    async def empty(self) -> None:
        """As before the first record. Not TRUNCATE, which makes a file for each table: hundreds of runs wait for it."""
        tables = (*names(), "position", "parked")
        deleted = ", ".join(f"d{n} AS (DELETE FROM {name})" for n, name in enumerate(tables))  # noqa: S608 - our own tables
        await self._execute(f"WITH {deleted} SELECT")

    async def _execute(self, statement: str) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(text(statement))

    def consumer(self, kind: type[Consumer] = Consumer, **settings: Any) -> Consumer:
        """As the service's, but for what `settings` says."""
        return kind(
            self.ends,
            bootstrap_servers=self.bootstrap,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="none",
            # An answer of the broker that is empty is not waited for long: each of hundreds of runs would.
            fetch_max_wait_ms=10,
            **settings,
        )

    def reading(self, consumer: Consumer) -> Reading:
        """With a pool that has no connection yet, as after a start."""
        engine, filling = create_engine(self._settings), Filling(strict=self.stock.strict)
        return Reading(engine, self.topic, PROJECT[self.stock.topic.name], filling, consumer, self.client)

    async def done_or_blocked(self, task: asyncio.Task[None]) -> bool:
        if task.done():
            return True
        async with self.engine.connect() as connection:
            blocked = "SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)"
            return bool(await connection.scalar(text(blocked)))


B = TypeVar("B", bound=StockedTopic)
S = TypeVar("S")


@dataclass(frozen=True)
class OpenBench:
    """Makes benches, each on a database of its own, until `ends`."""

    kafka: Kafka
    make_database: MakeDatabase
    make_settings: MakeSettings
    ends: AsyncExitStack

    async def __call__(self, kind: Callable[[Kafka, Settings, S], B], stock: S) -> B:
        bench = kind(self.kafka, self.make_settings("reporting", await self.make_database("reporting")), stock)
        await bench.prepare()
        self.ends.push_async_callback(bench.close)
        return bench
