"""The one transaction of a request or batch: state, outbox and inbox commit together, and only the edge commits."""

import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from chassis import outbox
from chassis.outbox import Row
from contracts.base import Event
from contracts.envelope import Message

Announce = Callable[["Transaction", str], Awaitable[None]]


async def _nobody_waits(_tx: "Transaction", _subject: str) -> None:
    """A service without inbound topics holds nothing back."""


@dataclass(frozen=True)
class Transaction:
    """What handlers get. `now` is UTC; `correlation` names the message or request that started it all."""

    connection: AsyncConnection
    now: datetime
    correlation: str
    source: str
    max_event_bytes: int
    outgoing: list[Row] = field(default_factory=list, repr=False)
    _announce: Announce = field(default=_nobody_waits, repr=False)

    async def publish(self, event: Event) -> None:
        """Put the fact into the outbox. Raises `EventTooLarge`; the broker hears of it after the commit.

        Rows are written together, before the commit: the aggregate's lock is still held then, so the order of ids is
        the order of versions.
        """
        self.outgoing.append(
            outbox.row_of(
                event, source=self.source, time=self.now, correlation=self.correlation, limit=self.max_event_bytes
            )
        )

    def post(self, topic: str, message: Message) -> None:
        """Put a ready record into the outbox: one that is no fact of ours."""
        self.outgoing.append(outbox.row_of_message(topic, message))

    async def announce(self, subject: str) -> None:
        """Say that this registry entry is known here now: whatever waits for it is taken up, in this transaction."""
        await self._announce(self, subject)

    def on_behalf_of(self, correlation: str | None) -> "Transaction":
        """The same transaction, for a message with a correlation id of its own."""
        return replace(self, correlation=correlation) if correlation else self


class Transactions:
    """Opens transactions; one per service."""

    def __init__(self, engine: AsyncEngine, service: str, max_event_bytes: int) -> None:
        self._engine = engine
        self._source = f"urn:cordees:service:{service}"
        self._max_event_bytes = max_event_bytes
        self.announce: Announce = _nobody_waits

    @asynccontextmanager
    async def begin(self, correlation: str | None = None) -> AsyncIterator[Transaction]:
        """Commit at the end, roll back on any exception."""
        async with self._engine.begin() as connection:
            tx = Transaction(
                connection=connection,
                now=datetime.now(UTC),
                correlation=correlation or str(uuid.uuid4()),
                source=self._source,
                max_event_bytes=self._max_event_bytes,
                _announce=self.announce,
            )
            yield tx
            await outbox.write(connection, tx.outgoing)
