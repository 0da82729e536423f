"""What ought to stand in the gathered tables, counted in Python from the rows of sessions, and what does stand there.

Written from what the tables are said to hold, not from the SQL that fills them. Places are any numbers: only which
lines share one is compared.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.reporting.engine.schema import schema_of
from services.reporting.gathering.filling import gather_all
from services.reporting.tables import facts, gathered

Term = tuple[str, date]
PRESENT = {"present", "distance", "retard", "depart_anticipe"}


def names(version: int = 1) -> Sequence[str]:
    """Every table of a version, to be emptied together."""
    return [f"{schema_of(version)}.{table.name}" for table in (*facts.sorted_tables, *gathered.sorted_tables)]


@dataclass
class Rolls:
    """Of one term: the lines of each session, whoever it is, and who missed which day. Order says nothing."""

    sessions: dict[Any, list[Any]] = field(default_factory=lambda: defaultdict(list))
    missed: Counter[Any] = field(default_factory=Counter)

    @property
    def seen(self) -> Any:
        """To be compared."""
        return Counter(frozenset(Counter(lines).items()) for lines in self.sessions.values()), self.missed


async def check_gathered(engine: AsyncEngine, version: int = 1) -> int:
    """What is sealed now is as counted; gives how many terms are. Then, everything gathered, all of it is."""
    sealed = await check_sealed(engine, version)
    await gather_all(engine, version)
    async with engine.connect() as connection:
        touched = await _rows(connection, version, "SELECT programme, term, stale_since FROM programme_term")
        terms = set(await _expected(connection, version))
    assert terms <= {(programme, term) for programme, term, _ in touched}
    assert [since for _, _, since in touched if since is not None] == []
    await check_sealed(engine, version)
    return sealed


async def check_sealed(engine: AsyncEngine, version: int = 1) -> int:
    """In one snapshot, as whoever asks for a figure sees it."""
    async with engine.connect() as connection:
        await connection.execution_options(isolation_level="REPEATABLE READ")
        query = "SELECT programme, term FROM programme_term WHERE stale_since IS NULL"
        sealed = {tuple(row) for row in await _rows(connection, version, query)}
        expected, found = await _expected(connection, version), await _found(connection, version)
    for term in sealed:
        assert found.get(term, Rolls()).seen == expected.get(term, Rolls()).seen, term
    return len(sealed)


def _term(day: date) -> date:
    return date(day.year, 9, 1) if day >= date(day.year, 9, 1) else date(day.year, 1, 1)


async def _rows(connection: AsyncConnection, version: int, query: str) -> Sequence[Any]:
    await connection.execute(text(f"SET search_path TO {schema_of(version)}, public"))
    found = (await connection.execute(text(query))).all()
    await connection.execute(text("SET search_path TO DEFAULT"))
    return found


async def _expected(connection: AsyncConnection, version: int) -> Mapping[Term, Rolls]:
    counted = await _counted(connection, version)
    found: dict[Term, Rolls] = defaultdict(Rolls)
    lines = await _rows(connection, version, "SELECT session, version, record, status, minutes FROM presence")
    for session, number, record, status, minutes in lines:
        if one := counted.get((session, number)):
            rolls = found[one.programme, _term(one.day)]
            if status in PRESENT:
                rolls.sessions[session].append((record, None, *_of(one, minutes), 0))
            else:
                rolls.missed[record, _place(one.day)] += 1
    hands = "SELECT session, version, record, role, minutes, preparation_minutes FROM acting"
    for session, number, record, role, minutes, preparation in await _rows(connection, version, hands):
        if one := counted.get((session, number)):
            rolls = found[one.programme, _term(one.day)]
            rolls.sessions[session].append((record, role, *_of(one, minutes), preparation))
    return found


async def _counted(connection: AsyncConnection, version: int) -> Mapping[tuple[str, int], Any]:
    """What was held, is the last word on its session, and is told apart by nothing."""
    apart = {
        tuple(row)
        for table in ("headcount", "stand")
        for row in await _rows(connection, version, f"SELECT session, version FROM {table}")  # noqa: S608
    }
    newest: dict[str, Any] = {}
    for one in await _rows(connection, version, "SELECT * FROM session_fact ORDER BY version"):
        newest[one.session] = one
    counted = {}
    for one in newest.values():
        told_apart = (one.session, one.version) in apart or one.title or one.activity in {"forum", "conference"}
        plain = one.status == "held" and not told_apart
        assert one.plain == plain, one.session
        if plain:
            counted[one.session, one.version] = one
    return counted


def _place(day: date) -> int:
    return (day - _term(day)).days


def _of(one: Any, minutes: int | None) -> Iterable[Any]:
    organisers = tuple(one.organisers or ())
    return one.activity, one.subject_taught, organisers, _place(one.day), one.minutes if minutes is None else minutes


async def _found(connection: AsyncConnection, version: int) -> Mapping[Term, Rolls]:
    strands = {
        (one.programme, one.term, one.strand): one for one in await _rows(connection, version, "SELECT * FROM strand")
    }
    found: dict[Term, Rolls] = defaultdict(Rolls)
    stood = set()
    for row in await _rows(connection, version, "SELECT * FROM participation"):
        rolls, key = found[row.programme, row.term], (row.programme, row.term, row.record, row.acting)
        assert key not in stood, "a row for each record, and for each of its two ways to take part"
        stood.add(key)
        preparations = row.preparations or [0] * len(row.places)
        assert row.preparations is None or any(row.preparations)
        columns = (row.strands, row.places, row.days, row.minutes, preparations)
        for strand, place, day, minutes, preparation in zip(*columns, strict=True):
            said = strands[row.programme, row.term, strand]
            assert (said.role is not None) == row.acting
            what = said.activity, said.subject_taught, tuple(said.organisers or ())
            rolls.sessions[place].append((row.record, said.role, *what, day, minutes, preparation))
        for day in row.absences or ():
            assert not row.acting
            rolls.missed[row.record, day] += 1
    return found
