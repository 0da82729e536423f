"""The relay on real Kafka and PostgreSQL: killed and frozen at every point, alone and beside its replacement."""

import asyncio
import signal
import uuid
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from multiprocessing.process import BaseProcess
from pathlib import Path

import asyncpg
import psutil
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from chassis.settings import LOCAL_ISSUER
from deploy.local.kafka import Kafka
from deploy.local.secrets import Secrets
from tests import forked
from tests.chassis.relay_process import run_relay
from tests.conftest import PARTNERS

POINTS = (
    "relay.before_send",
    "relay.before_kafka_commit",
    "relay.between_send_and_delete",
    "relay.before_delete_commit",
    "relay.after_delete",
)
KEYS, VERSIONS = 4, 10


async def until(condition: Callable[[], Awaitable[bool]], what: str, limit: float = 30) -> None:
    """Wait for a condition; the failure says which."""
    deadline = asyncio.get_running_loop().time() + limit
    while not await condition():
        assert asyncio.get_running_loop().time() < deadline, what
        await asyncio.sleep(0.05)


@dataclass
class Bench:
    """One outbox, one topic, and the relays that were started on them."""

    service: str
    topic: str
    kafka: Kafka
    connection: asyncpg.Connection
    env: dict[str, str]
    folder: Path
    relays: list[BaseProcess] = field(default_factory=list)

    def start(self, **more: str) -> int:
        """Start a relay; its index."""
        index = len(self.relays)
        relay = forked.start(run_relay, self.service, environment=self.env | more, log=self._log(index))
        self.relays.append(relay)
        return index

    def log(self, index: int) -> str:
        return self._log(index).read_text()

    def _log(self, index: int) -> Path:
        return self.folder / f"relay-{index}.log"

    async def write(self, first: int, last: int) -> None:
        """Versions `first` to `last` of every key, each version in a transaction of its own."""
        for version in range(first, last + 1):
            rows = [
                (
                    self.topic,
                    f"k{key}".encode(),
                    str(version).encode(),
                    [["ce_id", f"{key}-{version}"]],
                    f"k{key}",
                    version,
                )
                for key in range(KEYS)
            ]
            await self.connection.executemany(
                "INSERT INTO outbox (topic, key, value, headers, subject, version) VALUES ($1, $2, $3, $4, $5, $6)",
                rows,
            )

    async def empty(self) -> bool:
        return await self.connection.fetchval("SELECT count(*) FROM outbox") == 0

    async def frozen(self, index: int) -> bool:
        """Stopped by SIGSTOP, or dead."""
        try:
            return psutil.Process(self.relays[index].pid).status() == psutil.STATUS_STOPPED
        except psutil.NoSuchProcess:
            return True

    def wake(self, index: int) -> None:
        psutil.Process(self.relays[index].pid).resume()

    async def dead(self, index: int) -> bool:
        return self.relays[index].exitcode is not None

    async def sent(self) -> dict[str, list[int]]:
        """Committed records: the versions of each key, in the order of the topic."""
        consumer = AIOKafkaConsumer(bootstrap_servers=self.kafka.bootstrap, isolation_level="read_committed")
        await consumer.start()
        try:
            places = [TopicPartition(self.topic, number) for number in consumer.partitions_for_topic(self.topic) or ()]
            places = places or [TopicPartition(self.topic, number) for number in range(2)]
            consumer.assign(places)
            await consumer.seek_to_beginning(*places)
            ends = await consumer.end_offsets(places)
            versions: dict[str, list[int]] = defaultdict(list)
            while any([await consumer.position(place) < ends[place] for place in places]):
                for records in (await consumer.getmany(timeout_ms=200)).values():
                    for record in records:
                        versions[record.key.decode()].append(int(record.value))
            return versions
        finally:
            await consumer.stop()


@pytest_asyncio.fixture
async def bench(kafka: Kafka, database: str, secrets: Secrets, tmp_path: Path) -> AsyncIterator[Bench]:
    """Relays with a short lease on a topic of two partitions."""
    topic = f"relay-{uuid.uuid4().hex[:8]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    await admin.create_topics([NewTopic(topic, num_partitions=2, replication_factor=1)])
    await admin.close()
    env = {
        "CORDEES_PROFILE": "local",
        "CORDEES_DATABASE_URL": database,
        "CORDEES_KAFKA_BOOTSTRAP": kafka.bootstrap,
        "CORDEES_JWKS_FILE": str(secrets.jwks_file),
        "CORDEES_TOKEN_ISSUER": LOCAL_ISSUER,
        "CORDEES_RECORD_KEYS": str(secrets.record_keys),
        "CORDEES_PARTNERS_FILE": str(PARTNERS),
        "CORDEES_RELAY_LEASE": "1",
        "CORDEES_RELAY_BATCH": "15",
    }
    connection = await asyncpg.connect(database.replace("+asyncpg", ""))
    made = Bench(f"test-{topic}", topic, kafka, connection, env, tmp_path)
    yield made
    for relay in made.relays:
        relay.kill()
        relay.join()
    await connection.close()


def assert_whole_and_in_order(sent: dict[str, list[int]], last: int) -> None:
    """Every version, first seen in order; repeats allowed; what stands last is the newest (compaction keeps it)."""
    assert len(sent) == KEYS
    for versions in sent.values():
        assert list(dict.fromkeys(versions)) == list(range(1, last + 1))
        assert versions[-1] == last


async def test_rows_arrive_in_order_and_once(bench: Bench) -> None:
    await bench.write(1, VERSIONS)
    bench.start()
    await until(bench.empty, "the outbox is not empty")

    sent = await bench.sent()

    assert_whole_and_in_order(sent, VERSIONS)
    assert all(len(versions) == VERSIONS for versions in sent.values())


@pytest.mark.parametrize("point", POINTS)
async def test_a_killed_relay_loses_nothing_and_its_successor_keeps_the_order(bench: Bench, point: str) -> None:
    await bench.write(1, VERSIONS)
    first = bench.start(CORDEES_CRASH_AT=f"{point}:2")
    await until(lambda: bench.dead(first), "the relay did not reach the point")
    assert bench.relays[first].exitcode == -signal.SIGKILL
    assert not await bench.empty()

    bench.start()
    await bench.write(VERSIONS + 1, VERSIONS + 2)
    await until(bench.empty, "the successor does not empty the outbox")

    assert_whole_and_in_order(await bench.sent(), VERSIONS + 2)


@pytest.mark.parametrize("point", POINTS)
async def test_a_relay_that_slept_through_its_replacement_is_fenced(bench: Bench, point: str) -> None:
    await bench.write(1, VERSIONS)
    old = bench.start(CORDEES_FREEZE_AT=f"{point}:2")
    await until(lambda: bench.frozen(old), "the relay did not reach the point")
    if point == "relay.before_delete_commit":
        # It sleeps inside a transaction that holds the owner's row: PostgreSQL ends such a session after its limit.
        await bench.connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND state = 'idle in transaction'"
        )
    bench.start()
    await until(bench.empty, "the new relay does not empty the outbox")

    bench.wake(old)
    await bench.write(VERSIONS + 1, VERSIONS + 5)
    await until(bench.empty, "the outbox is not empty")

    async def old_gave_up() -> bool:
        return "relay.fenced" in bench.log(old) or "relay.waits" in bench.log(old)

    await until(old_gave_up, "the old relay does not notice")
    assert_whole_and_in_order(await bench.sent(), VERSIONS + 5)


async def test_an_old_relay_may_not_delete_what_its_replacement_has_not_sent_yet(bench: Bench) -> None:
    await bench.write(1, 3)
    old = bench.start(CORDEES_FREEZE_AT="relay.between_send_and_delete:1")
    await until(lambda: bench.frozen(old), "the old relay did not reach the point")
    new = bench.start(CORDEES_FREEZE_AT="relay.before_send:1")
    await until(lambda: bench.frozen(new), "the new relay did not reach the point")

    bench.wake(old)

    async def fenced() -> bool:
        return "relay.fenced" in bench.log(old)

    await until(fenced, "the old relay was not fenced")
    assert await bench.connection.fetchval("SELECT count(*) FROM outbox") == 3 * KEYS
    bench.wake(new)
    await until(bench.empty, "the outbox is not empty")
    assert_whole_and_in_order(await bench.sent(), 3)
