"""`cordees.sessions`: every version of every session is kept; the highest is current, whichever came last."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from operator import attrgetter
from typing import Any, NamedTuple

from sqlalchemy import func, literal, select, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.references import paris_day
from contracts.base import Event
from contracts.sessions import SessionCancelled, SessionHeld, SessionPlanned
from contracts.vocabulary import Activity
from services.reporting import tables
from services.reporting.copying import copy_rows
from services.reporting.engine.schema import ATTENDANCES, ROLES
from services.reporting.gathering.term import term_of
from services.reporting.gathering.touching import touch
from services.reporting.projections.records import Arrived, Removed

_STATUS: dict[type[Event], str] = {
    SessionPlanned: "planned",
    SessionHeld: "held",
    SessionCancelled: "cancelled",
}
_TOLD_ONE_BY_ONE = (Activity.FORUM, Activity.CONFERENCE)
"""By edition, that is by their day (I29, I30)."""
_PLACES = {word: place for place, word in enumerate(ATTENDANCES)}
_ROLE_PLACES = {word: place for place, word in enumerate(ROLES)}

Key = tuple[str, int]

# A year has some thousand hours at which something begins.
_day = lru_cache(20_000)(paris_day)
_term = lru_cache(20_000)(term_of)


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
    facts = [_fact(arrived, stands[arrived.event.aggregate]) for arrived in fresh]
    await copy_rows(connection, tables.session_fact, _Fact._fields, facts)
    held = [arrived.event for arrived in fresh if arrived.kind is SessionHeld]
    rolls = [_roll(event) for event in held if event.presences or event.acting]
    await copy_rows(connection, tables.session_roll, _Roll._fields, rolls)
    for table, lines in _LINES.items():
        rows = [
            (event.session, event.version, item, *lines.values(line))
            for event in held
            for item, line in enumerate(lines.of(event))
        ]
        await copy_rows(connection, table, ("session", "version", "item", *lines.columns), rows)
    won = [(fact.programme, fact.day) for fact in facts if fact.plain and not fact.superseded]
    await touch(connection, [*lost, *won])


def _sessions(records: Iterable[Arrived | Removed]) -> Iterable[Arrived]:
    return (one for one in records if isinstance(one, Arrived) and one.kind in _STATUS)


async def _known(connection: AsyncConnection, sessions: set[str]) -> set[Key]:
    fact = tables.session_fact.c
    among = fact.session == func.any(literal(list(sessions), ARRAY(fact.session.type)))
    return {tuple(row) for row in await connection.execute(select(fact.session, fact.version).where(among))}


def _highest(keys: Iterable[Key]) -> dict[str, int]:
    highest: dict[str, int] = {}
    for session, version in keys:
        if highest.get(session, 0) < version:
            highest[session] = version
    return highest


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


class _Fact(NamedTuple):
    """A row of `session_fact`."""

    session: str
    version: int
    status: str
    superseded: bool
    programme: str
    activity: str
    starts_at: datetime
    day: date
    minutes: int
    place: str | None
    subject_taught: str | None
    title: str | None
    reported_version: int | None
    organisers: tuple[str, ...] | None
    plain: bool
    recorded_at: datetime
    correlation: str | None
    at_partition: int
    at_offset: int


def _fact(arrived: Arrived, newest: int) -> _Fact:
    event: Any = arrived.event
    return _Fact(
        event.session,
        event.version,
        _STATUS[arrived.kind],
        event.version < newest,
        event.programme,
        event.activity,
        event.starts_at,
        _day(event.starts_at),
        event.minutes,
        event.place,
        event.subject_taught,
        event.title,
        event.reported_version,
        event.organisers or None,
        arrived.kind is SessionHeld and _is_plain(event),
        *arrived.origin,
    )


def _is_plain(event: Any) -> bool:
    """Whether its roll may be gathered with others: nobody asks of it alone, by its title, day or headcounts."""
    told_apart = event.title or event.headcounts or event.stands or event.activity in _TOLD_ONE_BY_ONE
    return not told_apart


class _Roll(NamedTuple):
    """A row of `session_roll`, which is found with the others of its term."""

    session: str
    version: int
    programme: str
    term: date
    plain: bool
    records: tuple[str, ...] | None
    statuses: Sequence[int] | None
    minutes: Sequence[int | None] | None
    acting_records: tuple[str, ...] | None
    acting_roles: Sequence[int] | None
    acting_minutes: Sequence[int | None] | None
    preparations: Sequence[int] | None


def _roll(event: Any) -> _Roll:
    """As it was called, in its order; what is the same for everybody is left out."""
    pupils, acting = event.presences, event.acting
    return _Roll(
        event.session,
        event.version,
        event.programme,
        _term(_day(event.starts_at)),
        _is_plain(event),
        tuple([line.record for line in pupils]) or None,
        _unless_zero([_PLACES[line.status] for line in pupils]),
        _unless_none([line.minutes for line in pupils]),
        tuple([line.record for line in acting]) or None,
        _unless_zero([_ROLE_PLACES[line.role] for line in acting]),
        _unless_none([line.minutes for line in acting]),
        _unless_zero([line.preparation_minutes for line in acting]),
    )


def _unless_zero(numbers: Sequence[int]) -> Sequence[int] | None:
    return numbers if any(numbers) else None


def _unless_none(numbers: Sequence[int | None]) -> Sequence[int | None] | None:
    return numbers if numbers.count(None) < len(numbers) else None


class _Lines:
    """A list of a session, a row each: in these columns a line says what its attributes of the same names say."""

    def __init__(self, name: str, *columns: str) -> None:
        self.of: Callable[[Any], Sequence[Any]] = attrgetter(name)
        self.columns, self.values = columns, attrgetter(*columns)


_LINES = {
    tables.headcount: _Lines("headcounts", "establishment", "level", "pupils", "girls"),
    tables.stand: _Lines("stands", "organisation", "status"),
}
