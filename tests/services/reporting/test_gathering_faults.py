"""A fault while a rebuild gathers: the database is waited for, and what it refuses ends the rebuild with its term."""

import asyncio
from collections.abc import Sequence
from datetime import date
from typing import Any

import pytest
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from structlog.testing import capture_logs

from services.reporting.engine.versions import begin_version, find_version
from services.reporting.gathering.filling import NotGathered, gather_all
from services.reporting.gathering.stale import stale_terms
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import at, held, present
from tests.services.reporting.gathered import check_sealed
from tests.services.reporting.streams import Streams, until

AUTUMN, SPRING = date(2018, 9, 1), date(2019, 1, 1)
OCTOBER, MARCH = at(date(2018, 10, 3)), at(date(2019, 3, 6))
BEFORE = (held("s-1", present("a-1"), starts_at=OCTOBER), held("s-2", present("b-1"), starts_at=MARCH))
HELD_UP = "SELECT pid FROM pg_locks WHERE NOT granted AND relation = CAST('projection_1.strand' AS regclass)"
REFUSED = "ALTER TABLE {schema}.strand ADD CONSTRAINT refused CHECK (term <> '2018-09-01')"
ALLOWED = "ALTER TABLE {schema}.strand DROP CONSTRAINT refused"


async def _held_up(connection: AsyncConnection, known: frozenset[int] = frozenset()) -> frozenset[int]:
    """Backends that wait for what this transaction has locked, others than those that are known."""
    found: set[int] = set()

    async def some() -> bool:
        found.update(await connection.scalars(text(HELD_UP)))
        return bool(found - known)

    await until(some)
    return frozenset(found - known)


async def _stale(engine: AsyncEngine, version: int = 1) -> set[Any]:
    async with engine.connect() as connection:
        return set(await stale_terms(connection, version))


async def _run(engine: AsyncEngine, statement: str, version: int = 1) -> None:
    async with engine.begin() as connection:
        await connection.execute(text(statement.format(schema=f"projection_{version}")))


def _waits(logs: Sequence[Any]) -> Sequence[float]:
    return [one["seconds"] for one in logs if one["event"] == "gathering.waits"]


async def test_connections_that_break_off_are_waited_out_with_growing_pauses(reporting: Reporting) -> None:
    await reporting.receive(BEFORE[0])
    ended: frozenset[int] = frozenset()
    with capture_logs() as logs:
        async with reporting.engine.begin() as holds:
            await holds.execute(text("LOCK TABLE projection_1.strand"))
            gathering = asyncio.create_task(gather_all(reporting.engine, 1))
            for _ in range(3):
                for pid in await _held_up(holds, ended):
                    await holds.execute(text("SELECT pg_terminate_backend(:pid)"), {"pid": pid})
                    ended |= {pid}
        await gathering

    assert _waits(logs) == [0.2, 0.5, 1.0]
    assert await check_sealed(reporting.engine) == 1


async def test_a_database_that_refuses_connections_is_waited_for(reporting: Reporting) -> None:
    await reporting.receive(BEFORE)
    await reporting.engine.dispose()
    refused = [ConnectionRefusedError(111, "Connect call failed")] * 2

    @event.listens_for(reporting.engine.sync_engine, "do_connect")
    def refuse(*_: Any) -> None:
        if refused:
            raise refused.pop()

    with capture_logs() as logs:
        await gather_all(reporting.engine, 1)

    assert _waits(logs) == [0.2, 0.5]
    assert await check_sealed(reporting.engine) == 2


async def test_what_was_cancelled_ends_it(reporting: Reporting) -> None:
    await reporting.receive(BEFORE)
    async with reporting.engine.begin() as holds:
        await holds.execute(text("LOCK TABLE projection_1.strand"))
        gathering = asyncio.create_task(gather_all(reporting.engine, 1))
        for pid in await _held_up(holds):
            await holds.execute(text("SELECT pg_cancel_backend(:pid)"), {"pid": pid})
        with pytest.raises(NotGathered, match="57014"):
            await gathering

    assert await _stale(reporting.engine) == {("ales", AUTUMN), ("ales", SPRING)}


async def test_a_term_that_postgresql_refuses_ends_a_rebuild_that_resumes_there(streams: Streams) -> None:
    await streams.publish(held("s-50", present("p-1"), starts_at=OCTOBER))
    async with streams.following():
        await until(lambda: streams.passed(1))
    await begin_version(streams.engine)
    await _run(streams.engine, REFUSED, 2)
    progress: list[Any] = []

    with pytest.raises(NotGathered, match=r"ales 2018-09-01 \(IntegrityError 23514\).*cordees projections rebuild"):
        await streams.rebuild().run()
    assert ("ales", AUTUMN) in await _stale(streams.engine, 2)
    await _run(streams.engine, ALLOWED, 2)
    await streams.rebuild(say=progress.append).run()

    assert progress[0].done == progress[0].total
    assert await check_sealed(streams.engine, 2) == 2
    async with streams.engine.connect() as connection:
        assert (await find_version(connection, 2)).followed
