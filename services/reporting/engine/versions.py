"""Which versions of the projection there are: made, filled, live, retired. How they go is in `dropping`.

Each step is one transaction, but for indexes and statistics, which are made side by side.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, func, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from chassis.crashpoints import reach
from chassis.ending import together
from services.reporting.engine.schema import INDEXES, index_statements, schema_of, table_statements
from services.reporting.storage import VERSION_LOCK, Place
from services.reporting.tables import SHAPE, parked, position, projection

_TURN = 0
"""The advisory lock under which versions begin and take over; no version has this number. Held for a moment only: who
goes back in an emergency waits for nobody's indexes."""
_FINISHING = 0x66696E69
"""Advisory locks of this class name a version whose indexes are made."""

# Two are made at once, and each helper costs as much again as it spares: one, for the index that takes longest.
_WHILE_FINISHING = (
    "statement_timeout = 0",
    "maintenance_work_mem = '256MB'",
    "max_parallel_maintenance_workers = 1",
)
_AT_ONCE = 2

FILLING, LIVE, RETIRED = "filling", "live", "retired"


class Refused(Exception):
    """Something would be lost or shown wrongly; the message says what, in the operator's language."""


class AlreadyFilled(Refused):
    """A version is full and has not taken over: whoever has deployed a fix since means another one."""

    def __init__(self, number: int) -> None:
        """Says what may be done with it."""
        super().__init__(
            f"La version {number} est déjà remplie et attend : cordees projections compare {number}, puis "
            f"switch {number}. Pour en remplir une autre (après un correctif) : drop {number}, puis rebuild."
        )


@dataclass(frozen=True)
class Version:
    """`filled_at`: when it had first caught up, from when on the service keeps it up to date."""

    version: int
    status: str
    since: datetime
    filled_at: datetime | None
    shape: int = SHAPE

    @property
    def followed(self) -> bool:
        """Whether this service keeps it up to date, and not a rebuild, nor the code that made tables of its shape."""
        return self.filled_at is not None and self.shape == SHAPE

    @property
    def strict(self) -> bool:
        """Whether a record that cannot be read stops it."""
        return self.status == FILLING


async def list_versions(connection: AsyncConnection) -> list[Version]:
    """In their order."""
    columns = (
        projection.c.version,
        projection.c.status,
        projection.c.since,
        projection.c.filled_at,
        projection.c.shape,
    )
    return [Version(*row) for row in await connection.execute(select(*columns).order_by(projection.c.version))]


async def find_version(connection: AsyncConnection, number: int) -> Version:
    """Raises `Refused` where there is none."""
    found = [one for one in await list_versions(connection) if one.version == number]
    if not found:
        raise Refused(f"Il n'y a pas de version {number}.")
    return found[0]


async def begin_version(engine: AsyncEngine) -> Version:
    """The version that is being filled, or a new one with empty tables: whoever begins second joins the first.

    The number is a new one, also where the last version was dropped: Kafka still knows its consumer groups. Whoever
    joins while indexes are made waits: nobody is to write meanwhile.

    Raises `AlreadyFilled`, and `Refused` where another release is filling one.
    """
    async with engine.begin() as connection:
        await _alone(connection)
        joined = await _begun(connection)
        if joined is None:
            number = (await connection.execute(text("SELECT nextval('projection_number')"))).scalar_one()
            await connection.execute(insert(projection).values(version=number, status=FILLING, shape=SHAPE))
            for statement in table_statements(number):
                await connection.execute(text(statement))
            return await find_version(connection, number)
    async with engine.begin() as connection:
        await _wait_for(connection, func.pg_advisory_xact_lock_shared(_FINISHING, joined.version))
    return joined


async def _begun(connection: AsyncConnection) -> Version | None:
    """One that is not full yet; none where nobody has begun."""
    found = [one for one in await list_versions(connection) if one.status == FILLING]
    for one in found:
        check_shape(one)
    if found and all(one.filled_at for one in found):
        raise AlreadyFilled(found[-1].version)
    return next((one for one in found if one.filled_at is None), None)


async def finish_version(engine: AsyncEngine, number: int) -> None:
    """Indexes and statistics of a version that is full, two at a time; it is not followed before `follow_version`.

    Each is a transaction of its own: where it ends too early, the next rebuild makes what is missing. One process at a
    time, as a reader of this version: others are switched and dropped meanwhile. Raises `Refused` where it was dropped.
    """
    async with engine.begin() as connection:
        # Idle for as long as the others take.
        await connection.execute(text("SET LOCAL idle_in_transaction_session_timeout = 0"))
        await _wait_for(connection, func.pg_advisory_xact_lock(_FINISHING, number))
        await _wait_for(connection, func.pg_advisory_xact_lock_shared(VERSION_LOCK, number))
        await find_version(connection, number)
        await _side_by_side(engine, index_statements(number))
        tables = await connection.scalars(
            text("SELECT tablename FROM pg_tables WHERE schemaname = :schema"), {"schema": schema_of(number)}
        )
        await _side_by_side(engine, (f"ANALYZE {schema_of(number)}.{table}" for table in tables))


async def _side_by_side(engine: AsyncEngine, statements: Iterator[str]) -> None:
    await together(*(_work_off(engine, statements) for _ in range(_AT_ONCE)))


async def _work_off(engine: AsyncEngine, statements: Iterator[str]) -> None:
    """What nobody else has taken yet."""
    for statement in statements:
        async with engine.begin() as connection:
            for setting in _WHILE_FINISHING:
                await connection.execute(text(f"SET LOCAL {setting}"))
            await connection.execute(text(statement))
            reach("finishing.before_commit")
        reach("finishing.after_commit")


async def follow_version(engine: AsyncEngine, number: int) -> None:
    """From now on the service keeps it up to date. Raises `Refused` where it was dropped meanwhile."""
    async with engine.begin() as connection:
        await find_version(connection, number)
        ready = update(projection).where(projection.c.version == number, projection.c.filled_at.is_(None))
        await connection.execute(ready.values(filled_at=func.now()))


async def read_offsets(connection: AsyncConnection, number: int) -> dict[tuple[str, int], int]:
    """Next offset by topic and partition."""
    query = select(position.c.topic, position.c.partition, position.c.next_offset)
    rows = await connection.execute(query.where(position.c.projection == number))
    return {(topic, partition): offset for topic, partition, offset in rows}


async def lag_behind(connection: AsyncConnection, number: int, other: int) -> int:
    """How many offsets `other` has passed and `number` has not."""
    mine, others = await read_offsets(connection, number), await read_offsets(connection, other)
    return sum(max(0, offset - mine.get(place, 0)) for place, offset in others.items())


async def switch_version(engine: AsyncEngine, number: int, *, lag: int, force: bool) -> int:
    """Let a version answer from this commit on; gives the one that answered before.

    Raises `Refused` where it does not exist, is live, has not its indexes, or, without `force`, is not filled or has
    not caught up within `lag` offsets.
    """
    async with engine.begin() as connection:
        await _alone(connection)
        # Whoever drops it has done so, or will find it live.
        row = select(projection.c.version).where(projection.c.version == number)
        await connection.execute(row.with_for_update(key_share=True))
        wanted = await find_version(connection, number)
        (before,) = [one.version for one in await list_versions(connection) if one.status == LIVE]
        if wanted.status == LIVE:
            raise Refused(f"La version {number} est déjà en service.")
        check_shape(wanted)
        await check_finished(connection, wanted)
        if not force:
            _check_caught_up(wanted, await lag_behind(connection, number, before), lag)
        # The old one first: only one may be live at any time.
        for version, status in ((before, RETIRED), (number, LIVE)):
            changed = update(projection).where(projection.c.version == version)
            await connection.execute(changed.values(status=status, since=func.now()))
        # Whatever it still lacks, the service brings from now on.
        await connection.execute(
            update(projection)
            .where(projection.c.version == number)
            .values(filled_at=func.coalesce(projection.c.filled_at, func.now()))
        )
        return before


def check_shape(one: Version) -> None:
    """Raises `Refused` where another release has made the tables."""
    if one.shape != SHAPE:
        raise Refused(f"Les tables de la version {one.version} sont celles d'une autre version du logiciel.")


async def check_finished(connection: AsyncConnection, one: Version) -> None:
    """Raises `Refused` while indexes are missing: nobody makes them once it is live, and writers would stand still."""
    made = text("""
        SELECT count(*) FROM pg_class WHERE relnamespace = to_regnamespace(CAST(:schema AS text))
            AND relname = ANY (CAST(:names AS text[]))
    """)
    names = {"schema": schema_of(one.version), "names": list(INDEXES)}
    if one.filled_at is None and await connection.scalar(made, names) != len(INDEXES):
        raise Refused(
            f"La version {one.version} n'est pas encore remplie : il lui manque des index, que fait "
            "cordees projections rebuild."
        )


def _check_caught_up(wanted: Version, behind: int, lag: int) -> None:
    if not wanted.followed:
        raise Refused(f"La version {wanted.version} n'est pas encore remplie : cordees projections rebuild.")
    if behind > lag:
        raise Refused(
            f"La version {wanted.version} a {behind} messages de retard sur celle en service (permis : {lag})."
        )


async def _alone(connection: AsyncConnection) -> None:
    await connection.execute(select(func.pg_advisory_xact_lock(VERSION_LOCK, _TURN)))


async def _wait_for(connection: AsyncConnection, lock: ColumnElement[Any]) -> None:
    # Who makes indexes holds it for minutes.
    await connection.execute(text("SET LOCAL statement_timeout = 0"))
    await connection.execute(select(lock))


@dataclass(frozen=True)
class ParkedRecord:
    """A record that could not be read: where it is and why, never what it holds."""

    place: Place
    offset: int
    subject: str | None
    type: str | None
    reason: str
    field: str
    parked_at: datetime


async def list_parked(
    connection: AsyncConnection, version: int | None = None, topic: str | None = None
) -> Sequence[ParkedRecord]:
    """Of all versions and topics unless said, in the order of their places."""
    query = select(parked).order_by(parked.c.projection, parked.c.topic, parked.c.partition, parked.c.offset)
    if version is not None:
        query = query.where(parked.c.projection == version)
    if topic is not None:
        query = query.where(parked.c.topic == topic)
    return [
        ParkedRecord(
            Place(row.topic, row.partition, row.projection),
            row.offset,
            row.subject,
            row.type,
            row.reason,
            row.field,
            row.parked_at,
        )
        for row in await connection.execute(query)
    ]
