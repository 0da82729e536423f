"""Versions come, take over and go, while others are filled, answer and are read."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.reporting.engine.dropping import drop_version
from services.reporting.engine.following import Rooms
from services.reporting.engine.rebuild import Progress, Rebuild
from services.reporting.engine.schema import schema_of
from services.reporting.engine.versions import (
    AlreadyFilled,
    Refused,
    Version,
    begin_version,
    finish_version,
    list_versions,
    switch_version,
)
from services.reporting.storage import Place, VersionGone, start_position
from services.reporting.tables import position
from tests.conftest import MakeSettings
from tests.services.reporting.command_process import run_command
from tests.services.reporting.facts import held, present
from tests.services.reporting.streams import Streams, until


async def _versions(engine: AsyncEngine) -> Sequence[tuple[int, str]]:
    async with engine.connect() as connection:
        return [(one.version, one.status) for one in await list_versions(connection)]


async def test_while_a_filled_version_waits_no_other_is_filled(streams: Streams, make_settings: MakeSettings) -> None:
    url = streams.engine.url.render_as_string(hide_password=False)
    await streams.rebuild().run()

    with pytest.raises(AlreadyFilled, match=r"compare 2, puis switch 2\..*drop 2, puis rebuild"):
        await streams.rebuild().run()
    code, _ = await run_command(make_settings("reporting", url, kafka_bootstrap=streams.bootstrap), "rebuild")

    assert code == 3
    assert await _versions(streams.engine) == [(1, "live"), (2, "filling")]
    await switch_version(streams.engine, 2, lag=0, force=False)
    assert (await streams.rebuild().run()).version == 3


@dataclass
class _Late(Rebuild):
    """Has begun, and then does nothing before the others are through."""

    begun: asyncio.Event = field(default_factory=asyncio.Event)
    through: asyncio.Event = field(default_factory=asyncio.Event)

    async def _fill(self, version: Version) -> Progress:
        self.begun.set()
        await self.through.wait()
        return await super()._fill(version)


async def test_who_began_before_it_was_filled_ends_well(streams: Streams) -> None:
    late = _Late(streams.engine, streams.bootstrap, projections=streams.projections)
    second = asyncio.create_task(late.run())
    await late.begun.wait()
    await streams.rebuild().run()
    late.through.set()

    assert (await second).version == 2
    assert await _versions(streams.engine) == [(1, "live"), (2, "filling")]
    assert await streams.rows(2) == await streams.rows(1)


async def test_without_its_indexes_no_version_takes_over(streams: Streams) -> None:
    await begin_version(streams.engine)

    with pytest.raises(Refused, match="lui manque des index, que fait cordees projections rebuild"):
        await switch_version(streams.engine, 2, lag=0, force=True)

    assert await _versions(streams.engine) == [(1, "live"), (2, "filling")]
    await finish_version(streams.engine, 2)
    with pytest.raises(Refused, match="pas encore remplie"):
        await switch_version(streams.engine, 2, lag=10**6, force=False)
    await switch_version(streams.engine, 2, lag=0, force=True)
    assert await _versions(streams.engine) == [(1, "retired"), (2, "live")]


async def test_while_indexes_of_one_are_made_others_take_over_and_go(streams: Streams) -> None:
    await streams.rebuild().run()
    await switch_version(streams.engine, 2, lag=0, force=False)
    await begin_version(streams.engine)
    async with streams.engine.connect() as writer:
        await writer.execute(text("LOCK TABLE projection_3.session_roll IN ROW EXCLUSIVE MODE"))
        finishing = asyncio.create_task(finish_version(streams.engine, 3))
        # Both who make them have come to this table.
        await until(lambda: _waits_for(streams, "projection_3.session_roll", 2))

        async with asyncio.timeout(20):
            with pytest.raises(Refused, match="index"):
                await switch_version(streams.engine, 3, lag=0, force=True)
            await switch_version(streams.engine, 1, lag=0, force=False)
            await drop_version(streams.engine, 2)
            # The writer, and whoever has them made: between two indexes as well.
            with pytest.raises(Refused, match=r"encore lue par pid \d+ \(cordees\), pid \d+ \(cordees\) :"):
                await drop_version(streams.engine, 3, patience=0)
        assert not finishing.done()
    await finishing

    assert await _versions(streams.engine) == [(1, "live"), (3, "filling")]
    await switch_version(streams.engine, 3, lag=10**6, force=True)


async def _waits_for(streams: Streams, table: str, many: int) -> bool:
    query = "SELECT count(*) FROM pg_locks WHERE relation = to_regclass(:table) AND NOT granted"
    async with streams.engine.connect() as connection:
        return await connection.scalar(text(query), {"table": table}) == many


async def test_indexes_of_a_version_that_is_gone_are_refused(streams: Streams) -> None:
    await begin_version(streams.engine)
    await drop_version(streams.engine, 2)

    with pytest.raises(Refused, match="pas de version 2"):
        await finish_version(streams.engine, 2)


@asynccontextmanager
async def _reading(streams: Streams) -> AsyncIterator[int]:
    """Somebody's tool that has read a table of version 1, and whose transaction stays open; its process."""
    told = {"server_settings": {"application_name": "tableur"}}
    engine = create_async_engine(streams.engine.url, connect_args=told)
    async with engine.connect() as connection:
        await connection.execute(text("SELECT count(*) FROM projection_1.session_fact"))
        pid: int = (await connection.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        yield pid
    await engine.dispose()


async def _any(said: Sequence[str]) -> bool:
    return bool(said)


async def test_while_somebody_reads_a_version_its_drop_waits_and_the_live_one_goes_on(streams: Streams) -> None:
    await streams.rebuild().run()
    await switch_version(streams.engine, 2, lag=0, force=False)
    said: list[str] = []
    # One transaction at a time, of whichever version.
    room = asyncio.Semaphore(1)
    async with streams.following(Rooms(room, room)):
        async with _reading(streams) as pid:
            dropping = asyncio.create_task(drop_version(streams.engine, 1, say=said.append))
            await until(lambda: _any(said))
            await streams.publish(held("s-70", present("p-1")), held("s-71", present("p-1"), programme="albi"))
            await until(lambda: streams.passed(2), 10)
            await until(lambda: streams.passed(1), 10)
            assert not dropping.done()
        async with asyncio.timeout(20):
            await dropping
        await streams.publish(held("s-79", present("p-1")))
        await until(lambda: streams.passed(2), 10)

    assert said == [f"pid {pid} (tableur)"]
    assert await _versions(streams.engine) == [(2, "live")]
    assert await _positions(streams) == {2}


async def _positions(streams: Streams) -> set[int]:
    async with streams.engine.connect() as connection:
        return set(await connection.scalars(select(position.c.projection)))


async def test_a_version_that_somebody_goes_on_reading_is_kept_and_it_is_said_who(streams: Streams) -> None:
    await streams.rebuild().run()
    await switch_version(streams.engine, 2, lag=0, force=False)
    before = await streams.rows(1)

    async with _reading(streams) as pid:
        with pytest.raises(Refused, match=rf"La version 1 est encore lue par pid {pid} \(tableur\)"):
            await drop_version(streams.engine, 1, patience=0.5)

    assert await _versions(streams.engine) == [(1, "retired"), (2, "live")]
    assert (await _positions(streams), await streams.rows(1)) == ({1, 2}, before)
    await drop_version(streams.engine, 1)


async def test_a_batch_in_the_middle_is_waited_for_and_the_next_finds_nothing(streams: Streams) -> None:
    await streams.rebuild().run()
    await switch_version(streams.engine, 2, lag=0, force=False)
    async with streams.engine.begin() as writer:
        await writer.execute(text("UPDATE position SET log_end = log_end WHERE projection = 1"))
        async with asyncio.timeout(20):
            dropping = asyncio.create_task(drop_version(streams.engine, 1))
            # After a second PostgreSQL looks whether two wait for each other, and ends the one who has just begun to.
            await until(lambda: _waits(streams, 1.2))
            await writer.execute(text("DELETE FROM projection_1.session_roll"))
    await dropping

    assert await _positions(streams) == {2}
    async with streams.engine.begin() as connection:
        with pytest.raises(VersionGone):
            await start_position(connection, Place(streams.names[0], 0, 1), 0)


async def _waits(streams: Streams, seconds: float = 0) -> bool:
    query = text("""
        SELECT EXISTS (SELECT FROM pg_locks JOIN pg_stat_activity USING (pid) WHERE datname = current_database()
            AND NOT granted AND waitstart < clock_timestamp() - make_interval(secs => :seconds))
    """)
    async with streams.engine.connect() as connection:
        return bool(await connection.scalar(query, {"seconds": seconds}))


async def test_who_seeks_a_version_that_is_being_dropped_leaves_no_position(streams: Streams) -> None:
    await begin_version(streams.engine)
    async with streams.engine.begin() as seeking:
        await start_position(seeking, Place(streams.names[0], 0, 2), 0)
        dropping = asyncio.create_task(drop_version(streams.engine, 2))
        await until(lambda: _waits(streams))
    await dropping

    assert await _positions(streams) == {1}


async def test_of_two_who_switch_and_drop_the_same_version_one_is_refused(streams: Streams) -> None:
    await streams.rebuild().run()

    done = await asyncio.gather(
        switch_version(streams.engine, 2, lag=0, force=False),
        drop_version(streams.engine, 2),
        return_exceptions=True,
    )

    assert [type(one) for one in done if one is not None and not isinstance(one, int)] == [Refused]
    assert await _versions(streams.engine) in ([(1, "live")], [(1, "retired"), (2, "live")])
    async with streams.engine.connect() as connection:
        left = await connection.scalar(select(func.to_regclass(f"{schema_of(2)}.acting").is_not(None)))
    assert left == isinstance(done[0], int)
