"""How rows get into PostgreSQL: the schema of a projection version, bulk statements, positions, parked records.

Knows tables, and nothing of what the facts mean.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Integer, Table, delete, func, insert, literal, select, text, update
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting.engine.schema import schema_of
from services.reporting.tables import PROJECTION, parked, position, projection

Row = Mapping[str, Any]
_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]


VERSION_LOCK = 0x70726F6A
"""Advisory locks of PostgreSQL in this class name a projection version: shared by its readers, exclusive to drop it."""


class NoLiveVersion(Exception):
    """No version of the projection is live: the table `projection` was changed by hand."""


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


async def use_projection(connection: AsyncConnection, version: int | None = None) -> int:
    """Resolve the fact tables in a version's schema until the transaction ends; gives the version.

    Without one: the live version, read once. Whoever begins a snapshot with this reads one version throughout, and it
    is not dropped meanwhile. Raises `NoLiveVersion`.
    """
    if version is None:
        lock = func.pg_advisory_xact_lock_shared(VERSION_LOCK, projection.c.version.cast(Integer))
        live = select(projection.c.version, lock).where(projection.c.status == "live")
        version = await connection.scalar(live)
    if version is None:
        raise NoLiveVersion
    await connection.execute(select(func.set_config("search_path", f"{schema_of(version)},public", True)))  # noqa: FBT003
    return version


async def live_version(connection: AsyncConnection) -> int:
    """Which one answers. Raises `NoLiveVersion`."""
    found: int | None = await connection.scalar(select(projection.c.version).where(projection.c.status == "live"))
    if found is None:
        raise NoLiveVersion
    return found


async def insert_rows(connection: AsyncConnection, table: Table, rows: Sequence[Row]) -> None:
    """All rows in one statement, one array a column. What stands there already stays."""
    if rows:
        await connection.execute(text(f"{_unnest(table)} ON CONFLICT DO NOTHING"), _arrays(table, rows))


async def insert_new(connection: AsyncConnection, table: Table, rows: Sequence[Row], keys: Sequence[str]) -> set[Any]:
    """Like `insert_rows`; gives the keys of the rows that were not there."""
    if not rows:
        return set()
    statement = f"{_unnest(table)} ON CONFLICT DO NOTHING RETURNING {', '.join(keys)}"
    return {tuple(row) for row in await connection.execute(text(statement), _arrays(table, rows))}


async def replace_older(connection: AsyncConnection, table: Table, rows: Sequence[Row], key: str) -> set[str]:
    """The highest version wins; gives the keys of the rows that were written. `rows` holds each key once."""
    if not rows:
        return set()
    changed = ", ".join(
        f"{name} = excluded.{name}" for name in [column.name for column in table.columns] if name != key
    )
    statement = (
        f"{_unnest(table)} ON CONFLICT ({key}) DO UPDATE SET {changed} "
        f"WHERE {table.name}.version < excluded.version RETURNING {key}"
    )
    return {row[0] for row in await connection.execute(text(statement), _arrays(table, rows))}


async def delete_rows(connection: AsyncConnection, table: Table, key: Column[Any], values: Iterable[str]) -> None:
    """Delete the rows of these aggregates."""
    if wanted := list(values):
        await connection.execute(delete(table).where(key == func.any(literal(wanted, postgresql.ARRAY(key.type)))))


def _unnest(table: Table) -> str:
    # Names come from the tables of this package, values are parameters.
    names = ", ".join(column.name for column in table.columns)
    arrays = ", ".join(f"CAST(:{c.name} AS {c.type.compile(_DIALECT)}[])" for c in table.columns)
    return f"INSERT INTO {table.name} ({names}) SELECT * FROM unnest({arrays})"  # noqa: S608


def _arrays(table: Table, rows: Sequence[Row]) -> dict[str, list[Any]]:
    return {column.name: [row.get(column.name) for row in rows] for column in table.columns}


@dataclass
class Reached:
    """The next offset to project, the time of the newest event projected so far, and which topic that is (its id)."""

    next_offset: int
    event_time: datetime | None = None
    topic_id: str | None = None


async def start_position(connection: AsyncConnection, place: Place, first: int, topic_id: str | None = None) -> Reached:
    """Begin at `first` where nothing stands yet; gives what stands. The first topic id that is told stays."""
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
