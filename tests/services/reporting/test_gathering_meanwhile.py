"""Sessions are written while their term is gathered: the seal is right or it is not there.

Both are stepped through, on real PostgreSQL, and stopped at their suspensions: each one of the gatherer's with a writer
who has not begun, or who has written everything; each one of the writer's with a gatherer who has sealed. Then one of
them commits first. `make storm` takes every pair.
"""

import asyncio
import itertools
from collections.abc import AsyncIterator, Sequence

import pytest
import pytest_asyncio
from sqlalchemy import text

from services.reporting.engine.dropping import drop_version
from services.reporting.engine.versions import begin_version, list_versions
from services.reporting.gathering import gather, turn
from services.reporting.gathering.turn import Outcome, gather_stale
from tests.conftest import MakeSettings
from tests.services.reporting.gather_bench import AUTUMN, TERM, GatherBench
from tests.services.reporting.stepping import Point, Stepped, awaits_of, line_of
from tests.services.reporting.streams import until


@pytest_asyncio.fixture
async def bench(reporting_database: str, make_settings: MakeSettings) -> AsyncIterator[GatherBench]:
    """A database of its own."""
    bench = GatherBench(make_settings("reporting", reporting_database))
    yield bench
    await bench.close()


def _at(points: Sequence[Point], source: str) -> Point:
    """The last time that it waits at a line."""
    return [one for one in points if source in line_of(one.places[-1])][-1]


@pytest.mark.parametrize("gathers_first", [True, False])
async def test_a_writer_beside_each_step_of_the_gatherer_is_never_sealed_over(
    bench: GatherBench, *, gathers_first: bool
) -> None:
    steps, writes = await bench.points(bench.gather), await bench.points(bench.write)
    touched = _at(writes, "await connection.execute(_TOUCH")
    committing = writes[-1]

    for one, writer in itertools.product(steps, (None, touched, committing)):
        await bench.both_at(one, writer, gathers_first=gathers_first)


@pytest.mark.parametrize("gathers_first", [True, False])
async def test_a_gatherer_beside_each_step_of_the_writer_seals_what_stands_there(
    bench: GatherBench, *, gathers_first: bool
) -> None:
    steps, gathers = await bench.points(bench.write), await bench.points(bench.gather)
    sealed = _at(gathers, "await connection.execute(_SEALED")

    for one, gatherer in itertools.product(steps, (None, sealed)):
        await bench.both_at(gatherer, one, gathers_first=gathers_first)


@pytest.mark.storm
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("gathers_first", [True, False])
async def test_every_step_of_the_gatherer_beside_every_step_of_the_writer(
    bench: GatherBench, *, gathers_first: bool
) -> None:
    pairs = list(itertools.product(await bench.points(bench.gather), await bench.points(bench.write)))

    for gatherer, writer in pairs:
        await bench.both_at(gatherer, writer, gathers_first=gathers_first)

    print(f"{len(pairs)} pairs of steps")  # noqa: T201 - how many


@pytest.mark.parametrize("killed", [True, False])
async def test_killed_or_cancelled_at_each_of_its_steps_another_one_gathers(
    bench: GatherBench, *, killed: bool
) -> None:
    steps = await bench.points(bench.gather)

    for one in steps:
        await bench.ended_at(one, killed=killed)

    reached = {place for point in steps for place in point.places}
    missing = {line_of(place) for place in awaits_of((turn, gather)) if place not in reached}
    # It is not taken, not fresh and not too late in this run.
    assert missing == {"await connection.rollback()"}


async def test_two_gatherers_do_not_do_the_same_twice(bench: GatherBench) -> None:
    steps = await bench.points(bench.gather)
    await bench.reset()
    claimed = _at(steps, "await connection.execute(_GATHER")
    stepped = Stepped(bench.gather())
    assert await stepped.run_to(claimed)

    meanwhile = await gather_stale(bench.engine, 1, TERM)
    await stepped.run_to(None)
    afterwards = await gather_stale(bench.engine, 1, TERM)

    assert (meanwhile, afterwards) == (Outcome.TAKEN, Outcome.FRESH)


async def test_a_version_is_dropped_beside_each_step_of_a_gatherer(bench: GatherBench) -> None:
    steps = await bench.points(bench.gather)

    for number, one in enumerate(steps, 2):
        assert (await begin_version(bench.engine)).version == number
        async with bench.engine.begin() as connection:
            row = "INSERT INTO projection_{}.programme_term VALUES (:programme, :term, 1, now(), now())"
            await connection.execute(text(row.format(number)), dict(zip(("programme", "term"), TERM, strict=True)))
        stepped = Stepped(gather_stale(bench.gathers, number, TERM))
        assert await stepped.run_to(one)
        async with asyncio.timeout(20):
            said: list[str] = []
            dropping = asyncio.create_task(drop_version(bench.engine, number, say=said.append))
            await until(lambda task=dropping, said=said: _done_or_waits(task, said))
            await stepped.run_to(None)
            await dropping

    async with bench.engine.connect() as connection:
        assert [one.version for one in await list_versions(connection)] == [1]
    assert await gather_stale(bench.engine, 2, ("ales", AUTUMN)) is Outcome.TAKEN


async def _done_or_waits(task: asyncio.Task[None], said: Sequence[str]) -> bool:
    return task.done() or bool(said)
