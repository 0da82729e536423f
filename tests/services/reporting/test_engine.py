"""The engine on real Kafka and PostgreSQL: PostgreSQL's position decides, and nothing is lost or projected twice."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic, RecordsToDelete
from sqlalchemy import select, text, update

from contracts.base import Event
from contracts.topics import SESSIONS_TOPIC, Topic
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from services.reporting.consumers import Projector
from services.reporting.projections import PROJECTIONS
from services.reporting.storage import Place, start_position
from services.reporting.tables import parked, position
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import held, present, pupil

PROJECT = {topic.name: project for topic, project in PROJECTIONS}[SESSIONS_TOPIC.name]


class Stream:
    """A topic like cordees.sessions with two partitions, and how events get there."""

    def __init__(self, kafka: Kafka, reporting: Reporting) -> None:
        self.bootstrap, self.reporting = kafka.bootstrap, reporting
        self.topic: Topic = replace(SESSIONS_TOPIC, name=f"test.sessions.{uuid.uuid4().hex[:8]}", partitions=2)
        self.group = f"reporting-projection-1-{self.topic.name}"

    @asynccontextmanager
    async def admin(self) -> AsyncIterator[AIOKafkaAdminClient]:
        """An admin client."""
        client = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap)
        await client.start()
        try:
            yield client
        finally:
            await client.close()

    async def create(self) -> None:
        """With two partitions."""
        async with self.admin() as admin:
            await admin.create_topics([NewTopic(self.topic.name, 2, 1)])

    async def remake(self) -> None:
        """Another topic under the same name."""
        async with self.admin() as admin:
            await admin.delete_topics([self.topic.name])
            await admin.create_topics([NewTopic(self.topic.name, 2, 1)])

    async def publish(self, *events: Event, partition: int = 0) -> None:
        """In one transaction each, as the relay does."""
        await self.publish_raw(*(self.reporting.message(event) for event in events), partition=partition)

    async def publish_raw(self, *messages: Any, partition: int = 0, abort: bool = False) -> None:
        """Whatever the record holds."""
        producer = AIOKafkaProducer(bootstrap_servers=self.bootstrap, transactional_id=f"test-{uuid.uuid4().hex}")
        await producer.start()
        try:
            await producer.begin_transaction()
            for key, value, headers in messages:
                await producer.send(self.topic.name, value, key=key, headers=list(headers), partition=partition)
            await (producer.abort_transaction() if abort else producer.commit_transaction())
        finally:
            await producer.stop()

    @asynccontextmanager
    async def projecting(self) -> AsyncIterator[Projector]:
        """A projector that runs meanwhile."""
        projector = Projector(self.reporting.engine, self.bootstrap, self.topic, PROJECT)
        task = asyncio.create_task(projector.run())
        try:
            yield projector
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def positions(self) -> dict[int, int]:
        """Next offset by partition."""
        query = select(position.c.partition, position.c.next_offset).where(position.c.topic == self.topic.name)
        async with self.reporting.engine.connect() as connection:
            return dict(tuple(row) for row in await connection.execute(query))

    async def passed_everything(self) -> bool:
        """Whether every partition is projected to its end."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.bootstrap)
        await consumer.start()
        try:
            ends = await consumer.end_offsets([TopicPartition(self.topic.name, n) for n in range(2)])
        finally:
            await consumer.stop()
        return await self.positions() == {place.partition: end for place, end in ends.items()}


async def until(holds: Callable[[], Awaitable[bool]], limit: float = 30) -> None:
    """Wait for a condition."""
    async with asyncio.timeout(limit):
        while not await holds():  # noqa: ASYNC110 - the condition is in a database
            await asyncio.sleep(0.05)


@pytest_asyncio.fixture
async def stream(kafka: Kafka, reporting: Reporting) -> Stream:
    """The topic exists and is empty; two pupils are known."""
    stream = Stream(kafka, reporting)
    await stream.create()
    await reporting.receive(pupil("a-1"), pupil("b-2"))
    return stream


async def test_it_begins_at_the_beginning_and_passes_the_marks_of_transactions(stream: Stream) -> None:
    await stream.publish(held("s-1", present("a-1")))
    async with stream.projecting() as projector:
        await stream.publish(held("s-2", present("b-2")), partition=1)
        await until(stream.passed_everything)
        await until(lambda: _well(projector))
    # One record and the mark of its transaction on each partition.
    assert await stream.positions() == {0: 2, 1: 2}
    assert await stream.reporting.value("I02") == 2


async def test_an_aborted_transaction_is_passed_and_not_projected(stream: Stream) -> None:
    async with stream.projecting():
        await stream.publish(held("s-1"))
        await until(stream.passed_everything)
        await stream.publish_raw(stream.reporting.message(held("s-2")), abort=True)
        await until(stream.passed_everything)

    assert await stream.positions() == {0: 4, 1: 0}
    assert await stream.reporting.value("I14") == 1


async def test_a_restart_goes_on_from_postgresql_whatever_kafka_says(stream: Stream) -> None:
    await stream.publish(held("s-1", present("a-1")))
    async with stream.projecting():
        await until(stream.passed_everything)
    await stream.publish(held("s-2", present("b-2")))
    # As after a restore of the database from before the first record, with offsets in Kafka beyond the second.
    async with stream.reporting.engine.begin() as connection:
        await connection.execute(text("TRUNCATE projection_1.session_fact, projection_1.session_roll"))
        await connection.execute(update(position).where(position.c.topic == stream.topic.name).values(next_offset=0))
    consumer = AIOKafkaConsumer(bootstrap_servers=stream.bootstrap, group_id=stream.group, enable_auto_commit=False)
    consumer.assign([TopicPartition(stream.topic.name, 0)])
    await consumer.start()
    await consumer.commit({TopicPartition(stream.topic.name, 0): 4})
    await consumer.stop()

    async with stream.projecting():
        await until(stream.passed_everything)

    assert await stream.reporting.value("I14") == 2


async def test_two_processes_share_the_partitions_and_one_takes_over(stream: Stream) -> None:
    events = [held(f"s-{n}", present("a-1"), present("b-2")) for n in range(30)]
    async with stream.projecting():
        async with stream.projecting():
            for n, event in enumerate(events[:20]):
                await stream.publish(event, partition=n % 2)
            await until(stream.passed_everything)
        for n, event in enumerate(events[20:]):
            await stream.publish(event, event, partition=n % 2)
        await until(stream.passed_everything)

    assert await stream.reporting.value("I11") == 60


async def test_a_position_before_the_log_stops_and_says_which(stream: Stream) -> None:
    await stream.publish(held("s-1"))
    async with stream.projecting():
        await until(stream.passed_everything)
    await stream.publish(held("s-2"), held("s-3"))
    async with stream.admin() as admin:
        place = TopicPartition(stream.topic.name, 0)
        await admin.delete_records({place: RecordsToDelete(before_offset=4)})

    async with stream.projecting() as projector:
        await until(lambda: _says(projector, f"{stream.topic.name}/0: position 2, log from 4"))

    assert (await stream.positions())[0] == 2


async def test_a_topic_that_was_made_anew_stops_and_says_so_although_its_offsets_fit(stream: Stream) -> None:
    await stream.publish(held("s-1"))
    async with stream.projecting():
        await until(stream.passed_everything)
    await stream.remake()
    await stream.publish(held("s-2"), held("s-3"), held("s-4"))

    async with stream.projecting() as projector:
        await until(lambda: _says(projector, "made anew under the same name"))
        assert stream.topic.name in (await projector.check() or "")

    assert (await stream.positions())[0] == 2
    assert await stream.reporting.value("I14") == 1


async def test_a_topic_that_is_made_anew_while_it_is_read_stops_too(stream: Stream) -> None:
    async with stream.projecting() as projector:
        await stream.publish(held("s-1"))
        await until(stream.passed_everything)
        await stream.remake()
        await stream.publish(held("s-2"), held("s-3"), held("s-4"))
        await until(lambda: _says(projector, "made anew under the same name"))

    assert await stream.reporting.value("I14") == 1


async def test_positions_from_before_topic_ids_were_kept_take_that_of_today(stream: Stream) -> None:
    async with stream.reporting.engine.begin() as connection:
        await start_position(connection, Place(stream.topic.name, 0), 0)
    await stream.publish(held("s-1"))

    async with stream.projecting():
        await until(stream.passed_everything)

    async with stream.reporting.engine.connect() as connection:
        ours = position.c.topic == stream.topic.name
        ids = set(await connection.scalars(select(position.c.topic_id).where(ours)))
    assert len(ids) == 1
    assert None not in ids


async def test_an_unreadable_record_is_parked_and_the_next_one_projected(stream: Stream) -> None:
    broken = (b"programme/ales", b"{", stream.reporting.message(held("s-0"))[2])
    await stream.publish_raw(broken, stream.reporting.message(held("s-1")))

    async with stream.projecting() as projector:
        await until(stream.passed_everything)
        await until(lambda: _well(projector))

    async with stream.reporting.engine.connect() as connection:
        found = (await connection.execute(select(parked.c.offset, parked.c.subject, parked.c.reason))).all()
    assert [tuple(row) for row in found] == [(0, "session/s-0", "json_invalid")]
    assert await stream.reporting.value("I14") == 1


async def test_while_the_database_is_away_it_waits_and_says_so_and_then_goes_on(
    stream: Stream, postgres: Postgres
) -> None:
    name = stream.reporting.engine.url.database
    admin = await asyncpg.connect(postgres.dsn("postgres"))
    try:
        async with stream.projecting() as projector:
            await stream.publish(held("s-1", present("a-1")))
            await until(stream.passed_everything)
            await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS false")
            await admin.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", name)
            await stream.publish(held("s-2", present("b-2")))
            await until(lambda: _says(projector, "waits after"))
            await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
            await until(stream.passed_everything)
            await until(lambda: _well(projector))
    finally:
        await admin.execute(f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        await admin.close()

    assert await stream.reporting.value("I02") == 2


async def test_a_topic_that_does_not_exist_yet_is_awaited(kafka: Kafka, reporting: Reporting) -> None:
    stream = Stream(kafka, reporting)
    await reporting.receive(pupil("a-1"))

    async with stream.projecting() as projector:
        await until(lambda: _says(projector, "does not exist"))
        await stream.create()
        await stream.publish(held("s-1", present("a-1")))
        await until(stream.passed_everything)

    assert await reporting.value("I02") == 1


async def _says(projector: Projector, words: str) -> bool:
    return words in (await projector.check() or "")


async def _well(projector: Projector) -> bool:
    return await projector.check() is None


@pytest.mark.parametrize("topic", [topic for topic, _ in PROJECTIONS], ids=lambda topic: topic.name)
def test_each_of_our_topics_has_a_projection(topic: Topic) -> None:
    assert "reporting" in topic.consumers
