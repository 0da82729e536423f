"""The FastStream wrapper on a real broker: where it starts to read, and what becomes of a record that breaks it."""

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest_asyncio
import sqlalchemy as sa
from aiokafka import AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from chassis.database import create_engine
from chassis.inbox import PartnerInbox
from chassis.references import RecordKeys
from chassis.subscriptions import Consuming, partner_subscription
from chassis.tables import inbox_position
from chassis.transaction import Transactions
from contracts.partners import Partner, PartnerSource
from contracts.topics import inbound_topic
from deploy.local.kafka import Kafka
from deploy.local.processes import wait_for
from deploy.local.secrets import Secrets
from tests.chassis.conftest import Desk
from tests.chassis.records import SOURCE, Box, held_session, record
from tests.conftest import MakeSettings


@dataclass
class Reading:
    """A partner's topic of its own, and a service that reads it."""

    kafka: Kafka
    box: Box
    topic: str
    service: str

    async def send(self, *sessions: str) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.kafka.bootstrap)
        await producer.start()
        for session in sessions:
            sent = record(0, held_session(session), id=f"event-{session}")
            await producer.send_and_wait(self.topic, sent.value, partition=0, headers=sent.headers)
        await producer.stop()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Consuming]:
        """Read until the end of the context, as a service does."""
        consuming = Consuming(self.kafka.bootstrap, self.service, self.box.transactions, batch_records=10)
        consuming.add(partner_subscription(self.service, self.box.inbox, [self.topic]))
        await consuming.start()
        try:
            yield consuming
        finally:
            await consuming.broker.stop()

    async def decided(self, number: int) -> None:
        """Wait until so many records have an outcome."""

        async def enough() -> bool:
            return sum((await self.box.counts()).values()) >= number

        await wait_for(enough, 30, f"{number} records are not decided")


@pytest_asyncio.fixture
async def reading(kafka: Kafka, database: str, make_settings: MakeSettings, secrets: Secrets) -> AsyncIterator[Reading]:
    """One partner, one partition, a fresh database."""
    name = f"partner-{uuid.uuid4().hex[:8]}"
    partner = Partner(partner=name, systems=(PartnerSource(source=SOURCE, programmes=("ales",)),))
    topic = inbound_topic("sessions", name)
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic.name, num_partitions=1, replication_factor=1)])
    await admin.close()
    engine = create_engine(make_settings("sessions", database))
    transactions, desk = Transactions(engine, "sessions", 900_000), Desk()
    inbox = PartnerInbox({topic.name: (topic, partner)}, desk.handle, RecordKeys(secrets.record_keys))
    transactions.announce = inbox.announce
    yield Reading(kafka, Box(transactions, inbox, desk), topic.name, f"test-{name}")
    await engine.dispose()


async def test_a_second_start_goes_on_where_the_first_one_stopped(reading: Reading) -> None:
    await reading.send("s-1", "s-2")
    async with reading.running():
        await reading.decided(2)

    await reading.send("s-3")
    async with reading.running():
        await reading.decided(3)

    assert reading.box.desk.handled == ["s-1", "s-2", "s-3"]
    assert await reading.box.counts() == {"accepted": 3}


async def test_a_database_restored_from_a_backup_reads_again_what_it_has_forgotten(reading: Reading) -> None:
    await reading.send("s-1", "s-2")
    async with reading.running():
        await reading.decided(2)
    async with reading.box.transactions.begin() as tx:
        await tx.connection.execute(sa.update(inbox_position).values(next_offset=1))

    async with reading.running():
        await reading.decided(3)

    assert await reading.box.counts() == {"accepted": 2, "duplicate": 1}


async def test_a_record_that_breaks_handling_again_and_again_is_parked_and_delays_no_other_for_long(
    reading: Reading,
) -> None:
    reading.box.desk.broken.add("s-2")
    await reading.send("s-1", "s-2", "s-3")

    async with reading.running():
        await reading.decided(3)

    assert reading.box.desk.handled.count("s-3") >= 1
    assert await reading.box.counts() == {"accepted": 2, "rejected": 1}


async def test_of_a_batch_that_fails_only_the_guilty_record_is_tried_alone(reading: Reading) -> None:
    reading.box.desk.broken.add("s-5")
    await reading.send(*(f"s-{number}" for number in range(10)))

    async with reading.running():
        await reading.decided(10)

    counts = await reading.box.counts()
    assert counts == {"accepted": 9, "rejected": 1}
    # Halves and their halves, not one transaction for each record: two parts are still whole at the end.
    assert {2, 3}.intersection(reading.box.desk.loads)


async def test_a_position_beyond_the_log_stops_the_partition_and_says_so(reading: Reading) -> None:
    await reading.send("s-1", "s-2")
    async with reading.running():
        await reading.decided(2)
    async with reading.box.transactions.begin() as tx:
        await tx.connection.execute(sa.update(inbox_position).values(next_offset=1000))
    await reading.send("s-3")

    async with reading.running() as consuming:

        async def says_so() -> bool:
            return "lies outside of the log" in (await consuming.check() or "")

        await wait_for(says_so, 30, "readiness does not tell")

    assert await reading.box.counts() == {"accepted": 2}
