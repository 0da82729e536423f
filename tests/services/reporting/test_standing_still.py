"""What stands still because of a record or of somebody else at work, and goes on by itself."""

import asyncio
from collections.abc import Mapping, Sequence
from contextlib import suppress

import pytest
import pytest_asyncio
from sqlalchemy import func, text
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from structlog.testing import capture_logs

from deploy.local.kafka import Kafka
from services.reporting import consumers
from services.reporting.batches import PARKED_LIMIT
from services.reporting.consumers import Projector
from services.reporting.engine import versions
from services.reporting.engine.following import Following, Rooms
from services.reporting.engine.giving_up import give_up
from services.reporting.engine.lane import Filling
from services.reporting.engine.versions import ParkedRecord, list_parked, switch_version
from tests.services.reporting.facts import held
from tests.services.reporting.streams import Streams, until

FILLED = 2


@pytest_asyncio.fixture
async def streams(kafka: Kafka, reporting_engine: AsyncEngine) -> Streams:
    """Empty topics; beside the live version one that a rebuild has filled."""
    streams = Streams(kafka.bootstrap, reporting_engine)
    await streams.create()
    await streams.rebuild().run()
    return streams


async def _stands(streams: Streams, sessions: Following) -> None:
    """The live version has parked a record of sessions, at which the other one stands still."""
    await streams.send((streams.names[2], 1, (b"programme/ales", b"{", streams.desk.message(held("s-9"))[2])))
    await streams.publish(held("s-1"), held("s-2"))
    await until(lambda: streams.passed(1))

    async def stands() -> bool:
        return "leaves none out" in (await sessions._projectors[FILLED][0].check() or "")

    await until(stands)


async def test_it_goes_on_once_the_record_was_given_up(streams: Streams) -> None:
    async with streams.following() as (_, _, sessions):
        await _stands(streams, sessions)
        async with streams.engine.connect() as connection:
            (one,) = await list_parked(connection)
        await give_up(streams.engine, one.place.topic, one.place.partition, one.offset, "Personne ne le renverra.")

        await until(lambda: streams.passed(FILLED))

    assert await streams.rows(FILLED) == await streams.rows(1)


async def test_it_goes_on_and_parks_the_record_once_it_answers(streams: Streams) -> None:
    async with streams.following() as (_, _, sessions):
        await _stands(streams, sessions)
        await switch_version(streams.engine, FILLED, lag=1_000, force=False)

        await until(lambda: streams.passed(FILLED))
        await until(lambda: _well(sessions))

    async with streams.engine.connect() as connection:
        parked = [one.place.projection for one in await list_parked(connection)]
    assert parked == [1, FILLED]
    assert await streams.desk.value("I14") == 2


async def _well(sessions: Following) -> bool:
    return await sessions.check() is None


async def test_while_too_many_are_parked_a_pool_that_is_full_is_waited_for(
    streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "_LOOK_EVERY", 0.01)
    headers = streams.desk.message(held("s-9"))[2]
    await streams.send(*((streams.names[2], 1, (b"programme/ales", b"{", headers)) for _ in range(PARKED_LIMIT + 1)))
    small = create_async_engine(streams.engine.url, pool_size=1, max_overflow=0, pool_timeout=0.1)
    projector = Projector(small, streams.bootstrap, *streams.projections[2], Filling(lanes=1))
    task = asyncio.create_task(projector.run())
    await until(lambda: _says(projector, "may be parked"))
    async with small.connect():
        for _ in range(3):
            # It looks at the same time, and waits as long.
            with pytest.raises(PoolTimeout):
                await small.connect()
        assert not task.done()
    async with streams.engine.begin() as connection:
        await connection.execute(text('DELETE FROM parked WHERE "offset" = 0'))

    # Another one is parked instead.
    async def went_on() -> bool:
        return any(one.offset == PARKED_LIMIT for one in await _parked(streams))

    await until(went_on)
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await small.dispose()


async def _parked(streams: Streams) -> Sequence[ParkedRecord]:
    async with streams.engine.connect() as connection:
        return await list_parked(connection)


async def _says(projector: Projector, trouble: str) -> bool:
    return trouble in (await projector.check() or "")


async def test_a_version_whose_rows_somebody_holds_takes_no_room_from_the_one_that_answers(streams: Streams) -> None:
    rooms = Rooms(asyncio.Semaphore(1), asyncio.Semaphore(1))
    async with streams.engine.begin() as holder, streams.following(rooms):
        await holder.execute(text(f"SELECT FROM position WHERE projection = {FILLED} FOR UPDATE"))
        await streams.publish(held("s-1"), held("s-2", programme="ales-2"))
        await until(lambda: _waits_for_a_lock(streams, "transactionid"))

        await streams.publish(held("s-3"), held("s-4", programme="ales-2"))
        await until(lambda: streams.passed(1))
        assert not await streams.passed(FILLED)
    assert await streams.desk.value("I14") == 4


async def test_a_switch_gives_the_other_version_the_room(streams: Streams) -> None:
    rooms = Rooms(asyncio.Semaphore(1), asyncio.Semaphore(1))
    async with streams.following(rooms) as (_, _, sessions):
        await until(lambda: _rooms(sessions, {1: rooms.live, FILLED: rooms.others}))
        await switch_version(streams.engine, FILLED, lag=1_000, force=False)
        await until(lambda: _rooms(sessions, {1: rooms.others, FILLED: rooms.live}))


async def _rooms(part: Following, wanted: Mapping[int, object]) -> bool:
    return {version: one.filling.room for version, (one, _) in part._projectors.items()} == wanted


def test_readers_keep_connections_for_themselves() -> None:
    rooms = Rooms.among(10)

    assert isinstance(rooms.live, asyncio.Semaphore)
    assert isinstance(rooms.others, asyncio.Semaphore)
    assert (rooms.live._value, rooms.others._value) == (5, 2)


async def test_a_projector_that_has_ended_is_begun_again(streams: Streams, monkeypatch: pytest.MonkeyPatch) -> None:
    async def ends(_: Projector) -> None:
        raise ValueError

    with monkeypatch.context() as broken, capture_logs() as logs:
        broken.setattr(Projector, "run", ends)
        async with streams.following() as (_, _, sessions):
            await until(lambda: _logged(logs, "projection.ended"))
            broken.undo()
            await streams.publish(held("s-1"))
            await until(lambda: streams.passed(1))
            await until(lambda: _well(sessions))

    assert await streams.desk.value("I14") == 1


async def _logged(logs: list[dict[str, object]], event: str) -> bool:
    return any(line["event"] == event for line in logs)


async def test_whoever_joins_while_indexes_are_made_waits_longer_than_a_statement_may_take(streams: Streams) -> None:
    await switch_version(streams.engine, FILLED, lag=0, force=False)
    next_one = await versions.begin_version(streams.engine)
    hasty = create_async_engine(
        streams.engine.url, connect_args={"server_settings": {"statement_timeout": "100"}}, pool_pre_ping=True
    )
    async with streams.engine.begin() as at_work:
        await versions._wait_for(at_work, func.pg_advisory_xact_lock(versions._FINISHING, next_one.version))
        second = asyncio.create_task(versions.begin_version(hasty))
        await until(lambda: _waits_for_a_lock(streams))
        # Twice as long as any statement of it may take.
        await at_work.execute(text("SELECT pg_sleep(0.2)"))
        assert not second.done()
    async with asyncio.timeout(10):
        assert await second == next_one
    await hasty.dispose()


async def _waits_for_a_lock(streams: Streams, kind: str = "advisory") -> bool:
    async with streams.engine.connect() as connection:
        waits = text("SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = :kind AND NOT granted)")
        return bool(await connection.scalar(waits, {"kind": kind}))
