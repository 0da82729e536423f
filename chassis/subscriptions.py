"""The one FastStream wrapper. Services never call `broker.subscriber` themselves.

FastStream's defaults lose messages (acknowledged first, from the latest, acknowledged after an exception) and decode
headers before anybody can object. Here a batch is raw records, handled until it is done: a fault is tried again for as
long as a dependency is away, and a record is parked only when it fails again and again while everything answers.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import sqlalchemy as sa
import structlog
from aiokafka import ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from faststream.kafka import KafkaBroker
from faststream.kafka.message import FAKE_CONSUMER, KafkaAckableMessage
from faststream.kafka.subscriber.usecase import BatchSubscriber
from faststream.middlewares import AckPolicy

from chassis.crashpoints import reach
from chassis.errors import Refused
from chassis.inbox import PartnerInbox
from chassis.metrics import INBOX_FAULTS
from chassis.positions import Outcome, Record, receive, stored_positions
from chassis.rejecting import Position
from chassis.tolerant_consumer import TolerantConsumer
from chassis.transaction import Transaction, Transactions

log = structlog.get_logger()

_ATTEMPTS = 5
_LONGEST_PAUSE = 5.0
_TOPICS_PAUSE = 0.5

Receive = Callable[[Transaction, Sequence[Record]], Awaitable[None]]
Park = Callable[[Transaction, Record, str], Awaitable[Outcome]]


@dataclass(frozen=True)
class Subscription:
    """Topics read by one consumer group; `park` is for partners' records that fail though everything answers."""

    topics: tuple[str, ...]
    group: str
    receive: Receive
    park: Park | None = None


def partner_subscription(service: str, inbox: PartnerInbox, topics: Sequence[str]) -> Subscription:
    """All inbound topics of a service in one group."""

    async def park(tx: Transaction, record: Record, fault: str) -> Outcome:
        position = Position(record.topic, record.partition, record.offset)
        return inbox.reject(tx, position, Refused("fault", "", f"handling failed again and again ({fault})"))

    return Subscription(tuple(topics), f"{service}-inbound", inbox.receive, park)


class Consuming:
    """Runs the subscriptions of a service on one broker."""

    def __init__(self, bootstrap: str, service: str, transactions: Transactions, batch_records: int) -> None:
        self._transactions = transactions
        self._bootstrap, self._batch_records = bootstrap, batch_records
        self._started = False
        self._troubles: dict[str, str] = {}
        self.subscribers: list[BatchSubscriber] = []
        self.broker = KafkaBroker(
            bootstrap.split(","),
            client_id=f"cordees-{service}",
            consumer_only=True,
            allow_auto_create_topics=False,
            apply_types=False,
            logger=None,
        )

    def add(self, subscription: Subscription) -> None:
        """Register before the broker starts."""
        seeking = _Seeking(self._transactions, self._troubles)
        subscriber = self.broker.subscriber(
            *subscription.topics,
            batch=True,
            max_records=self._batch_records,
            batch_timeout_ms=200,
            group_id=subscription.group,
            # A member that was killed is missed after six seconds: the least that brokers allow by default.
            session_timeout_ms=6_000,
            heartbeat_interval_ms=1_500,
            auto_offset_reset="earliest",
            isolation_level="read_committed",
            listener=seeking,
            ack_policy=AckPolicy.MANUAL,
            parser=_keep_raw,
            decoder=_the_message_itself,
        )
        seeking.subscriber = subscriber
        self.subscribers.append(subscriber)

        async def on_batch(message: KafkaAckableMessage) -> None:
            records: tuple[Record, ...] = message.raw_message
            await self._handle(subscription, records)
            if subscriber.consumer is not None:
                message.consumer = subscriber.consumer
            # Kafka's offsets follow PostgreSQL's positions; a commit refused after a rebalance loses nothing.
            try:
                await message.ack()
            except KafkaError as error:
                log.info("inbox.not_told", group=subscription.group, error=type(error).__name__)

        subscriber(on_batch)

    async def start(self) -> None:
        """Wait for the topics, then read. Raises when the broker is away."""
        # A consumer that subscribes to a topic before it exists looks for it again only after minutes.
        await wait_for_topics(self._bootstrap, {name for one in self.subscribers for name in one.topic_names})
        await self.broker.connect()
        config = self.broker.config.broker_config
        config.builder = partial(TolerantConsumer, **config.builder.keywords)  # type: ignore[attr-defined]  # a partial
        await self.broker.start()
        self._started = True

    async def check(self) -> str | None:
        """For readiness: whether records are being read and handled."""
        if not self._started:
            return "waits for the broker or its topics"
        return next(iter(self._troubles.values()), None)

    async def _handle(self, subscription: Subscription, records: Sequence[Record]) -> None:
        """In order; what fails together is tried by halves, so that only the guilty record ends up alone."""
        if len(records) == 1:
            await self._handle_one(subscription, records[0])
        elif await self._try(subscription, records) is not None:
            middle = len(records) // 2
            await self._handle(subscription, records[:middle])
            await self._handle(subscription, records[middle:])

    async def _handle_one(self, subscription: Subscription, record: Record) -> None:
        """Until it is done. Attempts count only while the database answers."""
        attempts, pause = 0, 0.1
        while (fault := await self._try(subscription, [record])) is not None:
            if await self._database_answers():
                attempts += 1
            if attempts >= _ATTEMPTS and subscription.park is not None:
                await self._park(subscription.park, record, fault)
                return
            if attempts >= _ATTEMPTS:
                place = f"{record.topic}/{record.partition}/{record.offset}"
                self._troubles[subscription.group] = f"{place} cannot be handled ({fault})"
            await asyncio.sleep(pause)
            pause = min(pause * 2, _LONGEST_PAUSE)
        self._troubles.pop(subscription.group, None)

    async def _try(self, subscription: Subscription, records: Sequence[Record]) -> str | None:
        """One transaction; the kind of fault, or None when it committed."""
        try:
            async with self._transactions.begin() as tx:
                await subscription.receive(tx, records)
        except Exception as error:  # noqa: BLE001 - any fault is tried again, see the module's first lines
            INBOX_FAULTS.labels(records[0].topic).inc()
            log.warning("inbox.fault", topic=records[0].topic, records=len(records), error=type(error).__name__)
            return type(error).__name__
        reach("inbox.after_commit")
        return None

    async def _park(self, park: Park, record: Record, fault: str) -> None:
        async def decide(tx: Transaction, parked: Sequence[Record]) -> list[Outcome]:
            return [await park(tx, one, fault) for one in parked]

        log.error("inbox.parked", topic=record.topic, partition=record.partition, offset=record.offset, error=fault)
        async with self._transactions.begin() as tx:
            await receive(tx, [record], decide)

    async def _database_answers(self) -> bool:
        try:
            async with self._transactions.begin() as tx:
                await tx.connection.execute(sa.select(1))
        except Exception:  # noqa: BLE001 - away for whatever reason
            return False
        return True


class _Seeking(ConsumerRebalanceListener):  # type: ignore[misc]  # ships no types
    """PostgreSQL's position decides where to read from, also when it was restored from an older backup."""

    subscriber: BatchSubscriber

    def __init__(self, transactions: Transactions, troubles: dict[str, str]) -> None:
        self._transactions, self._troubles = transactions, troubles

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Nothing is kept in memory."""

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        """Seek to what was decided; a partition without a position is read from Kafka's offset or the beginning."""
        consumer = self.subscriber.consumer
        if consumer is None or not assigned:
            return
        positions = await self._positions({place.topic for place in assigned})
        known = {
            place: positions[place.topic, place.partition]
            for place in assigned
            if (place.topic, place.partition) in positions
        }
        if not known:
            return
        first, end = await consumer.beginning_offsets(list(known)), await consumer.end_offsets(list(known))
        for place, offset in known.items():
            name = f"{place.topic}/{place.partition}"
            if first[place] <= offset <= end[place]:
                consumer.seek(place, offset)
                self._troubles.pop(name, None)
            else:
                # Records were removed before they were read, or this is another topic: reading on would hide it.
                consumer.pause(place)
                self._troubles[name] = (
                    f"{name}: position {offset} lies outside of the log ({first[place]} to {end[place]})"
                )
                log.error("inbox.records_lost", topic=place.topic, partition=place.partition, position=offset)

    async def _positions(self, topics: Collection[str]) -> dict[tuple[str, int], int]:
        # Without the database no record can be decided either, so this waits as long as it is away.
        while True:
            try:
                async with self._transactions.begin() as tx:
                    return await stored_positions(tx.connection, topics)
            except Exception as error:  # noqa: BLE001 - see above
                log.warning("inbox.fault", error=type(error).__name__)
                await asyncio.sleep(_TOPICS_PAUSE)


async def wait_for_topics(bootstrap: str, topics: Collection[str]) -> None:
    """Until all of them exist. Raises when the broker is away."""
    client = AIOKafkaClient(bootstrap_servers=bootstrap)
    try:
        await client.bootstrap()
        while missing := set(topics) - (await client.fetch_all_metadata()).topics():
            log.info("broker.topics_missing", topics=len(missing))
            await asyncio.sleep(_TOPICS_PAUSE)
    finally:
        await client.close()


async def _keep_raw(message: tuple[ConsumerRecord[Any, Any], ...]) -> KafkaAckableMessage:
    """No header is decoded here: one that is not UTF-8 must reach the inbox and be refused there."""
    return KafkaAckableMessage(
        body=[],
        headers={},
        batch_headers=[],
        reply_to="",
        message_id=f"{message[0].topic}/{message[0].partition}/{message[0].offset}",
        correlation_id=None,
        raw_message=message,
        path={},
        consumer=FAKE_CONSUMER,  # the subscriber, which alone knows its consumer, puts it in
    )


async def _the_message_itself(message: KafkaAckableMessage) -> KafkaAckableMessage:
    return message
