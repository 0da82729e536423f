"""`cordees.sessions`: every version of every session is kept; the highest is current, whichever came last."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from operator import attrgetter
from typing import Any

from sqlalchemy import Table, func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.references import paris_day
from contracts.base import Event
from contracts.sessions import SessionCancelled, SessionEvent, SessionHeld, SessionPlanned
from contracts.vocabulary import Activity
from services.reporting import tables
from services.reporting.engine.schema import ATTENDANCES
from services.reporting.gathering.touching import touch
from services.reporting.projections.records import Arrived, Removed
from services.reporting.projections.rolls import Roll, copy_rolls
from services.reporting.storage import Row, copy_rows

_STATUS: dict[type[Event], str] = {
    SessionPlanned: "planned",
    SessionHeld: "held",
    SessionCancelled: "cancelled",
}
_TOLD_ONE_BY_ONE = (Activity.FORUM, Activity.CONFERENCE)
"""By edition, that is by their day (I29, I30)."""
_PLACES = {word: place for place, word in enumerate(ATTENDANCES)}

Key = tuple[str, int]


async def project_sessions(connection: AsyncConnection, records: Sequence[Arrived | Removed]) -> None:
    """One row a version and one for its roll. A version is written once; only `superseded` changes, and once.

    Whoever calls has locked the position of the only partition that these sessions stand in: what is read here stays.
    The only one, because the programme is the key, and `sessions` never changes that of a session: its rules refuse it
    (`ProgrammeNeverChanges`), a roll and a cancellation take it over, and a partner's session has it in its id
    (`chassis.references.session_id`). If one came in two all the same, its last version would count, in whatever order
    they are read (`test_moved_sessions`); of two that are written in the same moment, both, until the next one.
    """
    versions: dict[Key, Arrived] = {}
    for arrived in _sessions(records):
        # The first one stays, as it does when the second comes in another batch: rows must not depend on their size.
        versions.setdefault((arrived.event.aggregate, arrived.event.version), arrived)
    known = await _known(connection, {session for session, _ in versions})
    # What is read together stands together: a programme takes a few pages of a batch, not one for each session.
    fresh = sorted(
        (arrived for key, arrived in versions.items() if key not in known), key=attrgetter("event.programme")
    )
    stood = _highest(known)
    stands = _highest([*known, *versions])
    lost = await _supersede(
        connection, {key: version for key, version in stands.items() if stood.get(key, version) < version}
    )
    rows = [_fact(arrived, stands[arrived.event.aggregate]) for arrived in fresh]
    await copy_rows(connection, tables.session_fact, rows)
    was_held = [arrived.event for arrived in fresh if arrived.kind is SessionHeld]
    await copy_rolls(connection, (_roll(event) for event in was_held if event.presences))
    for table, parts in _PARTS.items():
        await copy_rows(connection, table, [row for event in was_held for row in parts(event)])
    won = [(row["programme"], row["day"]) for row in rows if row["plain"] and not row["superseded"]]
    await touch(connection, [*lost, *won])


def _sessions(records: Iterable[Arrived | Removed]) -> Iterable[Arrived]:
    return (one for one in records if isinstance(one, Arrived) and issubclass(one.kind, SessionEvent))


async def _known(connection: AsyncConnection, sessions: set[str]) -> set[Key]:
    fact = tables.session_fact.c
    among = fact.session == func.any(literal(list(sessions), ARRAY(fact.session.type)))
    return {tuple(row) for row in await connection.execute(select(fact.session, fact.version).where(among))}


def _highest(keys: Iterable[Key]) -> dict[str, int]:
    return dict(sorted(keys))


_SUPERSEDE = text("""
    UPDATE session_fact f SET superseded = true
    FROM unnest(CAST(:sessions AS text[]), CAST(:versions AS bigint[])) AS n (session, version)
    WHERE f.session = n.session AND f.version < n.version AND NOT f.superseded
    RETURNING f.programme, f.day, f.plain
""")


async def _supersede(connection: AsyncConnection, newest: Mapping[str, int]) -> Sequence[tuple[str, date]]:
    """Programme and day of each plain version that counted until now."""
    if not newest:
        return []
    told = {"sessions": list(newest), "versions": list(newest.values())}
    return [(programme, day) for programme, day, plain in await connection.execute(_SUPERSEDE, told) if plain]


def _fact(arrived: Arrived, newest: int) -> Row:
    event: Any = arrived.event
    said = {
        "session": event.session,
        "version": event.version,
        "status": _STATUS[arrived.kind],
        "superseded": event.version < newest,
        "programme": event.programme,
        "activity": event.activity,
        "starts_at": event.starts_at,
        "day": paris_day(event.starts_at),
        "minutes": event.minutes,
        "place": event.place,
        "subject_taught": event.subject_taught,
        "title": event.title,
        "reported_version": event.reported_version,
        "organisers": list(event.organisers) or None,
        "plain": arrived.kind is SessionHeld and _is_plain(event),
    }
    return arrived.origin | said


def _is_plain(event: Any) -> bool:
    """Whether its roll may be gathered with others: nobody asks of it alone, by its title, day or headcounts."""
    told_apart = event.title or event.headcounts or event.stands or event.activity in _TOLD_ONE_BY_ONE
    return not told_apart


def _roll(event: Any) -> Roll:
    """As it was called, in its order; what is the same for everybody is left out."""
    lines = event.presences
    statuses = [_PLACES[line.status] for line in lines]
    minutes = [line.minutes for line in lines]
    return Roll(
        event.session,
        event.version,
        [line.record for line in lines],
        statuses if any(statuses) else None,
        minutes if minutes.count(None) < len(minutes) else None,
    )


# Field by field: a year brings millions of lines, and a generic dump of a model costs several times as much.
def _acting(event: Any) -> Iterable[Row]:
    for item, line in enumerate(event.acting):
        yield {
            "session": event.session,
            "version": event.version,
            "item": item,
            "record": line.record,
            "role": line.role,
            "minutes": line.minutes,
            "preparation_minutes": line.preparation_minutes,
        }


def _headcounts(event: Any) -> Iterable[Row]:
    for item, line in enumerate(event.headcounts):
        yield {
            "session": event.session,
            "version": event.version,
            "item": item,
            "establishment": line.establishment,
            "level": line.level,
            "pupils": line.pupils,
            "girls": line.girls,
        }


def _stands(event: Any) -> Iterable[Row]:
    for item, line in enumerate(event.stands):
        where = {"session": event.session, "version": event.version, "item": item}
        yield where | {"organisation": line.organisation, "status": line.status}


_PARTS: dict[Table, Callable[[Any], Iterable[Row]]] = {
    tables.acting: _acting,
    tables.headcount: _headcounts,
    tables.stand: _stands,
}
