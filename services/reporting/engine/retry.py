"""Takes up again records that were parked, after whatever made them unreadable was mended.

A parked record is older than what was projected since. Versions decide between events; but a tombstone carries none, so
whatever follows on the same key of a compacted topic is applied again behind the record, in its order.

Offsets mean records of one topic: nothing is read, or written, of one that was made anew under the same name.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from aiokafka import TopicPartition
from aiokafka.errors import OffsetOutOfRangeError
from sqlalchemy import delete, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.topics import Topic
from services.reporting.batches import refuses_content
from services.reporting.engine.rereading import POLL_MS, Rereading, rereading
from services.reporting.engine.versions import ParkedRecord, list_versions
from services.reporting.projections import PROJECTIONS, Arrived, Project, Removed
from services.reporting.reading import read_record
from services.reporting.storage import Parked, topic_id_of, use_projection
from services.reporting.tables import SHAPE, parked, position


class Outcome(StrEnum):
    """What became of a parked record."""

    PROJECTED = "projected"
    SUPERSEDED = "superseded"
    """Compaction removed it: a later record of its key stands for it, and was projected."""
    UNREADABLE = "unreadable"
    GONE = "gone"
    """Its topic keeps it no longer, and nothing stands for it."""
    REPLACED = "replaced"
    """Its topic was removed, and another one made under the same name: another record may stand at its offset."""
    OUTSIDE = "outside"
    """The log ends before what this version has read of it: records were lost in Kafka."""
    OTHER_TABLES = "other_tables"
    """Another release made the tables of its version: only that one takes it up."""
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
    async with engine.connect() as connection:
        ours = {one.version for one in await list_versions(connection) if one.shape == SHAPE}
    async with rereading(bootstrap) as kafka:
        return [
            Retried(one, await _Retry(engine, kafka, one, *known[one.place.topic]).run())
            if one.place.projection in ours
            else Retried(one, Outcome.OTHER_TABLES)
            for one in records
            if one.place.topic in known
        ]


@dataclass(frozen=True)
class _Retry:
    engine: AsyncEngine
    kafka: Rereading
    record: ParkedRecord
    topic: Topic
    project: Project

    @property
    def _compacted(self) -> bool:
        return self.topic.config["cleanup.policy"] == "compact"

    async def run(self) -> Outcome:
        """Until what was read of the topic is all that the projector has passed."""
        place = TopicPartition(self.record.place.topic, self.record.place.partition)
        self.kafka.consumer.assign([place])
        try:
            return await self._astray(place) or await self._take_up(place)
        except OffsetOutOfRangeError:
            # The log was another one a moment ago.
            return await self._astray(place) or Outcome.OUTSIDE

    async def _astray(self, place: TopicPartition) -> Outcome | None:
        """Why the record cannot be read in the log that there is now."""
        if (another := await self._another_topic()) is not None:
            return another
        # The position first: it is never beyond an end that is asked for later.
        passed = await self._passed()
        first, end = await self.kafka.bounds(place)
        # Once more: ids never come back, so now these bounds are known to be of the topic that is expected.
        if (another := await self._another_topic()) is not None:
            return another
        if max(passed, self.record.offset + 1) > end:
            return Outcome.OUTSIDE
        return await self._missing() if first > self.record.offset else None

    async def _another_topic(self) -> Outcome | None:
        found = await self.kafka.topic_id(self.record.place.topic)
        if found is None:
            return Outcome.GONE
        async with self.engine.connect() as connection:
            expected = await connection.scalar(topic_id_of(self.record.place))
        # A position that nobody has moved since ids are kept has none yet.
        return None if expected in {None, found} else Outcome.REPLACED

    async def _take_up(self, place: TopicPartition) -> Outcome:
        consumer = self.kafka.consumer
        consumer.seek(place, self.record.offset)
        history: list[Any] = []
        while True:
            until = await self._passed()
            while (scanned := await consumer.position(place)) < until and (self._compacted or not history):
                found = (await consumer.getmany(place, timeout_ms=POLL_MS)).get(place, ())
                history += self._of_the_key(history, found)
                if found and not history:
                    break
                if not found and (astray := await self._astray(place)) is not None:
                    return astray
            # Asked for after the records were fetched.
            if (another := await self._another_topic()) is not None:
                return another
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
