"""Receives records: nothing lost, each decided once, in the same transaction as the state.

The position of each partition stands in PostgreSQL and moves in the transaction that decides, so a record met again
after a crash or a rebalance is neither decided nor counted twice; offsets in Kafka are for tools only.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Protocol

import sqlalchemy as sa
import structlog
from pydantic import ValidationError
from sqlalchemy.dialects.postgresql import insert

from chassis import outbox
from chassis.crashpoints import reach
from chassis.errors import DomainError, NotKnownYet, Refused, fault_of
from chassis.holding import Holding, Waiting
from chassis.rejecting import Position, rejection
from chassis.seen import digest_of, remember
from chassis.tables import inbox_count, inbox_position
from chassis.transaction import Transaction
from contracts.base import Event
from contracts.catalogue import EVENTS
from contracts.envelope import Envelope, NotAnEvent, decode
from contracts.partners import Partner, PartnerSource
from contracts.topics import Topic

log = structlog.get_logger()


class Outcome(StrEnum):
    """What became of a record; each record has exactly one."""

    ACCEPTED = "accepted"
    STALE = "stale"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    HELD = "held"
    SKIPPED = "skipped"


class Record(Protocol):
    """What is read of a Kafka record."""

    topic: str
    partition: int
    offset: int
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


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


PartnerHandler = Callable[[Transaction, Any, Origin], Awaitable[Outcome]]
OwnHandler = Callable[[Transaction, Any], Awaitable[None]]


async def receive(tx: Transaction, records: Sequence[Record], decide: Callable[..., Awaitable[Outcome]]) -> None:
    """Decide every record that the positions have not passed yet, count it, and move the positions."""
    positions = await _lock_positions(tx, sorted({(record.topic, record.partition) for record in records}))
    counts: Counter[tuple[str, int, str]] = Counter()
    for record in records:
        place = (record.topic, record.partition)
        if record.offset < positions[place]:
            continue
        counts[(*place, await decide(tx, record))] += 1
        positions[place] = record.offset + 1
    await _move_positions(tx, positions)
    await count(tx, counts)
    reach("inbox.before_commit")


async def _lock_positions(tx: Transaction, places: Sequence[tuple[str, int]]) -> dict[tuple[str, int], int]:
    # In one order for everybody, so that two members that meet after a rebalance cannot block each other.
    rows = [{"topic": topic, "partition": partition, "next_offset": 0} for topic, partition in places]
    await tx.connection.execute(insert(inbox_position).on_conflict_do_nothing(), rows)
    wanted = sa.tuple_(inbox_position.c.topic, inbox_position.c.partition).in_(places)
    query = sa.select(inbox_position).where(wanted).order_by(*inbox_position.primary_key.columns).with_for_update()
    found = (await tx.connection.execute(query)).all()
    return {(row.topic, row.partition): row.next_offset for row in found}


async def _move_positions(tx: Transaction, positions: dict[tuple[str, int], int]) -> None:
    statement = (
        sa.update(inbox_position)
        .where(inbox_position.c.topic == sa.bindparam("t"), inbox_position.c.partition == sa.bindparam("p"))
        .values(next_offset=sa.bindparam("n"))
    )
    rows = [{"t": topic, "p": partition, "n": offset} for (topic, partition), offset in positions.items()]
    await tx.connection.execute(statement, rows)


async def count(tx: Transaction, counts: Counter[tuple[str, int, str]]) -> None:
    """Add to the counts by outcome; a record that leaves `held` is subtracted there."""
    rows = [
        {"topic": topic, "partition": partition, "outcome": str(outcome), "records": number}
        for (topic, partition, outcome), number in sorted(counts.items())
        if number
    ]
    if not rows:
        return
    statement = insert(inbox_count)
    await tx.connection.execute(
        statement.on_conflict_do_update(
            index_elements=["topic", "partition", "outcome"],
            set_={"records": inbox_count.c.records + statement.excluded.records},
        ),
        rows,
    )


class PartnerInbox:
    """Decides partners' records of one service, and takes up those that were held back."""

    def __init__(self, topics: dict[str, tuple[Topic, Partner]], handle: PartnerHandler) -> None:
        self._topics, self._handle = topics, handle
        self._holding = Holding()

    async def receive(self, tx: Transaction, records: Sequence[Record]) -> None:
        """One batch. The shared lock keeps registry entries from arriving between "unknown" and "held"."""
        await self._holding.share(tx)
        await receive(tx, records, self.decide)

    async def decide(self, tx: Transaction, record: Record) -> Outcome:
        """What becomes of one record. Refusals are sent to the topic's `*.rejected`."""
        position = Position(record.topic, record.partition, record.offset)
        try:
            envelope = decode(record.headers, record.value)
            tx = replace(tx, correlation=envelope.correlation or tx.correlation)
            return await self._admit(tx, envelope, position)
        except NotAnEvent as error:
            return await self.reject(tx, position, error.reason, error.field, error.rule)

    async def _admit(self, tx: Transaction, envelope: Envelope, position: Position) -> Outcome:
        try:
            event, origin = self._read(envelope, position)
            async with tx.connection.begin_nested():
                first = await remember(tx, envelope.source, envelope.id, origin.digest)
                if not first:
                    return Outcome.DUPLICATE
                return await self._handle(tx, event, origin)
        except NotKnownYet as error:
            await remember(tx, envelope.source, envelope.id, origin.digest)
            await self._holding.hold(tx, envelope, position, error.subject)
            log.info("inbox.held", topic=position.topic, offset=position.offset, waits_for=error.subject)
            return Outcome.HELD
        except Refused as error:
            return await self.reject(tx, position, error.reason, error.field, error.rule)
        except DomainError as error:
            return await self.reject(tx, position, error.code, error.field or "", error.message)

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
        digest = digest_of(event.to_data(), envelope.type)
        return event, Origin(
            position.topic, position.partition, position.offset, partner, system, envelope.source, envelope.id, digest
        )

    async def reject(self, tx: Transaction, position: Position, reason: str, field: str, rule: str) -> Outcome:
        """Tell the partner, in the same transaction; the log says no more than the partner reads."""
        log.info("inbox.rejected", topic=position.topic, offset=position.offset, reason=reason, field=field)
        topic, _ = self._topics[position.topic]
        message = rejection(position, reason, field, rule, tx)
        await outbox.add_message(tx.connection, topic.rejected or "", message)
        return Outcome.REJECTED

    async def announce(self, tx: Transaction, subject: str) -> None:
        """Take up what waits for `subject`, in the order in which it came."""
        for waiting in await self._holding.waiting_for(tx, subject):
            outcome = await self._take_up(replace(tx, correlation=waiting.correlation), waiting)
            if outcome is not Outcome.HELD:
                place = (waiting.position.topic, waiting.position.partition)
                await count(tx, Counter({(*place, Outcome.HELD): -1, (*place, outcome): 1}))

    async def _take_up(self, tx: Transaction, waiting: Waiting) -> Outcome:
        try:
            event, origin = self._read(waiting.envelope, waiting.position)
            async with tx.connection.begin_nested():
                outcome = await self._handle(tx, event, origin)
        except NotKnownYet as error:
            await self._holding.wait_for(tx, waiting, error.subject)
            return Outcome.HELD
        except Refused as error:
            outcome = await self.reject(tx, waiting.position, error.reason, error.field, error.rule)
        except DomainError as error:
            outcome = await self.reject(tx, waiting.position, error.code, error.field or "", error.message)
        await self._holding.release(tx, waiting)
        log.info("inbox.taken_up", topic=waiting.position.topic, offset=waiting.position.offset, outcome=outcome)
        return outcome

    async def expire(self, tx: Transaction, days: int) -> int:
        """Refuse what has waited longer than `days`; the number refused."""
        expired = await self._holding.waiting_longer_than(tx, days)
        for waiting in expired:
            rule = f"{waiting.waits_for} is still unknown after {days} days"
            outcome = await self.reject(tx, waiting.position, "registry_unknown", waiting.waits_for.split("/")[0], rule)
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
        await receive(tx, records, self.decide)

    async def decide(self, tx: Transaction, record: Record) -> Outcome:
        """Accepted, or skipped: a tombstone, or a type that a newer service published."""
        if record.value is None:
            return Outcome.SKIPPED
        envelope = decode(record.headers, record.value)
        kind = EVENTS.get(envelope.type)
        if kind is None:
            return Outcome.SKIPPED
        tx = replace(tx, correlation=envelope.correlation or tx.correlation)
        await self._handle(tx, kind.parse_read(envelope.data))
        return Outcome.ACCEPTED


def _refusal(error: ValidationError) -> Refused:
    """The first fault: its field and rule. What was sent is never part of it."""
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return Refused("not_json", "value", "the data is a JSON object in UTF-8")
    field, rule, message = fault_of(first)
    return Refused("schema", field or "data", f"{rule}: {message}")
