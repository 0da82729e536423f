"""What stands still because of a record or of somebody else at work, and goes on by itself."""

import asyncio
from contextlib import suppress

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from structlog.testing import capture_logs

from deploy.local.kafka import Kafka
from services.reporting import consumers
from services.reporting.batches import TooManyParked
from services.reporting.consumers import Projector
from services.reporting.engine import versions
from services.reporting.engine.following import Following
from services.reporting.engine.giving_up import give_up
from services.reporting.engine.versions import list_parked, switch_version
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
    projector = Projector(streams.engine, streams.bootstrap, *streams.projections[2])
    asked, filled = [PoolTimeout(), None], asyncio.Event()

    async def fill() -> None:
        if len(asked) == 2:
            raise TooManyParked
        filled.set()
        await asyncio.Event().wait()

    async def few_parked() -> bool:
        if (fault := asked.pop(0)) is not None:
            raise fault
        return True

    monkeypatch.setattr(projector, "fill", fill)
    monkeypatch.setattr(projector, "_few_parked", few_parked)
    task = asyncio.create_task(projector.run())
    async with asyncio.timeout(10):
        await filled.wait()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


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


async def test_whoever_begins_while_indexes_are_made_waits_longer_than_a_statement_may_take(streams: Streams) -> None:
    hasty = create_async_engine(
        streams.engine.url, connect_args={"server_settings": {"statement_timeout": "100"}}, pool_pre_ping=True
    )
    async with streams.engine.begin() as at_work:
        await versions._alone(at_work)
        second = asyncio.create_task(versions.begin_version(hasty))
        await until(lambda: _waits_for_a_lock(streams))
        # Twice as long as any statement of it may take.
        await at_work.execute(text("SELECT pg_sleep(0.2)"))
        assert not second.done()
    async with asyncio.timeout(10):
        assert (await second).version == FILLED
    await hasty.dispose()


async def _waits_for_a_lock(streams: Streams) -> bool:
    async with streams.engine.connect() as connection:
        waits = "SELECT EXISTS (SELECT FROM pg_locks WHERE locktype = 'advisory' AND NOT granted)"
        return bool(await connection.scalar(text(waits)))
