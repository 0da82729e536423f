"""Compacted topics: every event is its aggregate's whole state. The highest version wins, a tombstone removes."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.base import Event
from services.reporting.projections.records import Arrived, Removed
from services.reporting.storage import Row, copy_rows, delete_rows, replace_older


@dataclass(frozen=True)
class Shelf:
    """Where the aggregates of one kind stand: one row in `head`, and rows in `parts` that are replaced with it."""

    event: type[Event]
    head: Table
    key: str
    row: Callable[[Any], Row]
    parts: Mapping[Table, Callable[[Any], Iterable[Row]]] = field(default_factory=dict)


async def put(connection: AsyncConnection, shelf: Shelf, records: Sequence[Arrived | Removed]) -> None:
    """Apply what the records say of this kind, in their order."""
    removed, newest = fold(shelf.event, records)
    await _delete(connection, shelf, removed, head=True)
    rows = [_row(shelf, arrived) for arrived in newest.values()]
    written, replaced = await replace_older(connection, shelf.head, rows, shelf.key)
    await _delete(connection, shelf, replaced, head=False)
    for table, parts in shelf.parts.items():
        fresh = [
            dict(part) | {shelf.key: aggregate, "item": item}
            for aggregate, arrived in newest.items()
            if aggregate in written
            for item, part in enumerate(parts(arrived.event))
        ]
        await copy_rows(connection, table, fresh)


def fold(event: type[Event], records: Iterable[Arrived | Removed]) -> tuple[set[str], dict[str, Arrived]]:
    """What is removed first, and then what is put: the highest version of each aggregate since its tombstone."""
    removed: set[str] = set()
    newest: dict[str, Arrived] = {}
    for record in records:
        if isinstance(record, Removed):
            kind, _, aggregate = record.key.partition("/")
            if kind == event.kind:
                removed.add(aggregate)
                newest.pop(aggregate, None)
        elif record.kind is event:
            known = newest.get(record.event.aggregate)
            if known is None or known.event.version < record.event.version:
                newest[record.event.aggregate] = record
    return removed, newest


def _row(shelf: Shelf, arrived: Arrived) -> Row:
    known = {"version": arrived.event.version, shelf.key: arrived.event.aggregate}
    return arrived.origin | dict(shelf.row(arrived.event)) | known


async def _delete(connection: AsyncConnection, shelf: Shelf, aggregates: set[str], *, head: bool) -> None:
    for table in (*shelf.parts, *([shelf.head] if head else [])):
        await delete_rows(connection, table, table.columns[shelf.key], aggregates)
