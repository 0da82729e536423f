"""Sends the outbox to Kafka: in order, one owner at a time, fenced on both sides.

The broker fences an old owner's sends (transactional id), PostgreSQL its deletes (epoch): a process that slept through
its own replacement can do neither. Select, send, delete: a crash between the last two gives a duplicate, which
versions make harmless; nothing is lost and nothing overtakes.
"""

import asyncio
import contextlib
import time
from dataclasses import dataclass, field

import asyncpg
import structlog
from aiokafka import AIOKafkaProducer
from aiokafka.errors import InvalidProducerEpoch, ProducerFenced

from chassis.crashpoints import reach
from chassis.ending import heed, pause
from chassis.metrics import RELAY_SENT
from chassis.outbox import CHANNEL
from chassis.settings import Settings

log = structlog.get_logger()

SHARD = 0
_IDLE = 1.0
_PAUSE = 0.5
_STALLED = 15.0


# A batch is bounded by rows and by bytes; one row always goes.
_BATCH_BYTES = 16_000_000
_NEXT = """
    SELECT id, topic, key, value, headers FROM (
        SELECT *, sum(octet_length(value)) OVER (ORDER BY id) - octet_length(value) AS before
        FROM (SELECT * FROM outbox ORDER BY id LIMIT $1) AS next
    ) AS summed WHERE before < $2 ORDER BY id
"""


class Fenced(Exception):
    """Another relay owns this outbox now."""


@dataclass
class RelayState:
    """What readiness and metrics look at. Times are `time.monotonic()`."""

    role: str = "starting"
    moved_at: float = field(default_factory=time.monotonic)
    trouble: str | None = None

    def moving(self) -> bool:
        """True while the owner's loop turns, or while this one stands by for a living owner."""
        return self.trouble is None and time.monotonic() - self.moved_at < _STALLED


class Relay:
    """One per process; among all processes of a service one owns the outbox, the others stand by."""

    def __init__(self, settings: Settings, service: str) -> None:
        self._settings = settings
        self._transactional_id = f"cordees-{service}-relay-{SHARD}"
        self._dsn = settings.database_url.get_secret_value().replace("postgresql+asyncpg://", "postgresql://", 1)
        self._woken = asyncio.Event()
        self.state = RelayState()

    async def run(self) -> None:
        """Own the outbox or stand by, for ever. Faults are waited out; no row is ever passed over."""
        while True:
            try:
                await self._connected()
            except Fenced:
                log.warning("relay.fenced")
            except Exception as error:  # noqa: BLE001 - whatever is away comes back; the state says so meanwhile
                self.state.trouble = type(error).__name__
                log.warning("relay.waits", error=type(error).__name__)
            self.state.role = "starting"
            await pause(_PAUSE)

    async def _connected(self) -> None:
        connection = await asyncpg.connect(self._dsn, timeout=5, command_timeout=30)
        try:
            await connection.add_listener(CHANNEL, lambda *_: self._woken.set())
            await connection.execute("INSERT INTO relay_owner (shard) VALUES ($1) ON CONFLICT DO NOTHING", SHARD)
            while (epoch := await self._take(connection)) is None:
                self._moved("standby")
                await pause(self._settings.relay_lease / 4)
            await self._own(connection, epoch)
        finally:
            connection.terminate()

    async def _take(self, connection: asyncpg.Connection) -> int | None:
        """Raise the epoch if the owner has been silent for a lease; the new epoch, or None."""
        taken: int | None = await connection.fetchval(
            """UPDATE relay_owner SET epoch = epoch + 1, alive_at = clock_timestamp()
               WHERE shard = $1 AND alive_at < clock_timestamp() - make_interval(secs => $2) RETURNING epoch""",
            SHARD,
            self._settings.relay_lease,
        )
        return taken

    async def _own(self, connection: asyncpg.Connection, epoch: int) -> None:
        producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.kafka_bootstrap,
            transactional_id=self._transactional_id,
            compression_type="lz4",
            max_request_size=self._settings.max_event_bytes + 100_000,
            transaction_timeout_ms=30_000,
            request_timeout_ms=15_000,
        )
        # The epoch is raised before init_transactions: whoever is fenced by the broker may no longer delete either.
        try:
            await producer.start()
            log.info("relay.owns", epoch=epoch)
            while True:
                heed()
                sent = await self._pass(connection, producer, epoch)
                self._moved("owner")
                if not sent:
                    await self._idle()
        except (ProducerFenced, InvalidProducerEpoch):
            raise Fenced from None
        except asyncio.CancelledError:
            await self._release(connection, epoch)
            raise
        finally:
            with contextlib.suppress(Exception):
                await producer.stop()

    async def _pass(self, connection: asyncpg.Connection, producer: AIOKafkaProducer, epoch: int) -> int:
        """Select, send, delete once; the number of rows sent."""
        rows = await connection.fetch(_NEXT, self._settings.relay_batch, _BATCH_BYTES)
        if not rows:
            await self._confirm(connection, epoch, [])
            return 0
        reach("relay.before_send")
        async with producer.transaction():
            pending = [
                await producer.send(
                    row["topic"],
                    key=row["key"],
                    value=row["value"],
                    headers=[(name, content.encode()) for name, content in row["headers"]],
                )
                for row in rows
            ]
            await asyncio.gather(*pending)
            reach("relay.before_kafka_commit")
        reach("relay.between_send_and_delete")
        await self._confirm(connection, epoch, [row["id"] for row in rows])
        reach("relay.after_delete")
        RELAY_SENT.inc(len(rows))
        return len(rows)

    async def _confirm(self, connection: asyncpg.Connection, epoch: int, ids: list[int]) -> None:
        """Say "alive" and delete what was sent, if the epoch is still ours. Raises `Fenced`."""
        async with connection.transaction():
            alive = await connection.fetchval(
                "UPDATE relay_owner SET alive_at = clock_timestamp() WHERE shard = $1 AND epoch = $2 RETURNING epoch",
                SHARD,
                epoch,
            )
            if alive is None:
                raise Fenced
            if ids:
                await connection.execute("DELETE FROM outbox WHERE id = ANY($1)", ids)
                reach("relay.before_delete_commit")

    async def _release(self, connection: asyncpg.Connection, epoch: int) -> None:
        """On an orderly stop the next owner need not wait for the lease."""
        with contextlib.suppress(Exception):
            await connection.execute(
                "UPDATE relay_owner SET alive_at = '-infinity' WHERE shard = $1 AND epoch = $2", SHARD, epoch
            )

    async def _idle(self) -> None:
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), min(_IDLE, self._settings.relay_lease / 4))
        self._woken.clear()

    def _moved(self, role: str) -> None:
        self.state.role, self.state.trouble, self.state.moved_at = role, None, time.monotonic()
