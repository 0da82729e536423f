"""What rows stand in PostgreSQL: the schema of a projection version, what is replaced, positions, parked records.

Knows tables, and nothing of what the facts mean.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Integer, Select, delete, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.errors import DomainError
from services.reporting.engine.schema import schema_of
from services.reporting.tables import PROJECTION, SHAPE, given_up, parked, position, projection

VERSION_LOCK = 0x70726F6A
"""Advisory locks of PostgreSQL in this class name a projection version: shared by its readers, exclusive to drop it."""


class NoLiveVersion(DomainError):
    """La projection en service a les tables d'une autre version du logiciel (cordees projections rebuild, switch)."""


class VersionGone(Exception):
    """The version was dropped: nothing is written of it any more."""


class PositionMoved(Exception):
    """Somebody else has moved this position: the batch is rolled back and the position read again."""


@dataclass(frozen=True)
class Place:
    """A partition of a topic, for one projection version."""

    topic: str
    partition: int
    projection: int = PROJECTION


@dataclass(frozen=True)
class Parked:
    """A record of ours that cannot be read: why and where, never its content."""

    offset: int
    reason: str
    field: str
    subject: str | None = None
    type: str | None = None
    correlation: str | None = None


_LIVE = (projection.c.status == "live", projection.c.shape == SHAPE)


async def use_projection(connection: AsyncConnection, version: int | None = None) -> int:
    """Resolve the fact tables in a version's schema until the transaction ends; gives the version.

    Without one: the live version, read once. Whoever begins a snapshot with this reads one version throughout, and it
    is not dropped meanwhile. Raises `NoLiveVersion`.
    """
    if version is None:
        lock = func.pg_advisory_xact_lock_shared(VERSION_LOCK, projection.c.version.cast(Integer))
        live = select(projection.c.version, lock).where(*_LIVE)
        version = await connection.scalar(live)
    if version is None:
        raise NoLiveVersion
    await connection.execute(select(func.set_config("search_path", f"{schema_of(version)},public", True)))  # noqa: FBT003
    return version


async def live_version(connection: AsyncConnection) -> int:
    """Which one answers. Raises `NoLiveVersion`."""
    found: int | None = await connection.scalar(select(projection.c.version).where(*_LIVE))
    if found is None:
        raise NoLiveVersion
    return found


async def clear_older(
    connection: AsyncConnection, key: Column[str], versions: Mapping[str, int]
) -> tuple[set[str], set[str]]:
    """Make room for these versions: the highest one wins.

    Gives the keys that may be written now, and those among them whose older row was deleted for it. Whoever calls is
    the only writer of these rows.
    """
    if not versions:
        return set(), set()
    among = key == func.any(literal(list(versions), postgresql.ARRAY(key.type)))
    found = await connection.execute(select(key, key.table.columns.version).where(among))
    known = {row[0]: row[1] for row in found}
    newer = {one for one, version in versions.items() if known.get(one, 0) < version}
    replaced = newer & known.keys()
    await delete_rows(connection, key, replaced)
    return newer, replaced


async def delete_rows(connection: AsyncConnection, key: Column[str], values: Iterable[str]) -> None:
    """Delete the rows of these aggregates."""
    if wanted := list(values):
        among = key == func.any(literal(wanted, postgresql.ARRAY(key.type)))
        await connection.execute(delete(key.table).where(among))


@dataclass
class Reached:
    """The next offset to project, the time of the newest event projected so far, and which topic that is (its id)."""

    next_offset: int
    event_time: datetime | None = None
    topic_id: str | None = None


async def start_position(connection: AsyncConnection, place: Place, first: int, topic_id: str | None = None) -> Reached:
    """Begin at `first` where nothing stands yet; gives what stands. The first topic id that is told stays.

    Raises `VersionGone`: whoever follows a version hears a second later that it was dropped.
    """
    # Held until the commit, and dropping waits for it: no position is left behind.
    known = select(projection.c.version).where(projection.c.version == place.projection)
    if await connection.scalar(known.with_for_update(read=True, key_share=True)) is None:
        raise VersionGone
    row = {"projection": place.projection, "topic": place.topic, "partition": place.partition, "next_offset": first}
    await connection.execute(postgresql.insert(position).values(row).on_conflict_do_nothing())
    unnamed = update(position).where(*_at(place), position.c.topic_id.is_(None))
    await connection.execute(unnamed.values(topic_id=topic_id))
    columns = (position.c.next_offset, position.c.event_time, position.c.topic_id)
    found = await connection.execute(select(*columns).where(*_at(place)))
    return Reached(*found.one())


@dataclass(frozen=True)
class Move:
    """How far a batch went: from `expected` to `reached`, the log's end as then seen, the newest event's time."""

    expected: int
    reached: int
    log_end: int | None = None
    event_time: datetime | None = None


async def move_position(connection: AsyncConnection, place: Place, move: Move) -> None:
    """Compare and set. Raises `PositionMoved` when `expected` is not what stands there."""
    newest = func.greatest(position.c.event_time, move.event_time)
    statement = update(position).where(*_at(place), position.c.next_offset == move.expected)
    values = {"next_offset": move.reached, "event_time": newest, "log_end": move.log_end}
    result = await connection.execute(statement.values(values))
    if result.rowcount != 1:
        raise PositionMoved


def _at(place: Place) -> tuple[Any, ...]:
    return (
        position.c.projection == place.projection,
        position.c.topic == place.topic,
        position.c.partition == place.partition,
    )


async def park(connection: AsyncConnection, place: Place, records: Sequence[Parked]) -> int:
    """Keep why records could not be read; gives how many of this topic are parked now."""
    for record in records:
        where = {"projection": place.projection, "topic": place.topic, "partition": place.partition}
        await connection.execute(insert(parked).values(vars(record) | where | {"parked_at": func.now()}))
    return await count_parked(connection, place.topic, place.projection)


async def count_parked(connection: AsyncConnection, topic: str, projection: int = PROJECTION) -> int:
    """How many records of a topic wait for somebody to look at them."""
    query = select(func.count()).where(parked.c.projection == projection, parked.c.topic == topic)
    return await connection.scalar(query) or 0


def topic_id_of(place: Place) -> Select[Any]:
    """Of the topic that this version reads there."""
    return select(position.c.topic_id).where(*_at(place))


async def among_given_up(connection: AsyncConnection, place: Place, offsets: Collection[int]) -> set[int]:
    """Those of these offsets that somebody gave up."""
    query = select(given_up.c.offset).where(
        given_up.c.topic == place.topic,
        given_up.c.topic_id == topic_id_of(place).scalar_subquery(),
        given_up.c.partition == place.partition,
        given_up.c.offset == func.any(literal(list(offsets), postgresql.ARRAY(given_up.c.offset.type))),
    )
    return set(await connection.scalars(query))
