"""Reads one of our topics into the projection: PostgreSQL's position decides, Kafka's offsets are for tools only."""

import asyncio
import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError, NoOffsetForPartitionError
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.context import Background, Context
from chassis.subscriptions import wait_for_topics
from contracts.topics import Topic
from services.reporting import metrics
from services.reporting.batches import Batch, TooManyParked, project_batch
from services.reporting.projections import PROJECTIONS, Project
from services.reporting.storage import Move, Place, PositionMoved, Reached, count_parked, start_position
from services.reporting.tables import PROJECTION

log = structlog.get_logger()

_POLL_MS = 500
_LIMIT = 2_000
"""Records of one transaction: a handful of statements whatever their number, so that a backlog goes quickly."""
_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)


class RecordsLost(Exception):
    """The position lies outside of the log: records were removed before they were read, or the topic is another one."""


def projectors(context: Context) -> tuple["Projector", ...]:
    """One for each of our topics."""
    bootstrap = context.settings.kafka_bootstrap
    return tuple(Projector(context.engine, bootstrap, topic, project) for topic, project in PROJECTIONS)


class Projector(Background):
    """One topic, one consumer group. Waits while the database or the broker is away, and goes on."""

    def __init__(self, engine: AsyncEngine, bootstrap: str, topic: Topic, project: Project) -> None:
        self.name = f"projection {topic.name}"
        self._engine, self._bootstrap, self._topic, self._project = engine, bootstrap, topic, project
        self._reached: dict[TopicPartition, Reached] = {}
        self._trouble: str | None = "has not started"

    async def check(self) -> str | None:
        """None while records are read and projected."""
        return self._trouble

    async def run(self) -> None:
        """Until cancelled. What only somebody can mend stops this topic and shows in readiness; the others go on."""
        failures = 0
        while True:
            began = asyncio.get_running_loop().time()
            try:
                await self._consume()
            except (RecordsLost, TooManyParked) as error:
                await self._stop(error)
            except Exception as error:  # noqa: BLE001 - a fault: broker or database away; nothing is lost by waiting
                lasted = asyncio.get_running_loop().time() - began
                failures = 0 if lasted > _PAUSES[-1] else failures + 1
                self._fault(error)
                await asyncio.sleep(_PAUSES[min(failures, len(_PAUSES) - 1)])

    async def _stop(self, error: Exception) -> None:
        self._trouble = f"{' '.join((error.__doc__ or '').split())} ({error})"
        metrics.STOPPED.labels(self._topic.name).set(1)
        log.error("projection.stopped", topic=self._topic.name, error=type(error).__name__, where=str(error))
        await asyncio.Event().wait()

    def _fault(self, error: Exception) -> None:
        self._trouble = f"waits after {type(error).__name__}"
        metrics.FAULTS.labels(self._topic.name).inc()
        log.warning("projection.fault", topic=self._topic.name, error=type(error).__name__)

    async def _consume(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            group_id=f"reporting-projection-{PROJECTION}-{self._topic.name}",
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_poll_records=_LIMIT,
            metadata_max_age_ms=10_000,
        )
        self._reached = {}
        try:
            self._trouble = "the topic does not exist, or the broker does not answer"
            await wait_for_topics(self._bootstrap, {self._topic.name})
            await consumer.start()
            await self._show_parked()
            consumer.subscribe([self._topic.name], listener=_Forget(self._reached))
            while True:
                await self._turn(consumer)
        finally:
            # A broker that is away makes leaving the group fail; it will notice by itself.
            with suppress(KafkaError, OSError, asyncio.TimeoutError):
                await asyncio.wait_for(consumer.stop(), timeout=10)

    async def _turn(self, consumer: AIOKafkaConsumer) -> None:
        """Seek what was assigned, read, project."""
        if fresh := consumer.assignment() - self._reached.keys():
            await self._seek(consumer, fresh)
        known = dict(self._reached)
        if not known:
            await self._idle(consumer)
            return
        # Only what has been sought is asked for, so that a record from before a seek is never seen here.
        arrived: Mapping[TopicPartition, Sequence[Any]] = await consumer.getmany(*known, timeout_ms=_POLL_MS)
        read = {}
        for partition, reached in known.items():
            if self._reached.get(partition) is reached:
                read[partition] = (arrived.get(partition, ()), await consumer.position(partition))
        for partition, (records, position) in read.items():
            await self._advance(consumer, partition, records, position, known[partition])
        self._trouble = None

    async def _idle(self, consumer: AIOKafkaConsumer) -> None:
        """No partition here: another process has them, or the group is being formed. Polling keeps the membership."""
        exists = consumer.partitions_for_topic(self._topic.name)
        self._trouble = None if exists else "the topic does not exist"
        # What this may return or complain of is a partition that is not sought yet.
        with suppress(NoOffsetForPartitionError):
            await consumer.getmany(timeout_ms=_POLL_MS)

    async def _seek(self, consumer: AIOKafkaConsumer, partitions: set[TopicPartition]) -> None:
        """Go to PostgreSQL's positions, or to the beginning where there is none."""
        # Asked for all at once: each request may wait behind a fetch on the same connection.
        first, end = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
        async with self._engine.begin() as connection:
            stored = {one: await start_position(connection, _place(one), first[one]) for one in partitions}
        for partition, reached in stored.items():
            offset, log_first, log_end = reached.next_offset, first[partition], end[partition]
            if not log_first <= offset <= log_end:
                name = f"{partition.topic}/{partition.partition}"
                raise RecordsLost(f"{name}: position {offset}, log from {log_first} to {log_end}")
            if partition in consumer.assignment():
                consumer.seek(partition, offset)
                self._reached[partition] = reached
                metrics.EVENT_AGE.labels(partition.topic, partition.partition).set_function(partial(_age, reached))
                log.info("projection.seek", topic=partition.topic, partition=partition.partition, offset=offset)

    async def _advance(
        self,
        consumer: AIOKafkaConsumer,
        partition: TopicPartition,
        records: Sequence[Any],
        position: int,
        reached: Reached,
    ) -> None:
        """Project what was read. Without records the position may still pass the marks of transactions."""
        if self._reached.get(partition) is not reached:
            # Assigned anew meanwhile: these records belong to a time before the next seek.
            return
        log_end = consumer.highwater(partition)
        if position > reached.next_offset:
            move = Move(reached.next_offset, position, log_end)
            batch = Batch(_place(partition), records, move)
            try:
                newest = await project_batch(self._engine, self._topic, self._project, batch)
            except PositionMoved:
                log.warning("projection.moved", topic=partition.topic, partition=partition.partition)
                self._reached.pop(partition, None)
                return
            reached.next_offset = position
            reached.event_time = max(filter(None, (newest, reached.event_time)), default=None)
            await self._tell_kafka(consumer, partition, position)
        if log_end is not None:
            lag = max(0, log_end - reached.next_offset)
            metrics.LAG.labels(partition.topic, partition.partition).set(lag)

    async def _tell_kafka(self, consumer: AIOKafkaConsumer, partition: TopicPartition, position: int) -> None:
        """For tools and autoscalers; nothing here reads it."""
        try:
            await consumer.commit({partition: position})
        except (KafkaError, ValueError) as error:
            log.info("projection.not_told", topic=partition.topic, error=type(error).__name__)

    async def _show_parked(self) -> None:
        async with self._engine.connect() as connection:
            metrics.PARKED.labels(self._topic.name).set(await count_parked(connection, self._topic.name))


def _age(reached: Reached) -> float:
    """Seconds, at the moment of asking; not a number before the first event."""
    if reached.event_time is None:
        return math.nan
    return (datetime.now(UTC) - reached.event_time).total_seconds()


def _place(partition: TopicPartition) -> Place:
    return Place(partition.topic, partition.partition)


class _Forget(ConsumerRebalanceListener):  # type: ignore[misc]  # untyped
    """Whatever is known of partitions ends with their assignment.

    A new seek makes a new `Reached`, so that records from before it are known as old.
    """

    def __init__(self, reached: dict[TopicPartition, Reached]) -> None:
        self._reached = reached

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        self._reached.clear()
        for partition in revoked:
            for gauge in (metrics.LAG, metrics.EVENT_AGE):
                # Another process shows them from now on.
                with suppress(KeyError):
                    gauge.remove(partition.topic, partition.partition)

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:  # noqa: ARG002 - sought in the turn
        self._reached.clear()
