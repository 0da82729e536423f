"""One batch of one partition in one transaction: position, rows and parked records commit together or not at all."""

import gc
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

import structlog
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from chassis.crashpoints import reach
from chassis.errors import state_of
from contracts.topics import Topic
from services.reporting import metrics
from services.reporting.projections import Arrived, Project, Removed
from services.reporting.reading import Record, Skipped, header, read_record
from services.reporting.storage import Move, Parked, Place, among_given_up, move_position, park, use_projection

log = structlog.get_logger()

_MANY = 300_000
"""Objects that may be made before the collector looks: those of the batches of all lanes, since one that ends lets it
look while others still hold theirs."""
_OUR_FORM = {"22P03", "22P04"}
"""PostgreSQL's words for a value whose length is not that of its type, and for a row of too many values or too few."""
PARKED_LIMIT = 100
"""Beyond so many unreadable records of one topic something is wrong with more than a record."""


class TooManyParked(Exception):
    """More records of this topic cannot be read than may be parked: somebody has to look before it goes on."""


class Poison(Exception):
    """A record cannot be read, and a version that is being filled leaves none out."""

    def __init__(self, place: Place, parked: Parked) -> None:
        """Says which record and why, never what it holds."""
        self.place, self.parked = place, parked
        where = f"{place.topic}/{place.partition} offset {parked.offset}, ce_subject {parked.subject or '?'}"
        super().__init__(f"{where}: {parked.reason} ({parked.field})")


@dataclass(frozen=True)
class Batch:
    """Records of one partition in their order, from the stored position (`move.expected`) on.

    `strict` fills a version that does not answer yet: nothing is parked, and PostgreSQL need not wait for its disk,
    since rows and position would be lost together.
    """

    place: Place
    records: Sequence[Record]
    move: Move
    strict: bool = False


@dataclass(frozen=True)
class GivenUp:
    """An unreadable record that somebody gave up: it is passed over, on a rebuild as well."""

    parked: Parked


Read = Arrived | Removed | Skipped | Parked | GivenUp


async def project_batch(engine: AsyncEngine, topic: Topic, project: Project, batch: Batch) -> datetime | None:
    """The whole batch at once; where PostgreSQL refuses what a record holds, that record alone is parked.

    Gives the time of the newest event.

    Raises `PositionMoved` when another has been here, and `Poison`; nothing is written then. Raises `TooManyParked`
    when as many are parked as may be, so that they can be looked at; the position stands at the next one.
    """
    with _without_collector():
        read = await _leave_out(engine, batch, [read_record(topic, record) for record in batch.records])
        _refuse(batch, read)
        try:
            await _apply(engine, project, batch, read)
        except (DBAPIError, TooManyParked) as error:
            if isinstance(error, DBAPIError) and not refuses_content(error):
                raise
            for one, alone in zip(_singly(batch), read, strict=True):
                await _apply_or_park(engine, project, one, alone)
        return _newest(read)


async def _leave_out(engine: AsyncEngine, batch: Batch, read: Sequence[Read]) -> Sequence[Read]:
    """What somebody gave up is neither parked nor poison."""
    unreadable = [one.offset for one in read if isinstance(one, Parked)]
    if not unreadable:
        return read
    async with engine.connect() as connection:
        known = await among_given_up(connection, batch.place, unreadable)
    return [GivenUp(one) if isinstance(one, Parked) and one.offset in known else one for one in read]


def _refuse(batch: Batch, read: Sequence[Read]) -> None:
    poison = next((one for one in read if isinstance(one, Parked)), None)
    if batch.strict and poison is not None:
        raise Poison(batch.place, poison)


def spare_collector() -> None:
    """For a process that reads a topic: what it has loaded so far stays, and records come by the thousand.

    By default the collector would look through them again and again while they are unpacked.
    """
    if not gc.get_freeze_count():
        gc.freeze()
    gc.set_threshold(_MANY, *gc.get_threshold()[1:])


@contextmanager
def _without_collector() -> Iterator[None]:
    """Events and rows hold no circles, and looking for some took half the time of a batch of rolls.

    Where two batches overlap, the first one to end lets the collector look: never off for long.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def refuses_content(error: DBAPIError) -> bool:
    """Data exception or integrity violation: the same record would fail again.

    Not the form in which rows are handed over (copying.py): that is ours, and no record is to blame for it.
    """
    state = state_of(error)
    return state[:2] in {"22", "23"} and state not in _OUR_FORM


def _singly(batch: Batch) -> Iterator[Batch]:
    expected = batch.move.expected
    following = [record.offset for record in batch.records[1:]]
    for record, reached in zip(batch.records, [*following, batch.move.reached], strict=True):
        yield replace(batch, records=(record,), move=Move(expected, reached, batch.move.log_end))
        expected = reached


async def _apply_or_park(engine: AsyncEngine, project: Project, batch: Batch, read: Read) -> None:
    (record,) = batch.records
    try:
        await _apply(engine, project, batch, [read])
    except DBAPIError as error:
        if not refuses_content(error):
            raise
        why = Parked(record.offset, "not_storable", "data", header(record, "ce_subject"))
        refused = await _leave_out(engine, batch, [why])
        _refuse(batch, refused)
        await _apply(engine, project, batch, refused)


async def _apply(engine: AsyncEngine, project: Project, batch: Batch, read: Sequence[Read]) -> None:
    async with engine.begin() as connection:
        await use_projection(connection, batch.place.projection)
        if batch.strict:
            await connection.execute(text("SET LOCAL synchronous_commit = off"))
        await move_position(connection, batch.place, replace(batch.move, event_time=_newest(read)))
        await project(connection, [one for one in read if isinstance(one, Arrived | Removed)])
        await _park(connection, batch.place, [one for one in read if isinstance(one, Parked)])
        reach("projection.before_commit")
    reach("projection.after_commit")
    _tell(batch, read)


_OUTCOMES = {
    Arrived: "projected",
    Removed: "removed",
    Skipped: "skipped",
    Parked: "parked",
    GivenUp: "given_up",
}


def _newest(read: Sequence[Read]) -> datetime | None:
    times = [one.envelope.time for one in read if isinstance(one, Arrived) and one.envelope.time is not None]
    return max(times, default=None)


async def _park(connection: AsyncConnection, place: Place, unreadable: Sequence[Parked]) -> None:
    if not unreadable:
        return
    waiting = await park(connection, place, unreadable)
    if waiting > PARKED_LIMIT:
        raise TooManyParked
    metrics.PARKED.labels(place.projection, place.topic).set(waiting)


def _tell(batch: Batch, read: Sequence[Read]) -> None:
    """After the commit: one line for the batch. Each row keeps its correlation id and offset; a line each would not."""
    place, outcomes = batch.place, Counter(_OUTCOMES[type(one)] for one in read)
    for outcome, records in outcomes.items():
        metrics.RECORDS.labels(place.projection, place.topic, outcome).inc(records)
    where = {"projection": place.projection, "topic": place.topic, "partition": place.partition}
    log.info("projection.projected", **where, first=batch.move.expected, next=batch.move.reached, **outcomes)
    for one in read:
        if isinstance(one, Parked):
            log.error("projection.parked", **where, offset=one.offset, reason=one.reason, field=one.field)
        elif isinstance(one, GivenUp):
            log.warning("projection.given_up", **where, offset=one.parked.offset, reason=one.parked.reason)
