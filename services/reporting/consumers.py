"""Reads one of our topics into one version of the projection, and goes on after whatever passes by itself."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial

import structlog
from aiokafka import AIOKafkaConsumer
from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.ending import PAUSES, goes_on, seconds_after, together, whole
from chassis.errors import is_passing
from contracts.topics import Topic
from services.reporting import metrics
from services.reporting.batches import PARKED_LIMIT, Poison, TooManyParked, spare_collector
from services.reporting.engine.assigned import Forget
from services.reporting.engine.lane import Filling, Lane, Reading, RecordsLost, TopicReplaced
from services.reporting.engine.topic_ids import topic_id
from services.reporting.projections import Project
from services.reporting.storage import among_given_up, count_parked

log = structlog.get_logger()

_TOPIC_PAUSE = 0.5
_LOOK_EVERY = 1.0
_SLOW = 60.0
"""Seconds of one step, beyond which it shows in readiness; statements end after as many."""

STOPPING = (RecordsLost, TopicReplaced, TooManyParked, Poison)
"""What only somebody can mend: by a restart, or by taking up or giving up what is unreadable."""


class Projector:
    """One topic, one version, one consumer group. Waits while the database or the broker is away, and goes on."""

    def __init__(
        self, engine: AsyncEngine, bootstrap: str, topic: Topic, project: Project, filling: Filling | None = None
    ) -> None:
        self._engine, self._bootstrap, self._topic, self._project = engine, bootstrap, topic, project
        self.filling = filling or Filling()
        self._version = self.filling.version
        self._troubles: dict[int, str | None] = {}
        self._lanes: tuple[Lane, ...] = ()
        self._say("has not started")

    async def check(self) -> str | None:
        """None while records are read and projected, by every lane."""
        long_ago = asyncio.get_running_loop().time() - _SLOW
        if any(lane.since < long_ago for lane in self._lanes):
            return f"has waited for more than {_SLOW:.0f} seconds for Kafka or PostgreSQL"
        return next(filter(None, self._troubles.values()), None)

    async def run(self) -> None:
        """Until cancelled. What only somebody can mend stops this topic and shows in readiness; the others go on."""
        while goes_on():
            try:
                await self.fill()
            except TooManyParked as error:
                await self._stand_still(error, self._few_parked)
            except Poison as error:
                await self._stand_still(error, partial(self._passes, error))
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
                failures = 0 if lasted > PAUSES[-1] else failures + 1
                self._fault(error)
                await asyncio.sleep(seconds_after(failures))

    def _stop(self, error: Exception) -> None:
        self._say(f"{' '.join((error.__doc__ or '').split())} ({error})")
        metrics.STOPPED.labels(self._version, self._topic.name).set(1)
        where = {"projection": self._version, "topic": self._topic.name, "where": str(error)}
        log.error("projection.stopped", **where, error=type(error).__name__)

    async def _stand_still(self, error: Exception, is_over: Callable[[], Awaitable[bool]]) -> None:
        """Until somebody has mended it: in another process, which tells nobody."""
        self._stop(error)
        over = False
        while not over:
            await asyncio.sleep(_LOOK_EVERY)
            try:
                over = await is_over()
            except Exception as fault:
                if not is_passing(fault):
                    raise
        self._go_on()

    async def _few_parked(self) -> bool:
        """Whether some of them were taken up, or given up."""
        async with self._engine.connect() as connection:
            return await count_parked(connection, self._topic.name, self._version) < PARKED_LIMIT

    async def _passes(self, poison: Poison) -> bool:
        """Whether the record was given up, or the version now answers and so parks it."""
        if not self.filling.strict:
            return True
        async with self._engine.connect() as connection:
            return bool(await among_given_up(connection, poison.place, [poison.parked.offset]))

    def _go_on(self) -> None:
        metrics.STOPPED.labels(self._version, self._topic.name).set(0)
        log.info("projection.goes_on", projection=self._version, topic=self._topic.name)

    def _fault(self, error: Exception) -> None:
        self._say(f"waits after {type(error).__name__}")
        metrics.FAULTS.labels(self._version, self._topic.name).inc()
        where = {"projection": self._version, "topic": self._topic.name}
        log.warning("projection.fault", **where, error=type(error).__name__)

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
        client = AIOKafkaClient(bootstrap_servers=self._bootstrap)
        reading = Reading(self._engine, self._topic, self._project, self.filling, consumer, client)
        try:
            self._say("the topic does not exist, or the broker does not answer")
            await whole(client.bootstrap())
            # A consumer that subscribes to a topic before it exists looks for it again only after minutes.
            while await topic_id(client, self._topic.name) is None:  # noqa: ASYNC110 - Kafka tells nobody
                await asyncio.sleep(_TOPIC_PAUSE)
            await whole(consumer.start())
            await self._show_parked()
            consumer.subscribe([self._topic.name], listener=Forget(self._version, reading.reached, consumer))
            self._lanes = reading.lanes()
            self._say("has not read yet", lanes=len(self._lanes))
            await together(*(self._follow(number, lane) for number, lane in enumerate(self._lanes)))
        finally:
            self._lanes = ()
            # A broker that is away makes leaving the group fail; it will notice by itself.
            with suppress(KafkaError, OSError, asyncio.TimeoutError):
                await asyncio.wait_for(consumer.stop(), timeout=10)
            await client.close()

    async def _follow(self, number: int, lane: Lane) -> None:
        while goes_on():
            self._troubles[number] = await lane.turn()

    def _say(self, trouble: str, lanes: int = 1) -> None:
        """Of all lanes, until each has ended a turn."""
        self._troubles = dict.fromkeys(range(lanes), trouble)

    async def _show_parked(self) -> None:
        async with self._engine.connect() as connection:
            waiting = await count_parked(connection, self._topic.name, self._version)
        metrics.PARKED.labels(self._version, self._topic.name).set(waiting)


def group_of(version: int, topic: Topic) -> str:
    """The consumer group of a version on a topic."""
    return f"reporting-projection-{version}-{topic.name}"
