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


async def project_sessions(connection: AsyncConnection, records: Sequence[Arrived | Removed]) -> None:
    """One row a version with its roll, and which version is current. A version is written once and never changed."""
    versions: dict[tuple[str, int], tuple[Arrived, SessionEvent]] = {}
    for arrived, event in _sessions(records):
        # The first one stays, as it does when the second comes in another batch: rows must not depend on their size.
        versions.setdefault((event.session, event.version), (arrived, event))
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
    said = {
        "starts_at": event.starts_at,
        "activity": event.activity,
        "minutes": event.minutes,
        "place": event.place,
        "subject_taught": event.subject_taught,
        "title": event.title,
        "reported_version": event.reported_version,
    }
    return arrived.origin | _current(event) | said


def _current(event: SessionEvent) -> dict[str, Any]:
    return {
        "session": event.session,
        "version": event.version,
        "programme": event.programme,
        "status": _STATUS[type(event)],
        "day": paris_day(event.starts_at),
    }


def _numbered(event: SessionEvent, rows: Iterable[Row]) -> Iterable[Row]:
    for item, row in enumerate(rows):
        yield dict(row) | {"session": event.session, "version": event.version, "item": item}


def _organisers(event: SessionEvent) -> Iterable[Row]:
    return ({"organisation": organisation} for organisation in event.organisers)


# Field by field: a year brings tens of thousands of lines, and a generic dump of a model costs several times as much.
def _presences(event: SessionEvent) -> Iterable[Row]:
    for line in event.presences if isinstance(event, SessionHeld) else ():
        yield {"record": line.record, "status": line.status, "minutes": line.minutes}


def _acting(event: SessionEvent) -> Iterable[Row]:
    for line in event.acting if isinstance(event, SessionHeld) else ():
        said = {"record": line.record, "role": line.role, "minutes": line.minutes}
        yield said | {"preparation_minutes": line.preparation_minutes}


def _headcounts(event: SessionEvent) -> Iterable[Row]:
    for line in event.headcounts if isinstance(event, SessionHeld) else ():
        said = {"establishment": line.establishment, "level": line.level}
        yield said | {"pupils": line.pupils, "girls": line.girls}


def _stands(event: SessionEvent) -> Iterable[Row]:
    for line in event.stands if isinstance(event, SessionHeld) else ():
        yield {"organisation": line.organisation, "status": line.status}


_PARTS: dict[Table, Callable[[SessionEvent], Iterable[Row]]] = {
    tables.session_organiser: _organisers,
    tables.presence: _presences,
    tables.acting: _acting,
    tables.headcount: _headcounts,
    tables.stand: _stands,
}
