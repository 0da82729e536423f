"""Records that will never be read: somebody says so, and from then on no version waits for them.

Those that the live version has parked; others are read first (`giving_up_unread.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.reporting.engine.versions import Refused
from services.reporting.storage import Parked, Place, live_version, topic_id_of
from services.reporting.tables import given_up, parked, position

REASON_LENGTH = 500

_WHY = tuple(Parked.__dataclass_fields__)


class NotParked(Refused):
    """The live version has not parked it."""


@dataclass(frozen=True)
class GivenUpRecord:
    """Where it is, why it could not be read, and why nobody waits for it; never what it holds, nor who said so."""

    topic: str
    topic_id: str
    partition: int
    offset: int
    subject: str | None
    type: str | None
    reason: str
    field: str
    parked_at: datetime
    given_up_reason: str
    given_up_at: datetime


@dataclass(frozen=True)
class Log:
    """A partition of a topic, and not of another one of the same name."""

    topic: str
    topic_id: str
    partition: int


async def give_up(engine: AsyncEngine, topic: str, partition: int, offset: int, reason: str) -> Parked:
    """The record leaves the parked ones, of every version that reads the same topic. For good. Gives why it was parked.

    Raises `NotParked` where the live version has not parked it, `versions.Refused`, and `storage.NoLiveVersion`.
    """
    said = check_reason(reason)
    async with engine.begin() as connection:
        live = Place(topic, partition, await live_version(connection))
        topic_id: str | None = await connection.scalar(topic_id_of(live))
        log = topic_id and Log(topic, topic_id, partition)
        removed = await unpark(connection, log, offset) if log else ()
        found = next((row for row in removed if row["projection"] == live.projection), None)
        if not log or found is None:
            raise NotParked(f"{topic} {partition} {offset} n'est pas mis de côté dans la version {live.projection}.")
        why = Parked(**{name: found[name] for name in _WHY})
        await keep(connection, log, why, said, found["parked_at"])
    return why


async def keep(
    connection: AsyncConnection, log: Log, why: Parked, said: str, parked_at: datetime | None = None
) -> None:
    """Write it down: with the reason that somebody gave, and since when it is known; now unless said."""
    where = vars(log) | {"offset": why.offset}
    word = {"given_up_reason": said, "given_up_at": func.now()}
    row = vars(why) | where | word | {"parked_at": parked_at or func.now()}
    # It is there only if a version read its topic once more; the last word stands.
    known = postgresql.insert(given_up).values(row)
    await connection.execute(known.on_conflict_do_update(index_elements=list(where), set_=word))


def check_reason(reason: str) -> str:
    """Fit for a column and a line of a list. Raises `Refused`."""
    said = "".join(letter if letter.isprintable() else " " for letter in reason).strip()
    if not said or len(said) > REASON_LENGTH:
        raise Refused(f"Le motif doit avoir de 1 à {REASON_LENGTH} signes.")
    return said


async def unpark(connection: AsyncConnection, log: Log, offset: int) -> Sequence[Any]:
    """From every version that reads this topic there.

    Whoever takes it up meanwhile comes before or after, and the second finds nothing.
    """
    same = select(position.c.projection).where(
        position.c.topic == log.topic, position.c.partition == log.partition, position.c.topic_id == log.topic_id
    )
    gone = delete(parked).where(
        parked.c.topic == log.topic,
        parked.c.partition == log.partition,
        parked.c.offset == offset,
        parked.c.projection.in_(same),
    )
    return (await connection.execute(gone.returning(parked))).mappings().all()


async def list_given_up(connection: AsyncConnection, topic: str | None = None) -> Sequence[GivenUpRecord]:
    """Of all topics unless said, in the order of their places."""
    columns = [given_up.c[name] for name in GivenUpRecord.__dataclass_fields__]
    order = tuple_(given_up.c.topic, given_up.c.partition, given_up.c.offset, given_up.c.given_up_at)
    query = select(*columns).order_by(order)
    if topic is not None:
        query = query.where(given_up.c.topic == topic)
    return [GivenUpRecord(*row) for row in await connection.execute(query)]


async def count_given_up(connection: AsyncConnection, topic: str) -> int:
    """How many records of a topic count nowhere."""
    return await connection.scalar(select(func.count()).where(given_up.c.topic == topic)) or 0
