"""Records that wait for an entry of the registry. Nothing is refused for having come first (DESIGN §4)."""

from dataclasses import dataclass
from datetime import timedelta

import sqlalchemy as sa

from chassis.rejecting import Position
from chassis.tables import held
from chassis.transaction import Transaction
from contracts.envelope import Envelope

# One advisory lock per database: batches share it, whoever announces a registry entry has it alone. Without it an
# entry could arrive between a batch's "unknown" and its "held", and nobody would ever take the record up.
_LOCK = 0x636F7264


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

    async def hold(self, tx: Transaction, envelope: Envelope, position: Position, subject: str) -> None:
        """Keep the record until `subject` is announced."""
        row = {
            "topic": position.topic,
            "partition": position.partition,
            "offset": position.offset,
            "waits_for": subject,
            "source": envelope.source,
            "event_id": envelope.id,
            "type": envelope.type,
            "data": envelope.data,
            "correlation": tx.correlation,
            "since": tx.now,
        }
        await tx.connection.execute(sa.insert(held).values(row))

    async def waiting_for(self, tx: Transaction, subject: str) -> list[Waiting]:
        """In the order of arrival, under the exclusive lock."""
        await tx.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        return await self._read(tx, held.c.waits_for == subject)

    async def waiting_longer_than(self, tx: Transaction, days: int) -> list[Waiting]:
        """What is older than `days`, under the exclusive lock."""
        await tx.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        return await self._read(tx, held.c.since < tx.now - timedelta(days=days))

    async def wait_for(self, tx: Transaction, waiting: Waiting, subject: str) -> None:
        """Another entry is missing as well."""
        await tx.connection.execute(sa.update(held).where(held.c.id == waiting.id).values(waits_for=subject))

    async def release(self, tx: Transaction, waiting: Waiting) -> None:
        """It was decided."""
        await tx.connection.execute(sa.delete(held).where(held.c.id == waiting.id))

    async def _read(self, tx: Transaction, condition: sa.ColumnElement[bool]) -> list[Waiting]:
        rows = (await tx.connection.execute(sa.select(held).where(condition).order_by(held.c.id))).all()
        return [
            Waiting(
                id=row.id,
                position=Position(row.topic, row.partition, row.offset),
                envelope=Envelope(id=row.event_id, source=row.source, type=row.type, data=row.data),
                correlation=row.correlation,
                waits_for=row.waits_for,
            )
            for row in rows
        ]
