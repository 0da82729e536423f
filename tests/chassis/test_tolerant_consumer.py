"""A record that aiokafka cannot unpack, on a real broker: it is passed over at once, and nothing else is lost."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.protocol.fetch import FetchRequest

from chassis.tolerant_consumer import TolerantConsumer
from deploy.local.kafka import Kafka
from tests.chassis.broken_names import send_broken_names

PARTITIONS = 18


@pytest_asyncio.fixture
async def consumer(kafka: Kafka) -> AsyncIterator[TolerantConsumer]:
    """Reads as many partitions as the inbound topics of six partners have."""
    topic = f"names-{uuid.uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=PARTITIONS, replication_factor=1)])
    await admin.close()
    reading = TolerantConsumer(
        bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest", isolation_level="read_committed"
    )
    await reading.start()
    reading.assign([TopicPartition(topic, number) for number in range(PARTITIONS)])
    yield reading
    await reading.stop()


async def send(kafka: Kafka, places: Mapping[TopicPartition, int]) -> None:
    """So many good records to each partition."""
    producer = AIOKafkaProducer(bootstrap_servers=kafka.bootstrap)
    await producer.start()
    for place, number in places.items():
        for _ in range(number):
            await producer.send_and_wait(place.topic, b"good", partition=place.partition)
    await producer.stop()


async def read(consumer: TolerantConsumer, number: int, limit: float = 15) -> dict[TopicPartition, list[Any]]:
    """Ask as FastStream does until there are so many records; they may be fewer when the limit is over."""
    found: dict[TopicPartition, list[Any]] = {}
    try:
        async with asyncio.timeout(limit):
            while sum(map(len, found.values())) < number:
                for place, records in (await consumer.getmany(timeout_ms=200, max_records=100)).items():
                    found.setdefault(place, []).extend(records)
    except TimeoutError:
        pass
    return found


@pytest.mark.parametrize("rank", [0, PARTITIONS - 1])
async def test_a_broken_name_in_any_partition_is_passed_over(
    kafka: Kafka, consumer: TolerantConsumer, rank: int
) -> None:
    guilty = list(consumer.assignment())[rank]
    await send(kafka, {guilty: 3})
    await send_broken_names(kafka.bootstrap, guilty.topic, guilty.partition, 2)
    await send(kafka, {guilty: 2})

    found = (await read(consumer, 7))[guilty]

    assert [record.offset for record in found] == list(range(7))
    assert [record.value for record in found] == [b"good"] * 3 + [None] * 2 + [b"good"] * 2


async def test_what_was_fetched_beside_a_broken_name_is_not_lost(kafka: Kafka, consumer: TolerantConsumer) -> None:
    guilty, *others = sorted(consumer.assignment())
    consumer.pause(guilty, *others)
    await send_broken_names(kafka.bootstrap, guilty.topic, guilty.partition)
    await send(kafka, dict.fromkeys(others, 2))
    consumer.resume(guilty, *others)

    found = await read(consumer, 1 + 2 * len(others))

    assert {place: [record.offset for record in records] for place, records in found.items()} == {
        guilty: [0],
        **{other: [0, 1] for other in others},
    }


@pytest.mark.parametrize("codec", ["none", "lz4"])
async def test_a_thousand_broken_names_cost_as_much_as_their_bytes(
    kafka: Kafka, consumer: TolerantConsumer, codec: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    guilty, other = sorted(consumer.assignment())[:2]
    await send_broken_names(kafka.bootstrap, guilty.topic, guilty.partition, 1_000, codec)
    await send(kafka, {other: 1})
    asked = 0

    async def fetch(*arguments: Any, **more: Any) -> Any:
        nonlocal asked
        asked += isinstance(arguments[1], FetchRequest)
        return await ask(*arguments, **more)

    ask = consumer._client.send
    monkeypatch.setattr(consumer._client, "send", fetch)
    found = await read(consumer, 2_001, 60)

    assert [record.offset for record in found[guilty]] == list(range(2_000))
    assert [(record.key, record.value) for record in found[guilty]] == [(None, None), (b"k", b"good")] * 1_000
    assert [record.headers for record in found[guilty][:2]] == [(("", b"\xff"),), (("é", b"v"),)]
    assert [record.offset for record in found[other]] == [0]
    assert asked < 50


async def test_marks_and_what_was_aborted_are_passed_over_beside_a_broken_name(
    kafka: Kafka, consumer: TolerantConsumer
) -> None:
    guilty = min(consumer.assignment())
    async with AIOKafkaProducer(bootstrap_servers=kafka.bootstrap, transactional_id=guilty.topic) as producer:
        for value in (b"good", b"aborted"):
            await producer.begin_transaction()
            await producer.send_and_wait(guilty.topic, value, partition=guilty.partition)
            await (producer.commit_transaction() if value == b"good" else producer.abort_transaction())
    await send_broken_names(kafka.bootstrap, guilty.topic, guilty.partition)
    await send(kafka, {guilty: 1})

    found = (await read(consumer, 3))[guilty]

    # The marks of both transactions have offsets too.
    assert [(record.offset, record.value) for record in found] == [(0, b"good"), (4, None), (5, b"good")]
