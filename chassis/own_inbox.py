"""Reads our own topics: tolerant, because whoever wrote may be newer than whoever reads."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import structlog
from pydantic import ValidationError

from chassis.positions import Outcome, Record, receive
from chassis.transaction import Transaction
from contracts.catalogue import EVENTS
from contracts.envelope import NotAnEvent, decode
from contracts.topics import Topic

log = structlog.get_logger()

OwnHandler = Callable[[Transaction, Any], Awaitable[None]]


class OwnInbox:
    """Reads one of our own topics: tolerant, the highest version wins, newer types are skipped and counted."""

    def __init__(self, topic: Topic, handle: OwnHandler) -> None:
        self.topic, self._handle = topic, handle

    async def receive(self, tx: Transaction, records: Sequence[Record]) -> None:
        """One batch."""
        await receive(tx, records, self.decide_all)

    async def decide_all(self, tx: Transaction, records: Sequence[Record]) -> list[Outcome]:
        """Accepted, or skipped: a tombstone, or a type that a newer service published."""
        return [await self._take(tx, record) for record in records]

    async def _take(self, tx: Transaction, record: Record) -> Outcome:
        if record.value is None:
            return Outcome.SKIPPED
        try:
            envelope = decode(record.headers, record.value)
            kind = EVENTS.get(envelope.type)
            if kind is None:
                return Outcome.SKIPPED
            event = kind.parse_read(envelope.data)
        except (NotAnEvent, ValidationError) as error:
            # One of ours that cannot be read is set aside and counted; those behind it are not delayed.
            where = {"topic": record.topic, "partition": record.partition, "offset": record.offset}
            # No traceback: it could quote the record.
            log.error("inbox.unreadable", **where, error=type(error).__name__)  # noqa: TRY400
            return Outcome.REJECTED
        await self._handle(tx.on_behalf_of(envelope.correlation), event)
        return Outcome.ACCEPTED
