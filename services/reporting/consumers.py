"""Reads one of our topics into one version of the projection. PostgreSQL's position decides; Kafka's is for tools."""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, NoOffsetForPartitionError, UnknownTopicOrPartitionError
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.ending import goes_on, whole
from contracts.topics import Topic
from services.reporting import metrics
from services.reporting.batches import PARKED_LIMIT, Batch, Poison, TooManyParked, project_batch, spare_collector
from services.reporting.engine.assigned import Forget, age
from services.reporting.engine.topic_ids import topic_id
from services.reporting.projections import Project
from services.reporting.storage import Move, Place, PositionMoved, Reached, count_parked, start_position
from services.reporting.tables import PROJECTION

log = structlog.get_logger()

_POLL_MS = 500
_IDLE_MS = 50
_TOPIC_PAUSE = 0.5
_LOOK_EVERY = 1.0
_PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)


class RecordsLost(Exception):
    """The position lies outside of the log: records were removed before they were read."""


class TopicReplaced(Exception):
    """The topic was removed and made anew under the same name: its offsets mean other records now."""


STOPPING = (RecordsLost, TopicReplaced, TooManyParked, Poison)
"""What only somebody can mend: by a restart, or, where too many are parked, by taking some of them up again."""


@dataclass
class Filling:
    """Which version is filled, and how.

    `strict`: a record that cannot be read stops it instead of being parked. `records` and `partition_bytes`: the most
    of one transaction and of one answer of the broker; a handful of statements whatever their number, so that a
    backlog goes quickly.
    """

    version: int = PROJECTION
    strict: bool = False
    records: int = 2_000
    partition_bytes: int = 1_048_576


class Projector:
    """One topic, one version, one consumer group. Waits while the database or the broker is away, and goes on."""

    _client: AIOKafkaClient

    def __init__(
        self, engine: AsyncEngine, bootstrap: str, topic: Topic, project: Project, filling: Filling | None = None
    ) -> None:
        self._engine, self._bootstrap, self._topic, self._project = engine, bootstrap, topic, project
        self.filling = filling or Filling()
        self._version = self.filling.version
        self._reached: dict[TopicPartition, Reached] = {}
        self._trouble: str | None = "has not started"

    async def check(self) -> str | None:
        """None while records are read and projected."""
        return self._trouble

    async def run(self) -> None:
        """Until cancelled. What only somebody can mend stops this topic and shows in readiness; the others go on."""
        while goes_on():
            try:
                await self.fill()
            except TooManyParked as error:
                self._stop(error)
                await self._few_parked()
                self._go_on()
            except STOPPING as error:
                self._stop(error)
                await asyncio.Event().wait()

    async def fill(self) -> None:
        """Until cancelled. Raises what is in `STOPPING`; any other fault is waited out."""
        spare_collector()
        failures = 0
        while goes_on():
            began = asyncio.get_running_loop().time()
            try:
                await self._consume()
            except STOPPING:
                raise
            except Exception as error:  # noqa: BLE001 - a fault: broker or database away; nothing is lost by waiting
                lasted = asyncio.get_running_loop().time() - began
                failures = 0 if lasted > _PAUSES[-1] else failures + 1
                self._fault(error)
                await asyncio.sleep(_PAUSES[min(failures, len(_PAUSES) - 1)])

    def _stop(self, error: Exception) -> None:
        self._trouble = f"{' '.join((error.__doc__ or '').split())} ({error})"
        metrics.STOPPED.labels(self._version, self._topic.name).set(1)
        where = {"projection": self._version, "topic": self._topic.name, "where": str(error)}
        log.error("projection.stopped", **where, error=type(error).__name__)

    async def _few_parked(self) -> None:
        """Until somebody has taken up some of them: another process, which tells nobody."""
        waiting = PARKED_LIMIT
        while waiting >= PARKED_LIMIT:
            await asyncio.sleep(_LOOK_EVERY)
            with suppress(DBAPIError, OSError):
                async with self._engine.connect() as connection:
                    waiting = await count_parked(connection, self._topic.name, self._version)

    def _go_on(self) -> None:
        metrics.STOPPED.labels(self._version, self._topic.name).set(0)
        log.info("projection.goes_on", projection=self._version, topic=self._topic.name)

    def _fault(self, error: Exception) -> None:
        self._trouble = f"waits after {type(error).__name__}"
        metrics.FAULTS.labels(self._version, self._topic.name).inc()
        log.warning("projection.fault", topic=self._topic.name, error=type(error).__name__)

    async def _consume(self) -> None:
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._bootstrap,
            group_id=group_of(self._version, self._topic),
            # A member that was killed is missed after six seconds: the least that brokers allow by default.
            session_timeout_ms=6_000,
            heartbeat_interval_ms=1_500,
            isolation_level="read_committed",
            enable_auto_commit=False,
            auto_offset_reset="none",
            max_poll_records=self.filling.records,
            max_partition_fetch_bytes=self.filling.partition_bytes,
            metadata_max_age_ms=10_000,
        )
        # Of its own, for the consumer's connection is busy with waiting for records.
        self._client = AIOKafkaClient(bootstrap_servers=self._bootstrap)
        self._reached = {}
        try:
            self._trouble = "the topic does not exist, or the broker does not answer"
            await whole(self._client.bootstrap())
            # A consumer that subscribes to a topic before it exists looks for it again only after minutes.
            while await topic_id(self._client, self._topic.name) is None:  # noqa: ASYNC110 - Kafka tells nobody
                await asyncio.sleep(_TOPIC_PAUSE)
            await whole(consumer.start())
            await self._show_parked()
            consumer.subscribe([self._topic.name], listener=Forget(self._version, self._reached, consumer))
            while goes_on():
                await self._turn(consumer)
        finally:
            # A broker that is away makes leaving the group fail; it will notice by itself.
            with suppress(KafkaError, OSError, asyncio.TimeoutError):
                await asyncio.wait_for(consumer.stop(), timeout=10)
            await self._client.close()

    async def _turn(self, consumer: AIOKafkaConsumer) -> None:
        """Seek what was assigned, read, project."""
        if fresh := consumer.assignment() - self._reached.keys():
            await self._seek(consumer, fresh)
        known = dict(self._reached)
        if not known:
            await self._idle(consumer)
            return
        arrived = await self._fetch(consumer, known)
        read = {}
        for partition, reached in known.items():
            if self._reached.get(partition) is reached:
                read[partition] = (arrived.get(partition, ()), await consumer.position(partition))
        if any(position > known[partition].next_offset for partition, (_, position) in read.items()):
            await self._check_topic([known[partition] for partition in read])
        for partition, (records, position) in read.items():
            await self._advance(consumer, partition, records, position, known[partition])
        self._trouble = None

    async def _fetch(
        self, consumer: AIOKafkaConsumer, known: Collection[TopicPartition]
    ) -> Mapping[TopicPartition, Sequence[Any]]:
        """Only what has been sought is asked for, so that a record from before a seek is never seen here."""
        try:
            found: Mapping[TopicPartition, Sequence[Any]] = await consumer.getmany(*known, timeout_ms=_POLL_MS)
        except NoOffsetForPartitionError:
            # What Kafka knew when it assigned the partition, kept until now. Its offset is of no use here.
            return {}
        return found

    async def _check_topic(self, reached: Sequence[Reached]) -> None:
        """Asked for after the records were fetched: ids never come back, so these are of the topic that is expected."""
        found = await self._topic_id()
        for one in reached:
            if one.topic_id != found:
                raise TopicReplaced(f"{self._topic.name}: id {found}, positions are of {one.topic_id}")

    async def _topic_id(self) -> str:
        found = await topic_id(self._client, self._topic.name)
        if found is None:
            # Removed, or a broker that has only just started: it is awaited like one that was never made.
            raise UnknownTopicOrPartitionError(self._topic.name)
        return found

    async def _idle(self, consumer: AIOKafkaConsumer) -> None:
        """No partition here: another process has them, or the group is being formed. Polling keeps the membership."""
        exists = consumer.partitions_for_topic(self._topic.name)
        self._trouble = None if exists else "the topic does not exist"
        # What this may return or complain of is a partition that is not sought yet.
        with suppress(NoOffsetForPartitionError):
            # Shortly: a partition that is assigned meanwhile does not end this wait.
            await consumer.getmany(timeout_ms=_IDLE_MS)

    async def _seek(self, consumer: AIOKafkaConsumer, partitions: set[TopicPartition]) -> None:
        """Go to PostgreSQL's positions, or to the beginning where there is none."""
        # Asked for all at once: each request may wait behind a fetch on the same connection.
        identity = await self._topic_id()
        first, end = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
        async with self._engine.begin() as connection:
            stored = {
                one: await start_position(connection, self._place(one), first[one], identity) for one in partitions
            }
        await self._check_topic(list(stored.values()))
        for partition, reached in stored.items():
            offset, log_first, log_end = reached.next_offset, first[partition], end[partition]
            if not log_first <= offset <= log_end:
                name = f"{partition.topic}/{partition.partition}"
                raise RecordsLost(f"{name}: position {offset}, log from {log_first} to {log_end}")
            if partition in consumer.assignment():
                consumer.seek(partition, offset)
                consumer.resume(partition)
                self._reached[partition] = reached
                self._show_seek(partition, reached)

    def _show_seek(self, partition: TopicPartition, reached: Reached) -> None:
        where = {"projection": self._version, "topic": partition.topic, "partition": partition.partition}
        metrics.EVENT_AGE.labels(*where.values()).set_function(partial(age, reached))
        log.info("projection.seek", **where, offset=reached.next_offset)

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
            batch = Batch(self._place(partition), records, move, strict=self.filling.strict)
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
            metrics.LAG.labels(self._version, partition.topic, partition.partition).set(lag)

    async def _tell_kafka(self, consumer: AIOKafkaConsumer, partition: TopicPartition, position: int) -> None:
        """For tools and autoscalers; nothing here reads it."""
        try:
            await consumer.commit({partition: position})
        except (KafkaError, ValueError) as error:
            log.info("projection.not_told", topic=partition.topic, error=type(error).__name__)

    async def _show_parked(self) -> None:
        async with self._engine.connect() as connection:
            waiting = await count_parked(connection, self._topic.name, self._version)
        metrics.PARKED.labels(self._version, self._topic.name).set(waiting)

    def _place(self, partition: TopicPartition) -> Place:
        return Place(partition.topic, partition.partition, self._version)


def group_of(version: int, topic: Topic) -> str:
    """The consumer group of a version on a topic."""
    return f"reporting-projection-{version}-{topic.name}"
