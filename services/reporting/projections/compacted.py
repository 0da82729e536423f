"""Compacted topics: every event is its aggregate's whole state. The highest version wins, a tombstone removes."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.base import Event
from services.reporting.copying import copy_rows
from services.reporting.projections.records import ORIGIN, Arrived, Removed
from services.reporting.storage import clear_older, delete_rows

Values = tuple[Any, ...]


@dataclass(frozen=True)
class Lines:
    """A list of an event, a row each: the columns, and what stands in them."""

    columns: tuple[str, ...]
    rows: Callable[[Any], Iterable[Values]]


@dataclass(frozen=True)
class Shelf:
    """Where the aggregates of one kind stand: one row in `head`, and rows in `parts` that are replaced with it.

    `row` gives what stands in `columns`; the aggregate is kept under `key` besides, with its version and its origin.
    """

    event: type[Event]
    head: Table
    key: str
    columns: tuple[str, ...]
    row: Callable[[Any], Values]
    parts: Mapping[Table, Lines] = field(default_factory=dict)


async def put(connection: AsyncConnection, shelves: Sequence[Shelf], records: Sequence[Arrived | Removed]) -> None:
    """Apply what the records say of these kinds, in their order."""
    by_event = _by_event(shelves, records)
    for shelf in shelves:
        if found := by_event[shelf.event]:
            await _put(connection, shelf, found)


def _by_event(
    shelves: Sequence[Shelf], records: Iterable[Arrived | Removed]
) -> Mapping[type[Event], Sequence[Arrived | Removed]]:
    """A tombstone is of every event whose subject it names."""
    found: dict[type[Event], list[Arrived | Removed]] = defaultdict(list)
    for record in records:
        if isinstance(record, Arrived):
            found[record.kind].append(record)
            continue
        kind, _, _ = record.key.partition("/")
        for shelf in shelves:
            if shelf.event.kind == kind:
                found[shelf.event].append(record)
    return found


async def _put(connection: AsyncConnection, shelf: Shelf, records: Iterable[Arrived | Removed]) -> None:
    removed, newest = _fold(records)
    for table in (*shelf.parts, shelf.head):
        await delete_rows(connection, table.columns[shelf.key], removed)
    versions = {aggregate: arrived.event.version for aggregate, arrived in newest.items()}
    written, replaced = await clear_older(connection, shelf.head.columns[shelf.key], versions)
    for table in shelf.parts:
        await delete_rows(connection, table.columns[shelf.key], replaced)
    fresh = [(aggregate, arrived) for aggregate, arrived in newest.items() if aggregate in written]
    await _copy_heads(connection, shelf, fresh)
    for table, part in shelf.parts.items():
        rows = [
            (aggregate, item, *line)
            for aggregate, arrived in fresh
            for item, line in enumerate(part.rows(arrived.event))
        ]
        await copy_rows(connection, table, (shelf.key, "item", *part.columns), rows)


async def _copy_heads(connection: AsyncConnection, shelf: Shelf, fresh: Iterable[tuple[str, Arrived]]) -> None:
    traced = set(ORIGIN) <= set(shelf.head.columns.keys())
    columns = (shelf.key, "version", *shelf.columns, *(ORIGIN if traced else ()))
    rows = [
        (aggregate, arrived.event.version, *shelf.row(arrived.event), *(arrived.origin if traced else ()))
        for aggregate, arrived in fresh
    ]
    await copy_rows(connection, shelf.head, columns, rows)


def _fold(records: Iterable[Arrived | Removed]) -> tuple[set[str], dict[str, Arrived]]:
    """What is removed first, and then what is put: the highest version of each aggregate since its tombstone."""
    removed: set[str] = set()
    newest: dict[str, Arrived] = {}
    for record in records:
        if isinstance(record, Removed):
            _, _, aggregate = record.key.partition("/")
            removed.add(aggregate)
            newest.pop(aggregate, None)
            continue
        aggregate = record.event.aggregate
        known = newest.get(aggregate)
        if known is None or known.event.version < record.event.version:
            newest[aggregate] = record
    return removed, newest
