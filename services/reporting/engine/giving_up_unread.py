"""Records that stop a version that is being filled, and that the live one has not parked: read, then given up.

The live one may stand before them for good, where their topic was made anew. Nobody's word is enough here: a record is
given up only if the engine, now, could not take it either.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from aiokafka import TopicPartition
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.topics import Topic
from services.reporting.batches import refuses_content
from services.reporting.engine.giving_up import Log, NotParked, check_reason, give_up, keep, unpark
from services.reporting.engine.rereading import Rereading, rereading
from services.reporting.engine.versions import FILLING, Refused, list_versions
from services.reporting.projections import PROJECTIONS, Arrived, Project, Removed
from services.reporting.reading import header, read_record
from services.reporting.storage import NoLiveVersion, Parked, use_projection
from services.reporting.tables import SHAPE, position


@dataclass(frozen=True)
class GivingUp:
    """Gives up whatever may be: what the live version has parked, else what stops a version that is being filled."""

    engine: AsyncEngine
    bootstrap: str
    projections: Sequence[tuple[Topic, Project]] = PROJECTIONS

    async def run(self, topic: str, partition: int, offset: int, reason: str) -> Parked:
        """Gives why it could not be read. Raises `versions.Refused`, and aiokafka's errors when the broker is away."""
        try:
            return await give_up(self.engine, topic, partition, offset, reason)
        except (NotParked, NoLiveVersion) as refusal:
            return await self._unread(TopicPartition(topic, partition), offset, check_reason(reason), refusal)

    async def _unread(self, place: TopicPartition, offset: int, said: str, refusal: Exception) -> Parked:
        known = {topic.name: (topic, project) for topic, project in self.projections}
        async with self.engine.connect() as connection:
            found = await _standing_before(connection, place, offset)
        if found is None or place.topic not in known:
            raise Refused(f"{refusal} Aucune version qui se remplit ne s'y arrête non plus.")
        version, log = found
        record = await self._read(version, log, offset)
        async with self.engine.begin() as connection:
            # Held until the commit: the projector of this partition waits.
            passed = await connection.scalar(_position(version, place).with_for_update())
            if passed is None or passed > offset:
                raise Refused(f"La version {version} a passé {place.topic} {place.partition} {offset} entre-temps.")
            why = await _why(connection, version, *known[place.topic], record)
            await unpark(connection, log, offset)
            await keep(connection, log, why, said)
        return why

    async def _read(self, version: int, log: Log, offset: int) -> Any:
        async with rereading(self.bootstrap) as kafka:
            await _check_topic(kafka, version, log)
            record = await kafka.record(TopicPartition(log.topic, log.partition), offset)
            # Once more: ids never come back, so now the record is known to be of the topic that is expected.
            await _check_topic(kafka, version, log)
        if record is None:
            raise Refused(f"{log.topic} {log.partition} n'a pas de message à l'offset {offset}.")
        return record


async def _check_topic(kafka: Rereading, version: int, log: Log) -> None:
    if await kafka.topic_id(log.topic) != log.topic_id:
        raise Refused(
            f"Le topic {log.topic} n'est plus celui que lit la version {version} : il a été supprimé ou recréé. "
            f"cordees projections drop {version}, puis rebuild."
        )


async def _standing_before(connection: AsyncConnection, place: TopicPartition, offset: int) -> tuple[int, Log] | None:
    """The version that is being filled and has not passed it.

    Not the offset at which it stands: that is where the batch begins, of which nothing was written.
    """
    for one in await list_versions(connection):
        if one.status == FILLING and one.shape == SHAPE:
            row = (await connection.execute(_position(one.version, place))).one_or_none()
            if row is not None and row.topic_id is not None and row.next_offset <= offset:
                return one.version, Log(place.topic, row.topic_id, place.partition)
    return None


def _position(version: int, place: TopicPartition) -> Any:
    return select(position.c.next_offset, position.c.topic_id).where(
        position.c.projection == version, position.c.topic == place.topic, position.c.partition == place.partition
    )


async def _why(connection: AsyncConnection, version: int, topic: Topic, project: Project, record: Any) -> Parked:
    """As in a batch: it cannot be read, or PostgreSQL refuses what it holds. Raises `Refused` where neither is so."""
    read = read_record(topic, record)
    if isinstance(read, Parked):
        return read
    if isinstance(read, Arrived | Removed) and await _is_refused(connection, version, project, read):
        return Parked(record.offset, "not_storable", "data", header(record, "ce_subject"))
    raise Refused(f"{topic.name} {record.partition} {record.offset} est lisible : il n'est pas abandonné.")


async def _is_refused(connection: AsyncConnection, version: int, project: Project, read: Arrived | Removed) -> bool:
    """Tried, and taken back whatever comes of it."""
    trial = await connection.begin_nested()
    try:
        await use_projection(connection, version)
        await project(connection, [read])
    except DBAPIError as error:
        if not refuses_content(error):
            raise
        return True
    finally:
        await trial.rollback()
    return False
