"""The loop that seeks, fetches and projects. PostgreSQL's position decides; Kafka's is for tools.

A process runs several of them on one consumer, each with partitions of its own: while one waits for PostgreSQL, another
unpacks records. To PostgreSQL they are what processes of one group are. They share which partitions were sought, and
whose each one is.
"""

import asyncio
from collections.abc import Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, nullcontext, suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import structlog
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError, NoOffsetForPartitionError, UnknownTopicOrPartitionError
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.topics import Topic
from services.reporting import metrics
from services.reporting.batches import Batch, project_batch
from services.reporting.engine.assigned import age
from services.reporting.engine.topic_ids import topic_id
from services.reporting.projections import Project
from services.reporting.storage import Move, Place, PositionMoved, Reached, start_position
from services.reporting.tables import PROJECTION

log = structlog.get_logger()

_POLL_MS = 500
_IDLE_MS = 50
_LIMIT = 300.0
"""Seconds of one step. As long as Kafka waits for one who asks for nothing; but the other lanes go on asking."""
_TELL_LIMIT = 5.0
"""Seconds: as long as its coordinator is away, aiokafka tries a commit for ever."""


class RecordsLost(Exception):
    """The position lies outside of the log: records were removed before they were read."""


class TopicReplaced(Exception):
    """The topic was removed and made anew under the same name: its offsets mean other records now."""


@dataclass
class Filling:
    """Which version is filled, and how.

    `strict`: a record that cannot be read stops it instead of being parked. `records` and `partition_bytes`: the most
    of one transaction and of one answer of the broker; a handful of statements whatever their number, so that a
    backlog goes quickly. `lanes`: transactions of one topic at the same time. `room`: entered for each of them, so that
    whoever fills several at once leaves connections to others.
    """

    version: int = PROJECTION
    strict: bool = False
    records: int = 2_000
    partition_bytes: int = 2 * 1_048_576
    lanes: int = 3
    room: AbstractAsyncContextManager[Any] = field(default_factory=nullcontext)


@dataclass(frozen=True)
class Reading:
    """A topic that is read into a version; of this process's partitions what is known, and which lane holds each."""

    engine: AsyncEngine
    topic: Topic
    project: Project
    filling: Filling
    consumer: AIOKafkaConsumer
    client: AIOKafkaClient
    reached: dict[TopicPartition, Reached] = field(default_factory=dict)
    held: dict[TopicPartition, int] = field(default_factory=dict)

    def lanes(self) -> tuple["Lane", ...]:
        """As many as are wanted, but none that could never have a partition."""
        lanes = min(self.filling.lanes, self.topic.partitions)
        return tuple(Lane(self, number, lanes) for number in range(lanes))


class Lane:
    """One loop. The partitions of the process go round among its lanes, in their order."""

    def __init__(self, reading: Reading, number: int = 0, lanes: int = 1) -> None:
        self._engine, self._topic, self._project = reading.engine, reading.topic, reading.project
        self._filling, self._consumer, self._client = reading.filling, reading.consumer, reading.client
        self._reached, self._held = reading.reached, reading.held
        self._number, self._lanes = number, lanes
        self.since = asyncio.get_running_loop().time()

    def _hold(self) -> set[TopicPartition]:
        """Its own as the group stands now, except those of another lane whose turn is not over.

        That one may be waiting for records of them: what it was given would be missing after the seek.
        """
        mine = set(sorted(self._consumer.assignment())[self._number :: self._lanes])
        for gone in [one for one, lane in self._held.items() if lane == self._number and one not in mine]:
            del self._held[gone]
        return {one for one in mine if self._held.setdefault(one, self._number) == self._number}

    async def turn(self) -> str | None:
        """Seek what was assigned, read, project. Gives what is missing, if anything is.

        Raises `TimeoutError` where one of its steps takes longer than it may. `since`: when the present one began.
        """
        async with asyncio.timeout(None) as limit:
            self._step(limit)
            mine = self._hold()
            if fresh := mine - self._reached.keys():
                await self._seek(fresh)
                self._step(limit)
            known = {partition: reached for partition, reached in self._reached.items() if partition in mine}
            if not known:
                return await self._idle()
            for partition, (records, position) in (await self._read(known)).items():
                self._step(limit)
                await self._advance(partition, records, position, known[partition])
        return None

    def _step(self, limit: asyncio.Timeout) -> None:
        self.since = asyncio.get_running_loop().time()
        limit.reschedule(self.since + _LIMIT)

    async def _read(
        self, known: Mapping[TopicPartition, Reached]
    ) -> Mapping[TopicPartition, tuple[Sequence[Any], int]]:
        """Records of each partition that is still known, and the position behind them."""
        arrived = await self._fetch(known)
        read = {}
        for partition, reached in known.items():
            if self._reached.get(partition) is reached:
                read[partition] = (arrived.get(partition, ()), await self._consumer.position(partition))
        if any(position > known[partition].next_offset for partition, (_, position) in read.items()):
            await self._check_topic([known[partition] for partition in read])
        return read

    async def _idle(self) -> str | None:
        """No partition here: others have them, or the group is being formed. Polling keeps the membership."""
        # Whoever names none is given those of the other lanes; so it asks for one that nobody has.
        await self._consumer.getmany(TopicPartition(self._topic.name, -1), timeout_ms=_IDLE_MS)
        # Known only once the group has given out the partitions.
        return None if self._consumer.partitions_for_topic(self._topic.name) else "the topic does not exist"

    async def _fetch(self, known: Collection[TopicPartition]) -> Mapping[TopicPartition, Sequence[Any]]:
        """Only what has been sought is asked for, so that a record from before a seek is never seen here.

        Each partition fills a transaction of its own with what has come already; only without any is it waited for.
        """
        found: dict[TopicPartition, Sequence[Any]] = {}
        # What Kafka knew when it assigned a partition is kept until now. Its offset is of no use here.
        with suppress(NoOffsetForPartitionError):
            for partition in known:
                found |= await self._consumer.getmany(partition)
            if not found:
                found |= await self._consumer.getmany(*known, timeout_ms=_POLL_MS)
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

    async def _seek(self, partitions: set[TopicPartition]) -> None:
        """Go to PostgreSQL's positions, or to the beginning where there is none."""
        consumer = self._consumer
        # Of all at once: each request may wait behind a fetch on the same connection.
        identity = await self._topic_id()
        first = await consumer.beginning_offsets(partitions)
        async with self._engine.begin() as connection:
            stored = {
                # In one order for everybody: two processes that begin at once would wait for each other.
                one: await start_position(connection, self._place(one), first[one], identity)
                for one in sorted(partitions)
            }
        # After the positions: one that somebody else still moves is never behind such an end.
        end = await consumer.end_offsets(partitions)
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
        where = self._where(partition)
        metrics.EVENT_AGE.labels(*where.values()).set_function(partial(age, reached))
        log.info("projection.seek", **where, offset=reached.next_offset)

    async def _advance(
        self, partition: TopicPartition, records: Sequence[Any], position: int, reached: Reached
    ) -> None:
        """Project what was read. Without records the position may still pass the marks of transactions."""
        if self._reached.get(partition) is not reached:
            # Assigned anew meanwhile: these records belong to a time before the next seek.
            return
        log_end = self._consumer.highwater(partition)
        if position > reached.next_offset:
            move = Move(reached.next_offset, position, log_end)
            batch = Batch(self._place(partition), records, move, strict=self._filling.strict)
            try:
                async with self._filling.room:
                    newest = await project_batch(self._engine, self._topic, self._project, batch)
            except PositionMoved:
                log.warning("projection.moved", **self._where(partition))
                self._reached.pop(partition, None)
                return
            reached.next_offset = position
            reached.event_time = max(filter(None, (newest, reached.event_time)), default=None)
            await self._tell_kafka(partition, position)
        # Somebody else shows it once it is no longer ours.
        if log_end is not None and self._reached.get(partition) is reached:
            lag = max(0, log_end - reached.next_offset)
            metrics.LAG.labels(*self._where(partition).values()).set(lag)

    async def _tell_kafka(self, partition: TopicPartition, position: int) -> None:
        """For tools and autoscalers; nothing here reads it."""
        try:
            async with asyncio.timeout(_TELL_LIMIT):
                await self._consumer.commit({partition: position})
        except (KafkaError, ValueError, TimeoutError) as error:
            log.info("projection.not_told", **self._where(partition), error=type(error).__name__)

    def _where(self, partition: TopicPartition) -> dict[str, Any]:
        """In logs, and in this order as the labels of a metric."""
        return {"projection": self._filling.version, "topic": partition.topic, "partition": partition.partition}

    def _place(self, partition: TopicPartition) -> Place:
        return Place(partition.topic, partition.partition, self._filling.version)
