"""How far each inbound partition was decided, and what became of its records: both move in the deciding transaction."""

from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Sequence
from enum import StrEnum
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.crashpoints import reach
from chassis.tables import inbox_count, inbox_position
from chassis.transaction import Transaction


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


Decide = Callable[[Transaction, Sequence[Record]], Awaitable[Sequence[Outcome]]]


async def receive(tx: Transaction, records: Sequence[Record], decide: Decide) -> None:
    """Decide every record that the positions have not passed yet, count it, and move the positions."""
    positions = await _lock_positions(tx, sorted({(record.topic, record.partition) for record in records}))
    fresh = [record for record in records if record.offset >= positions[record.topic, record.partition]]
    outcomes = await decide(tx, fresh)
    counts: Counter[tuple[str, int, str]] = Counter()
    for record, outcome in zip(fresh, outcomes, strict=True):
        counts[record.topic, record.partition, outcome] += 1
        positions[record.topic, record.partition] = record.offset + 1
    await _move_positions(tx, positions)
    await count(tx, counts)
    reach("inbox.before_commit")


async def stored_positions(connection: AsyncConnection, topics: Collection[str]) -> dict[tuple[str, int], int]:
    """By topic and partition, the offset up to which everything was decided."""
    query = sa.select(inbox_position).where(inbox_position.c.topic.in_(topics))
    return {(row.topic, row.partition): row.next_offset for row in await connection.execute(query)}


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
