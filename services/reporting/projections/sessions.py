"""`cordees.sessions`: every version of every session is kept; the highest is current, whichever came last."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from sqlalchemy import Table
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.references import paris_day
from contracts.sessions import SessionCancelled, SessionEvent, SessionHeld, SessionPlanned
from services.reporting import tables
from services.reporting.projections.records import Arrived, Removed
from services.reporting.storage import Row, insert_new, insert_rows, replace_older

_STATUS: dict[type[SessionEvent], str] = {
    SessionPlanned: "planned",
    SessionHeld: "held",
    SessionCancelled: "cancelled",
}
_SAID = {"session", "version", "programme", "activity", "starts_at", "minutes", "place", "subject_taught"}


async def project_sessions(connection: AsyncConnection, records: Sequence[Arrived | Removed]) -> None:
    """One row a version with its roll, and which version is current. A version is written once and never changed."""
    versions = {(event.session, event.version): (arrived, event) for arrived, event in _sessions(records)}
    rows = [_fact(arrived, event) for arrived, event in versions.values()]
    fresh = await insert_new(connection, tables.session_fact, rows, ("session", "version"))
    events = [event for key, (_, event) in versions.items() if key in fresh]
    for table, parts in _PARTS.items():
        await insert_rows(connection, table, [row for event in events for row in _numbered(event, parts(event))])
    newest = {event.session: event for event in sorted(events, key=lambda event: event.version)}
    await replace_older(connection, tables.session_current, [_current(event) for event in newest.values()], "session")


def _sessions(records: Iterable[Arrived | Removed]) -> Iterable[tuple[Arrived, SessionEvent]]:
    for record in records:
        if isinstance(record, Arrived) and isinstance(record.event, SessionEvent):
            yield record, record.event


def _fact(arrived: Arrived, event: SessionEvent) -> Row:
    said = event.model_dump(include=_SAID | {"reported_version"})
    return arrived.origin | said | {"status": _STATUS[type(event)], "day": paris_day(event.starts_at)}


def _current(event: SessionEvent) -> Row:
    said = event.model_dump(include={"session", "version", "programme"})
    return said | {"status": _STATUS[type(event)], "day": paris_day(event.starts_at)}


def _numbered(event: SessionEvent, rows: Iterable[Row]) -> Iterable[Row]:
    for item, row in enumerate(rows):
        yield dict(row) | {"session": event.session, "version": event.version, "item": item}


def _organisers(event: SessionEvent) -> Iterable[Row]:
    return ({"organisation": organisation} for organisation in event.organisers)


def _roll(name: str) -> Callable[[SessionEvent], Iterable[Row]]:
    def rows(event: SessionEvent) -> Iterable[Row]:
        entries: Sequence[Any] = getattr(event, name) if isinstance(event, SessionHeld) else ()
        return (entry.model_dump() for entry in entries)

    return rows


_PARTS: dict[Table, Callable[[SessionEvent], Iterable[Row]]] = {
    tables.session_organiser: _organisers,
    tables.presence: _roll("presences"),
    tables.acting: _roll("acting"),
    tables.headcount: _roll("headcounts"),
}
