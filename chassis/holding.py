"""Records that wait for an entry of the registry. Nothing is refused for having come first (DESIGN §4)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from chassis.arrivals import Arrived
from chassis.bulk import among, arrays, given
from chassis.rejecting import Position
from chassis.tables import held
from chassis.transaction import Transaction
from contracts.envelope import Envelope

# One advisory lock per database: batches share it, whoever announces a registry entry has it alone. Without it an
# entry could arrive between a batch's "unknown" and its "held", and nobody would ever take the record up.
_LOCK = 0x636F7264

_COLUMNS = {column.name: column.type for column in held.columns if column.name != "id"}
_HOLD = sa.insert(held).from_select(list(_COLUMNS), sa.select(given(**_COLUMNS)))
_WAITING = sa.select(held).order_by(held.c.id)
_NEXT = given(id=sa.BigInteger, waits_for=sa.Text)
_WAIT = sa.update(held).where(held.c.id == _NEXT.c.id).values(waits_for=_NEXT.c.waits_for)
_RELEASE = sa.delete(held).where(among(held.c.id))


@dataclass(frozen=True)
class Waiting:
    """A held record."""

    id: int
    position: Position
    envelope: Envelope
    correlation: str
    waits_for: str


class Holding:
    """The table of held records."""

    async def share(self, tx: Transaction) -> None:
        """Taken at the start of a batch, before any row is locked."""
        await tx.connection.execute(sa.select(sa.func.pg_advisory_xact_lock_shared(_LOCK)))

    async def take_alone(self, tx: Transaction) -> None:
        """Taken by whoever changes what records wait for: no batch is under way then."""
        await tx.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))

    async def hold(self, tx: Transaction, waiting: Sequence[tuple[Arrived, str]]) -> None:
        """Keep each record, in this order, until its subject is announced."""
        rows = [
            {
                "topic": one.position.topic,
                "partition": one.position.partition,
                "offset": one.position.offset,
                "waits_for": subject,
                "source": one.envelope.source,
                "event_id": one.envelope.id,
                "type": one.envelope.type,
                "data": one.envelope.data,
                "correlation": one.correlation,
                "since": tx.now,
            }
            for one, subject in waiting
        ]
        if rows:
            await tx.connection.execute(_HOLD, arrays(rows))

    async def waiting_for(self, tx: Transaction, subject: str, after: int, limit: int) -> list[Waiting]:
        """The next ones behind the id `after`, in the order of arrival."""
        return await self._read(tx, _WAITING.where(held.c.waits_for == subject, held.c.id > after).limit(limit))

    async def waiting_longer_than(self, tx: Transaction, days: int) -> list[Waiting]:
        """What is older than `days`; nobody else takes it up meanwhile."""
        await self.take_alone(tx)
        return await self._read(tx, _WAITING.where(held.c.since < tx.now - timedelta(days=days)))

    async def wait_for(self, tx: Transaction, waiting: Sequence[tuple[Waiting, str]]) -> None:
        """Another entry is missing as well."""
        if rows := [{"id": one.id, "waits_for": subject} for one, subject in waiting if subject != one.waits_for]:
            await tx.connection.execute(_WAIT, arrays(rows))

    async def release(self, tx: Transaction, decided: Sequence[Waiting]) -> None:
        """They were decided."""
        if decided:
            await tx.connection.execute(_RELEASE, {"wanted": [one.id for one in decided]})

    async def _read(self, tx: Transaction, query: sa.Select[Any]) -> list[Waiting]:
        return [
            Waiting(
                id=row.id,
                position=Position(row.topic, row.partition, row.offset),
                envelope=Envelope(id=row.event_id, source=row.source, type=row.type, data=row.data),
                correlation=row.correlation,
                waits_for=row.waits_for,
            )
            for row in await tx.connection.execute(query)
        ]
