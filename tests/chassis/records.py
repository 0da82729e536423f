"""Kafka records as a partner's client would leave them, and what a test asks of an inbox afterwards."""

import json
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa

from chassis.inbox import PartnerInbox
from chassis.tables import held, inbox_count, outbox
from chassis.transaction import Transactions

TOPIC = "cordees.inbound.sessions.imt-mines-ales"
SOURCE = "urn:test:mines-ales:tutorat"


@dataclass
class Record:
    """What an inbox reads of a record."""

    offset: int
    value: bytes | None
    headers: list[tuple[str, bytes]]
    topic: str = TOPIC
    partition: int = 0


def held_session(session: str = "s-1", **changes: Any) -> dict[str, Any]:
    """A roll without anybody."""
    return {
        "session": session,
        "version": 1,
        "programme": "ales",
        "activity": "tutorat",
        "starts_at": "2019-03-06T14:00:00+01:00",
        "minutes": 90,
    } | changes


def record(offset: int, data: Any, *, id: str | None = None, **changes: Any) -> Record:  # noqa: A002 - its name
    """A SessionHeld in binary mode; `changes` replace headers (underscores as in `ce_source`)."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": id or f"event-{offset}",
        "ce_source": SOURCE,
        "ce_type": "fr.cordees.session.held.v1",
        "content-type": "application/json",
    } | changes
    value = data if isinstance(data, bytes) else json.dumps(data).encode()
    return Record(
        offset, value, [(name, text if isinstance(text, bytes) else text.encode()) for name, text in headers.items()]
    )


@dataclass
class Box:
    """An inbox under test."""

    transactions: Transactions
    inbox: PartnerInbox
    desk: Any = field(repr=False)

    async def receive(self, *records: Record) -> None:
        """One batch, one transaction."""
        async with self.transactions.begin() as tx:
            await self.inbox.receive(tx, records)

    async def announce(self, subject: str) -> None:
        """The registry entry arrives."""
        self.desk.known.add(subject)
        async with self.transactions.begin() as tx:
            await tx.announce(subject)

    async def counts(self) -> dict[str, int]:
        """Records by outcome, without the zeros."""
        query = sa.select(inbox_count.c.outcome, sa.func.sum(inbox_count.c.records)).group_by(inbox_count.c.outcome)
        async with self.transactions.begin() as tx:
            return {outcome: int(number) for outcome, number in await tx.connection.execute(query) if number}

    async def rejections(self) -> list[dict[str, Any]]:
        """What the partner will read."""
        query = sa.select(outbox.c.value).where(outbox.c.topic == f"{TOPIC}.rejected").order_by(outbox.c.id)
        async with self.transactions.begin() as tx:
            return [json.loads(row.value) for row in await tx.connection.execute(query)]

    async def published(self) -> list[str]:
        """Subjects of the facts in the outbox, in order."""
        query = sa.select(outbox.c.subject).where(outbox.c.subject.is_not(None)).order_by(outbox.c.id)
        async with self.transactions.begin() as tx:
            return list(await tx.connection.scalars(query))

    async def correlations(self) -> dict[str | None, str]:
        """Correlation id by subject; a refusal has no subject."""
        async with self.transactions.begin() as tx:
            rows = (await tx.connection.execute(sa.select(outbox.c.subject, outbox.c.headers))).all()
        return {row.subject: dict(row.headers)["ce_correlationid"] for row in rows}

    async def waiting(self) -> list[str]:
        """For what held records wait."""
        async with self.transactions.begin() as tx:
            return [row.waits_for for row in await tx.connection.execute(sa.select(held).order_by(held.c.id))]
