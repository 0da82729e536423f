"""Receives records: nothing lost, each decided once, in the same transaction as the state.

The position of each partition stands in PostgreSQL and moves in the transaction that decides, so a record met again
after a crash or a rebalance is neither decided nor counted twice; offsets in Kafka are for tools only.
"""

import uuid
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from pydantic import ValidationError

from chassis.digests import digest_of
from chassis.errors import DomainError, NotKnownYet, Refused, fault_of
from chassis.holding import Holding, Waiting
from chassis.positions import Outcome, Record, count, receive
from chassis.references import RecordKeys
from chassis.rejecting import Position, rejection
from chassis.seen import Seen
from chassis.transaction import Transaction
from contracts.base import Event
from contracts.catalogue import EVENTS
from contracts.envelope import Envelope, NotAnEvent, decode
from contracts.partners import Partner, PartnerSource
from contracts.topics import Topic

__all__ = ["Origin", "Outcome", "OwnInbox", "PartnerInbox", "Record"]

log = structlog.get_logger()


@dataclass(frozen=True)
class Origin:
    """Where a partner's event came from, and as whom it spoke. `digest` is that of the parsed event."""

    topic: str
    partition: int
    offset: int
    partner: Partner
    system: PartnerSource
    source: str
    id: str
    digest: str


@dataclass(frozen=True)
class Arrived:
    """A record that can be read, before anything is decided."""

    envelope: Envelope
    event: Event
    origin: Origin
    position: Position

    @property
    def key(self) -> tuple[str, str]:
        """What makes it unique."""
        return self.envelope.source, self.envelope.id

    @property
    def correlation(self) -> str | None:
        """As the partner gave it."""
        return self.envelope.correlation


@dataclass(frozen=True)
class Unreadable:
    """A record that is refused for its shape or its authority."""

    position: Position
    refusal: Refused
    correlation: str | None


PartnerHandler = Callable[[Transaction, Any, Origin], Awaitable[Outcome]]
OwnHandler = Callable[[Transaction, Any], Awaitable[None]]


class PartnerInbox:
    """Decides partners' records of one service, and takes up those that were held back."""

    def __init__(self, topics: dict[str, tuple[Topic, Partner]], handle: PartnerHandler, keys: RecordKeys) -> None:
        self._topics, self._handle, self._keys = topics, handle, keys
        self._holding = Holding()

    async def receive(self, tx: Transaction, records: Sequence[Record]) -> None:
        """One batch. The shared lock keeps registry entries from arriving between "unknown" and "held"."""
        await self._holding.share(tx)
        await receive(tx, records, self.decide_all)

    async def decide(self, tx: Transaction, record: Record) -> Outcome:
        """What becomes of one record, whatever its position."""
        return (await self.decide_all(tx, [record]))[0]

    async def decide_all(self, tx: Transaction, records: Sequence[Record]) -> list[Outcome]:
        """What becomes of each record. Refusals are sent to the topic's `*.rejected`."""
        read = [self._read_record(record) for record in records]
        seen = Seen()
        await seen.claim(tx, [(one.key, one.origin.digest) for one in read if isinstance(one, Arrived)])
        outcomes = [await self._admit(_on_behalf_of(tx, one), one, seen) for one in read]
        await seen.settle(tx)
        return outcomes

    def _read_record(self, record: Record) -> "Arrived | Unreadable":
        position = Position(record.topic, record.partition, record.offset)
        envelope: Envelope | None = None
        try:
            envelope = decode(record.headers, record.value)
            return Arrived(envelope, *self._read(envelope, position), position)
        except NotAnEvent as error:
            return Unreadable(position, Refused(error.reason, error.field, error.rule), None)
        except Refused as error:
            return Unreadable(position, error, envelope.correlation if envelope else None)

    async def _admit(self, tx: Transaction, one: "Arrived | Unreadable", seen: Seen) -> Outcome:
        """Decide, and log where the record stands beside its correlation id: that is the way back from a figure."""
        outcome = await self._decide(tx, one, seen)
        where = one.position
        log.info(
            "inbox.decided",
            topic=where.topic,
            partition=where.partition,
            offset=where.offset,
            outcome=outcome,
            correlation=tx.correlation,
        )
        return outcome

    async def _decide(self, tx: Transaction, one: "Arrived | Unreadable", seen: Seen) -> Outcome:
        if isinstance(one, Unreadable):
            return await self.reject(tx, one.position, one.refusal)
        try:
            if seen.repeats(one.key, one.origin.digest):
                return Outcome.DUPLICATE
            outcome = await self._handle_safely(tx, one.event, one.origin)
        except NotKnownYet as error:
            await self._holding.hold(tx, one.envelope, one.position, error.subject)
            log.info("inbox.held", waits_for=error.subject, correlation=tx.correlation)
            outcome = Outcome.HELD
        except DomainError as error:
            return await self.reject(tx, one.position, error)
        seen.remember(one.key, one.origin.digest)
        return outcome

    async def _handle_safely(self, tx: Transaction, event: Event, origin: Origin) -> Outcome:
        """A refusal leaves nothing behind, neither rows nor facts."""
        mark = len(tx.outgoing)
        try:
            async with tx.connection.begin_nested():
                return await self._handle(tx, event, origin)
        except BaseException:
            del tx.outgoing[mark:]
            raise

    def _read(self, envelope: Envelope, position: Position) -> tuple[Event, Origin]:
        topic, partner = self._topics[position.topic]
        kind = EVENTS.get(envelope.type)
        if kind is None or kind not in topic.events:
            raise Refused("unknown_type", "type", "this topic does not carry this type")
        system = partner.system(envelope.source)
        if system is None:
            raise Refused("source_not_allowed", "source", "this topic may not carry this source")
        try:
            event = kind.parse_written(envelope.data)
        except ValidationError as error:
            raise _refusal(error) from None
        digest = digest_of(self._keys, event)
        return event, Origin(
            position.topic, position.partition, position.offset, partner, system, envelope.source, envelope.id, digest
        )

    async def reject(self, tx: Transaction, position: Position, error: DomainError) -> Outcome:
        """Tell the partner, in the same transaction; the log says no more than the partner reads."""
        refusal = error if isinstance(error, Refused) else Refused(error.code, error.field or "", error.message)
        log.info("inbox.rejected", reason=refusal.reason, field=refusal.field, correlation=tx.correlation)
        topic, _ = self._topics[position.topic]
        tx.post(topic.rejected or "", rejection(position, refusal, tx))
        return Outcome.REJECTED

    async def announce(self, tx: Transaction, subject: str) -> None:
        """Take up what waits for `subject`, in the order in which it came."""
        for waiting in await self._holding.waiting_for(tx, subject):
            outcome = await self._take_up(tx.on_behalf_of(waiting.correlation), waiting)
            if outcome is not Outcome.HELD:
                place = (waiting.position.topic, waiting.position.partition)
                await count(tx, Counter({(*place, Outcome.HELD): -1, (*place, outcome): 1}))

    async def _take_up(self, tx: Transaction, waiting: Waiting) -> Outcome:
        try:
            event, origin = self._read(waiting.envelope, waiting.position)
            outcome = await self._handle_safely(tx, event, origin)
        except NotKnownYet as error:
            await self._holding.wait_for(tx, waiting, error.subject)
            return Outcome.HELD
        except DomainError as error:
            outcome = await self.reject(tx, waiting.position, error)
        await self._holding.release(tx, waiting)
        where = waiting.position
        log.info(
            "inbox.taken_up",
            topic=where.topic,
            partition=where.partition,
            offset=where.offset,
            outcome=outcome,
            correlation=tx.correlation,
        )
        return outcome

    async def expire(self, tx: Transaction, days: int) -> int:
        """Refuse what has waited longer than `days`; the number refused."""
        expired = await self._holding.waiting_longer_than(tx, days)
        for waiting in expired:
            rule = f"{waiting.waits_for} is still unknown after {days} days"
            unknown = Refused("registry_unknown", waiting.waits_for.split("/", maxsplit=1)[0], rule)
            outcome = await self.reject(tx, waiting.position, unknown)
            await self._holding.release(tx, waiting)
            place = (waiting.position.topic, waiting.position.partition)
            await count(tx, Counter({(*place, Outcome.HELD): -1, (*place, outcome): 1}))
        return len(expired)


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


def _on_behalf_of(tx: Transaction, one: Arrived | Unreadable) -> Transaction:
    """Each record has a correlation id: the partner's own, else a new one."""
    return tx.on_behalf_of(one.correlation or str(uuid.uuid4()))


def _refusal(error: ValidationError) -> Refused:
    """The first fault: its field and rule. What was sent is never part of it."""
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return Refused("not_json", "value", "the data is a JSON object in UTF-8")
    field, rule, message = fault_of(first)
    return Refused("schema", field or "data", f"{rule}: {message}")
