"""Takes up again records that were parked, after whatever made them unreadable was mended.

A parked record is older than what was projected since. Versions decide between events; but a tombstone carries none, so
whatever follows on the same key of a compacted topic is applied again behind the record, in its order.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.topics import Topic
from services.reporting.batches import refuses_content
from services.reporting.engine.versions import ParkedRecord
from services.reporting.projections import PROJECTIONS, Arrived, Project, Removed
from services.reporting.reading import read_record
from services.reporting.storage import Parked, use_projection
from services.reporting.tables import parked, position

_POLL_MS = 500


class Outcome(StrEnum):
    """What became of a parked record."""

    PROJECTED = "projected"
    SUPERSEDED = "superseded"
    """Compaction removed it: a later record of its key stands for it, and was projected."""
    UNREADABLE = "unreadable"
    GONE = "gone"
    """Its topic keeps it no longer, and nothing stands for it."""
    TAKEN = "taken"
    """Somebody else took it up meanwhile."""


@dataclass(frozen=True)
class Retried:
    """One record and what became of it."""

    record: ParkedRecord
    outcome: Outcome


async def retry(
    engine: AsyncEngine,
    bootstrap: str,
    records: Sequence[ParkedRecord],
    projections: Sequence[tuple[Topic, Project]] = PROJECTIONS,
) -> list[Retried]:
    """In the given order. Raises aiokafka's errors when the broker is away."""
    known = {topic.name: (topic, project) for topic, project in projections}
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        enable_auto_commit=False,
        auto_offset_reset="none",
    )
    await consumer.start()
    try:
        return [
            Retried(one, await _Retry(engine, consumer, one, *known[one.place.topic]).run())
            for one in records
            if one.place.topic in known
        ]
    finally:
        await consumer.stop()


@dataclass(frozen=True)
class _Retry:
    engine: AsyncEngine
    consumer: AIOKafkaConsumer
    record: ParkedRecord
    topic: Topic
    project: Project

    @property
    def _compacted(self) -> bool:
        return self.topic.config["cleanup.policy"] == "compact"

    async def run(self) -> Outcome:
        """Until what was read of the topic is all that the projector has passed."""
        place = TopicPartition(self.record.place.topic, self.record.place.partition)
        self.consumer.assign([place])
        first = await self.consumer.beginning_offsets([place])
        if first[place] > self.record.offset:
            return await self._missing()
        self.consumer.seek(place, self.record.offset)
        history: list[Any] = []
        while True:
            until = await self._passed()
            while (scanned := await self.consumer.position(place)) < until and (self._compacted or not history):
                found = (await self.consumer.getmany(place, timeout_ms=_POLL_MS)).get(place, ())
                history += self._of_the_key(history, found)
                if found and not history:
                    return await self._missing()
            if not history:
                return await self._missing()
            outcome = await self._apply(history, scanned if self._compacted else None)
            if outcome is not None:
                return outcome

    def _of_the_key(self, history: Sequence[Any], found: Sequence[Any]) -> list[Any]:
        if not history and (not found or found[0].offset != self.record.offset):
            return []
        key = (history or found)[0].key
        same = [one for one in found if one.key == key]
        return same if self._compacted else same[:1]

    async def _passed(self) -> int:
        async with self.engine.connect() as connection:
            return await connection.scalar(select(position.c.next_offset).where(*self._at(position.c))) or 0

    async def _missing(self) -> Outcome:
        if not self._compacted:
            return Outcome.GONE
        async with self.engine.begin() as connection:
            await self._unpark(connection)
        return Outcome.SUPERSEDED

    async def _apply(self, history: Sequence[Any], scanned: int | None) -> Outcome | None:
        """None when the projector has gone on meanwhile: what it passed may be of the same key."""
        read = [read_record(self.topic, one) for one in history]
        if isinstance(read[0], Parked):
            await self._still(read[0])
            return Outcome.UNREADABLE
        try:
            async with self.engine.begin() as connection:
                await use_projection(connection, self.record.place.projection)
                # Held until the commit: the projector, the only other writer of these rows, waits.
                lock = select(position.c.next_offset).where(*self._at(position.c)).with_for_update()
                passed = await connection.scalar(lock) or 0
                if scanned is not None and passed > scanned:
                    return None
                if not await self._unpark(connection):
                    return Outcome.TAKEN
                await self.project(connection, [one for one in read if isinstance(one, Arrived | Removed)])
        except DBAPIError as error:
            if not refuses_content(error):
                raise
            await self._still(Parked(self.record.offset, "not_storable", "data"))
            return Outcome.UNREADABLE
        return Outcome.PROJECTED

    async def _unpark(self, connection: AsyncConnection) -> bool:
        gone = delete(parked).where(*self._at(parked.c), parked.c.offset == self.record.offset)
        return (await connection.execute(gone)).rowcount == 1

    async def _still(self, why: Parked) -> None:
        at = update(parked).where(*self._at(parked.c), parked.c.offset == self.record.offset)
        async with self.engine.begin() as connection:
            await connection.execute(at.values(reason=why.reason, field=why.field))

    def _at(self, columns: Any) -> tuple[Any, ...]:
        place = self.record.place
        return (
            columns.projection == place.projection,
            columns.topic == place.topic,
            columns.partition == place.partition,
        )
