"""Records that will never be read: somebody says so, and from then on no version waits for them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import delete, func, select, tuple_
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.reporting.engine.versions import Refused
from services.reporting.storage import Place, live_version, topic_id_of
from services.reporting.tables import given_up, parked, position

REASON_LENGTH = 500

_COPIED = ("subject", "type", "correlation", "reason", "field", "parked_at")


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


async def give_up(engine: AsyncEngine, topic: str, partition: int, offset: int, reason: str) -> None:
    """The record leaves the parked ones, of every version that reads the same topic. For good.

    Raises `versions.Refused` where the live version has not parked it, and `storage.NoLiveVersion`.
    """
    reason = _fit(reason)
    async with engine.begin() as connection:
        live = Place(topic, partition, await live_version(connection))
        topic_id: str | None = await connection.scalar(topic_id_of(live))
        removed = await _unpark(connection, live, topic_id, offset)
        found = next((row for row in removed if row["projection"] == live.projection), None)
        if topic_id is None or found is None:
            raise Refused(f"{topic} {partition} {offset} n'est pas mis de côté dans la version {live.projection}.")
        where = {"topic": topic, "topic_id": topic_id, "partition": partition, "offset": offset}
        said = {"given_up_reason": reason, "given_up_at": func.now()}
        row = where | {name: found[name] for name in _COPIED} | said
        # It is there only if a version read its topic once more; the last word stands.
        known = postgresql.insert(given_up).values(row)
        await connection.execute(known.on_conflict_do_update(index_elements=list(where), set_=said))


def _fit(reason: str) -> str:
    """For a column and a line of a list. Raises `Refused`."""
    said = "".join(letter if letter.isprintable() else " " for letter in reason).strip()
    if not said or len(said) > REASON_LENGTH:
        raise Refused(f"Le motif doit avoir de 1 à {REASON_LENGTH} signes.")
    return said


async def _unpark(connection: AsyncConnection, live: Place, topic_id: str | None, offset: int) -> Sequence[Any]:
    """Whoever takes it up meanwhile comes before or after, and the second finds nothing."""
    same = select(position.c.projection).where(
        position.c.topic == live.topic, position.c.partition == live.partition, position.c.topic_id == topic_id
    )
    gone = delete(parked).where(
        parked.c.topic == live.topic,
        parked.c.partition == live.partition,
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
