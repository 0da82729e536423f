"""The embedded Kafka: starts, goes on under another address, keeps topics as declared."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import UnknownTopicOrPartitionError

from deploy.local.kafka import Kafka, cluster_id
from deploy.topics import Applied, PartitionsDiffer, apply_topics


@dataclass(frozen=True)
class Declared:
    """A topic."""

    name: str
    partitions: int = 1
    config: dict[str, str] = field(default_factory=dict)


@asynccontextmanager
async def _producer(kafka: Kafka, **options: str | int) -> AsyncIterator[AIOKafkaProducer]:
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, **options)
    await producer.start()
    try:
        yield producer
    finally:
        await producer.stop()


async def _read(kafka: Kafka, topic: str, count: int) -> list[bytes | None]:
    """Read the first committed records of partition 0."""
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, isolation_level="read_committed")
    await consumer.start()
    try:
        partition = TopicPartition(topic, 0)
        consumer.assign([partition])
        await consumer.seek_to_beginning(partition)
        return [(await consumer.getone()).value for _ in range(count)]
    finally:
        await consumer.stop()


async def test_records_are_still_there_after_a_start_on_another_port(data: Path) -> None:
    async with Kafka.start(data) as kafka:
        first = kafka.bootstrap
        await apply_topics(first, [Declared("kept")])
        async with _producer(kafka) as producer:
            await producer.send_and_wait("kept", b"one")
    (data / "ports.json").unlink()

    async with Kafka.start(data) as kafka:
        async with _producer(kafka) as producer:
            await producer.send_and_wait("kept", b"two")
        records = await _read(kafka, "kept", 2)

    assert kafka.bootstrap != first
    assert records == [b"one", b"two"]


async def test_the_same_folder_keeps_the_same_port(data: Path) -> None:
    async with Kafka.start(data) as kafka:
        first = kafka.bootstrap
        kafka.kill()
        await kafka.launch()
        killed = kafka.bootstrap
    async with Kafka.start(data) as kafka:
        second = kafka.bootstrap

    assert first == killed == second


async def test_transactions_commit_and_abort(broker: Kafka) -> None:
    await apply_topics(broker.bootstrap, [Declared("t")])
    async with _producer(broker, transactional_id="shard-0") as producer:
        async with producer.transaction():
            await producer.send("t", b"committed")
        await producer.begin_transaction()
        await producer.send_and_wait("t", b"aborted")
        await producer.abort_transaction()
        async with producer.transaction():
            await producer.send("t", b"committed too")
    records = await _read(broker, "t", 2)

    assert records == [b"committed", b"committed too"]


async def test_nobody_makes_a_topic_by_writing_to_it(broker: Kafka) -> None:
    async with _producer(broker, request_timeout_ms=1_000) as producer:
        with pytest.raises(UnknownTopicOrPartitionError):
            await producer.partitions_for("nobody.declared.this")


async def test_topics_are_made_once_reconfigured_and_never_repartitioned(broker: Kafka) -> None:
    compacted = Declared("people", 3, {"cleanup.policy": "compact"})
    slower = Declared("people", 3, {"cleanup.policy": "compact", "max.compaction.lag.ms": "86400000"})
    made = await apply_topics(broker.bootstrap, [compacted])
    again = await apply_topics(broker.bootstrap, [compacted])
    changed = await apply_topics(broker.bootstrap, [slower])
    # An older declaration does not know the setting, and leaves it.
    older = await apply_topics(broker.bootstrap, [compacted])
    for partitions in (2, 4):
        with pytest.raises(PartitionsDiffer, match=f"people: 3 in the cluster, {partitions} declared"):
            await apply_topics(broker.bootstrap, [Declared("people", partitions), Declared("new")])
    after = await apply_topics(broker.bootstrap, [slower, Declared("new")])

    assert made == Applied(("people",), (), ())
    assert again == older == Applied((), (), ("people",))
    assert changed == Applied((), ("people",), ())
    assert after == Applied(("new",), (), ("people",))


def test_a_cluster_id_never_looks_like_an_option() -> None:
    drawn = iter([uuid.UUID(bytes=b"\xf8" + bytes(15)), uuid.UUID(bytes=bytes(16))])

    assert cluster_id(lambda: next(drawn)) == "A" * 22
