"""Receives records: nothing lost, each decided once, in the same transaction as the state.

A batch is one transaction and one fold: its service loads what the batch touches, decides record by record in memory
in the order of arrival, and writes once. The position of each partition stands in PostgreSQL and moves in the
transaction that decides, so a record met again after a crash or a rebalance is neither decided nor counted twice;
offsets in Kafka are for tools only.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import structlog
from sqlalchemy.exc import DBAPIError

from chassis.arrivals import Arrived, Origin, Read, Reader, Unreadable
from chassis.errors import DomainError, NotKnownYet, Refused, state_of
from chassis.holding import Holding, Waiting
from chassis.own_inbox import OwnInbox
from chassis.positions import Outcome, Record, count, receive
from chassis.references import RecordKeys
from chassis.rejecting import Position, rejection
from chassis.seen import Seen
from chassis.transaction import Transaction
from contracts.partners import Partner
from contracts.topics import Topic

__all__ = ["Arrived", "Fold", "Origin", "Outcome", "OwnInbox", "PartnerHandler", "PartnerInbox", "Record"]

log = structlog.get_logger()

# Held records are taken up in pages, so that one entry of the registry never needs more memory than a batch does.
_PAGE = 500
# SQLSTATE: what a row says cannot be stored (class 22, NOT NULL, CHECK). It will be no better the next time.
_CONTENT = ("22", "23502", "23514")


class Fold(Protocol):
    """What the events of one batch touch, loaded and locked; all of it changes in memory until it is saved."""

    async def decide(self, tx: Transaction, one: Arrived) -> Outcome:
        """What becomes of the next event. A `DomainError` (`Refused`, `NotKnownYet`) is raised before any change."""

    async def save(self, tx: Transaction) -> None:
        """Write everything that changed, in a few statements."""


PartnerHandler = Callable[[Transaction, Sequence[Arrived]], Awaitable[Fold]]
"""Loads and locks what these events touch, always in one order, so that two batches cannot block each other."""


@dataclass(frozen=True)
class _Decided:
    """What became of a record; why it was refused, or which entry of the registry it waits for."""

    record: Read
    outcome: Outcome
    refusal: Refused | None = None
    waits_for: str | None = None


class PartnerInbox:
    """Decides partners' records of one service, and takes up those that were held back."""

    def __init__(self, topics: dict[str, tuple[Topic, Partner]], handle: PartnerHandler, keys: RecordKeys) -> None:
        self._topics, self._handle = topics, handle
        self._reader, self._holding = Reader(topics, keys), Holding()

    async def receive(self, tx: Transaction, records: Sequence[Record]) -> None:
        """One batch. The shared lock keeps registry entries from arriving between "unknown" and "held"."""
        await self._holding.share(tx)
        await receive(tx, records, self.decide_all)

    async def decide(self, tx: Transaction, record: Record) -> Outcome:
        """What becomes of one record, whatever its position."""
        return (await self.decide_all(tx, [record]))[0]

    async def decide_all(self, tx: Transaction, records: Sequence[Record]) -> list[Outcome]:
        """What becomes of each record. Refusals are sent to the topic's `*.rejected`."""
        reader, seen = self._reader.opened(), Seen()
        batch = [reader.read(record) for record in records]
        await seen.claim(tx, [(one.key, one.origin.digest) for one in batch if isinstance(one, Arrived)])
        decided = await self._decide_in_parts(tx, batch, seen)
        waiting = [(one.record, one.waits_for) for one in decided if one.waits_for]
        await self._holding.hold(tx, [(one, subject) for one, subject in waiting if isinstance(one, Arrived)])
        await seen.settle(tx)
        for one in decided:
            _log_decided("inbox.decided", one)
        return [one.outcome for one in decided]

    async def _decide_in_parts(self, tx: Transaction, batch: Sequence[Read], seen: Seen) -> list[_Decided]:
        """Together; where the database refuses what some row says, by halves until the guilty record stands alone."""
        if not batch:
            return []
        mark, known = len(tx.outgoing), seen.known()
        try:
            async with tx.connection.begin_nested():
                return await self._fold(tx, batch, seen)
        except DBAPIError as error:
            if not state_of(error).startswith(_CONTENT):
                raise
        del tx.outgoing[mark:]
        seen.back_to(known)
        if len(batch) == 1:
            refusal = Refused("fault", "", "the database cannot hold what this record says")
            return [self._refuse(tx.on_behalf_of(batch[0].correlation), batch[0], refusal)]
        middle = len(batch) // 2
        return [
            *await self._decide_in_parts(tx, batch[:middle], seen),
            *await self._decide_in_parts(tx, batch[middle:], seen),
        ]

    async def _fold(self, tx: Transaction, batch: Sequence[Read], seen: Seen) -> list[_Decided]:
        arrived = [one for one in batch if isinstance(one, Arrived) and not seen.has(one.key)]
        fold = await self._handle(tx, arrived)
        decided = [await self._decide(tx.on_behalf_of(one.correlation), one, fold, seen) for one in batch]
        await fold.save(tx)
        return decided

    async def _decide(self, tx: Transaction, one: Read, fold: Fold, seen: Seen) -> _Decided:
        if isinstance(one, Unreadable):
            return self._refuse(tx, one, one.refusal)
        mark = len(tx.outgoing)
        try:
            if seen.repeats(one.key, one.origin.digest):
                return _Decided(one, Outcome.DUPLICATE)
            decided = _Decided(one, await fold.decide(tx, one))
        except DomainError as error:
            # It leaves nothing behind, neither changes (see `Fold`) nor facts.
            del tx.outgoing[mark:]
            if not isinstance(error, NotKnownYet):
                return self._refuse(tx, one, error)
            decided = _Decided(one, Outcome.HELD, waits_for=error.subject)
        seen.remember(one.key, one.origin.digest)
        return decided

    def _refuse(self, tx: Transaction, one: Read, error: DomainError) -> _Decided:
        refusal = error if isinstance(error, Refused) else Refused(error.code, error.field or "", error.message)
        return _Decided(one, self.reject(tx, one.position, refusal), refusal)

    def reject(self, tx: Transaction, position: Position, refusal: Refused) -> Outcome:
        """Tell the partner, in the same transaction."""
        topic, _ = self._topics[position.topic]
        tx.post(topic.rejected or "", rejection(position, refusal, tx))
        return Outcome.REJECTED

    async def announce(self, tx: Transaction, subject: str) -> None:
        """Take up what waits for `subject`, in the order in which it came."""
        await self._holding.take_alone(tx)
        after = 0
        while page := await self._holding.waiting_for(tx, subject, after, _PAGE):
            await self._take_up(tx, page)
            after = page[-1].id

    async def _take_up(self, tx: Transaction, page: Sequence[Waiting]) -> None:
        reader = self._reader.opened()
        batch = [reader.read_envelope(one.envelope, one.position, one.correlation) for one in page]
        decided = await self._decide_in_parts(tx, batch, Seen())
        pairs = list(zip(page, decided, strict=True))
        await self._holding.wait_for(tx, [(held, one.waits_for) for held, one in pairs if one.waits_for])
        done = [(held, one) for held, one in pairs if one.outcome is not Outcome.HELD]
        await self._holding.release(tx, [held for held, _ in done])
        await _count_taken_up(tx, [(held, one.outcome) for held, one in done])
        for _, one in done:
            _log_decided("inbox.taken_up", one)

    async def expire(self, tx: Transaction, days: int) -> int:
        """Refuse what has waited longer than `days`; the number refused."""
        expired = await self._holding.waiting_longer_than(tx, days)
        for waiting in expired:
            rule = f"{waiting.waits_for} is still unknown after {days} days"
            unknown = Refused("registry_unknown", waiting.waits_for.split("/", maxsplit=1)[0], rule)
            self.reject(tx.on_behalf_of(waiting.correlation), waiting.position, unknown)
        await self._holding.release(tx, expired)
        await _count_taken_up(tx, [(waiting, Outcome.REJECTED) for waiting in expired])
        return len(expired)


async def _count_taken_up(tx: Transaction, outcomes: Sequence[tuple[Waiting, Outcome]]) -> None:
    counts: Counter[tuple[str, int, str]] = Counter()
    for waiting, outcome in outcomes:
        place = (waiting.position.topic, waiting.position.partition)
        counts[*place, Outcome.HELD] -= 1
        counts[*place, outcome] += 1
    await count(tx, counts)


def _log_decided(event: str, one: _Decided) -> None:
    """Where the record stands beside its correlation id: that is the way back from a figure.

    The log says no more of a refusal than the partner reads.
    """
    correlation, where = one.record.correlation, one.record.position
    if one.waits_for is not None:
        log.info("inbox.held", waits_for=one.waits_for, correlation=correlation)
    if one.refusal is not None:
        log.info("inbox.rejected", reason=one.refusal.reason, field=one.refusal.field, correlation=correlation)
    log.info(
        event,
        topic=where.topic,
        partition=where.partition,
        offset=where.offset,
        outcome=one.outcome,
        correlation=correlation,
    )
