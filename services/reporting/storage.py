"""How rows get into PostgreSQL: the schema of a projection version, bulk statements, positions, parked records.

Knows tables, and nothing of what the facts mean.
"""

from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter
from typing import Any

import asyncpg
from sqlalchemy import Column, Integer, Select, Table, delete, func, insert, literal, select, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.errors import DomainError
from services.reporting.engine.schema import schema_of
from services.reporting.tables import PROJECTION, SHAPE, given_up, parked, position, projection

Row = Mapping[str, Any]

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


async def copy_rows(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """All rows, none of which stands there yet: COPY costs a third of an INSERT of the same rows."""
    if not rows:
        return
    names = [column.name for column in table.columns]
    lines = map(itemgetter(*names), rows)
    async with _driver(connection, table) as driver:
        await driver.copy_records_to_table(table.name, records=lines, columns=names)


async def copy_binary(connection: AsyncConnection, table: Table, names: Sequence[str], data: bytes) -> None:
    """Rows of these columns as PostgreSQL's COPY takes them in binary."""
    async with _driver(connection, table) as driver:
        # Bytes would be taken for the name of a file.
        await driver.copy_to_table(table.name, source=memoryview(data), columns=names, format="binary")


@asynccontextmanager
async def _driver(connection: AsyncConnection, table: Table) -> AsyncIterator[asyncpg.Connection]:
    """The driver itself, for COPY. SQLAlchemy has not seen such a statement: it is told of a fault as of its own."""
    driver = (await connection.get_raw_connection()).driver_connection
    if driver is None:
        raise RuntimeError("the connection was given back")
    try:
        yield driver
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OverflowError) as error:
        raise DBAPIError(f"COPY {table.name}", None, error) from error


async def replace_older(
    connection: AsyncConnection, table: Table, rows: Sequence[Row], key: str
) -> tuple[set[str], set[str]]:
    """The highest version wins. `rows` holds each key once.

    Gives the keys of the rows that were written, and those among them that stood there before. Whoever calls is the
    only writer of these rows.
    """
    if not rows:
        return set(), set()
    column = table.columns[key]
    among = column == func.any(literal([row[key] for row in rows], postgresql.ARRAY(column.type)))
    found = (await connection.execute(select(column, table.columns.version).where(among))).all()
    known = {row[0]: row[1] for row in found}
    newer = [row for row in rows if known.get(row[key], 0) < row["version"]]
    replaced = {row[key] for row in newer} & known.keys()
    await delete_rows(connection, table, column, replaced)
    await copy_rows(connection, table, newer)
    return {row[key] for row in newer}, replaced


async def delete_rows(connection: AsyncConnection, table: Table, key: Column[Any], values: Iterable[str]) -> None:
    """Delete the rows of these aggregates."""
    if wanted := list(values):
        await connection.execute(delete(table).where(key == func.any(literal(wanted, postgresql.ARRAY(key.type)))))


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
