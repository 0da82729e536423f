"""Several lanes on one consumer: whatever one of them waits for, what another one does meanwhile is nothing to it.

One is held at every single place where it waits, and the other goes on; or the group is rebalanced meanwhile, so that
what the one has is the other's from then on.
"""

import asyncio
import uuid
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer
from prometheus_client import Gauge
from sqlalchemy import insert, text
from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting import consumers, metrics
from services.reporting.consumers import Projector
from services.reporting.engine import lane
from services.reporting.engine.assigned import Forget
from services.reporting.engine.lane import Filling, Lane
from services.reporting.tables import position
from tests.services.reporting.lanes_bench import LanesBench
from tests.services.reporting.rebalance_bench import FIRST, has
from tests.services.reporting.stock import OpenBench
from tests.services.reporting.streams import until
from tests.services.reporting.test_rebalances import EVERYWHERE, STOCKS, before_commit


@pytest_asyncio.fixture
async def bench(request: pytest.FixtureRequest, open_bench: OpenBench) -> LanesBench:
    """The records that the test names."""
    return await open_bench(LanesBench, STOCKS[request.param])


@pytest.mark.parametrize("bench", EVERYWHERE, indirect=True)
async def test_another_lane_goes_on_wherever_it_waits(bench: LanesBench) -> None:
    points, undisturbed = await bench.held_points()
    for n, point in enumerate(points):
        assert await bench.beside_at(point) == points[: n + 1]
        assert await bench.state() == undisturbed, f"beside {point}"


@pytest.mark.parametrize("bench", EVERYWHERE, indirect=True)
async def test_what_it_has_becomes_another_lanes_wherever_it_waits(bench: LanesBench) -> None:
    points, undisturbed = await bench.held_points()
    for n, point in enumerate(points):
        assert await bench.handed_over_at(point) == points[: n + 1]
        assert await bench.state() == undisturbed, f"handed over at {point}"


@pytest.mark.parametrize("bench", ["sessions"], indirect=True)
async def test_another_lane_goes_on_and_what_it_has_becomes_another_lanes_before_a_commit(bench: LanesBench) -> None:
    points, undisturbed = await bench.held_points()
    point = points[before_commit(points)]

    await bench.beside_at(point)
    assert await bench.state() == undisturbed
    await bench.handed_over_at(point)
    assert await bench.state() == undisturbed


class Together:
    """Projects nothing, and knows how many transactions were open at once."""

    def __init__(self, wanted: int = 1) -> None:
        self._wanted, self._reached = wanted, asyncio.Event()
        self._inside = self.most = 0

    async def __call__(self, connection: AsyncConnection, _: Sequence[Any]) -> None:
        self._inside += 1
        self.most = max(self.most, self._inside)
        if self._inside >= self._wanted:
            self._reached.set()
        await self._reached.wait()
        await connection.execute(text("SELECT pg_sleep(0.05)"))
        self._inside -= 1


async def _passed(bench: LanesBench) -> bool:
    _, _, positions = await bench.state()
    return sorted(positions.values()) == sorted(bench.ends.values())


@asynccontextmanager
async def _projecting(bench: LanesBench, project: Together, filling: Filling) -> AsyncIterator[Projector]:
    projector = Projector(bench.engine, bench.bootstrap, bench.topic, project, filling)
    task = asyncio.create_task(projector.fill())
    try:
        yield projector
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


@asynccontextmanager
async def _projected(bench: LanesBench, project: Together, filling: Filling) -> AsyncIterator[None]:
    """Both partitions are passed."""
    async with _projecting(bench, project, filling):
        await until(lambda: _passed(bench))
        yield


@pytest.mark.parametrize("bench", ["sessions"], indirect=True)
async def test_two_partitions_of_one_process_are_written_at_the_same_time(bench: LanesBench) -> None:
    together = Together(wanted=2)
    async with _projected(bench, together, Filling()):
        assert together.most == 2


@pytest.mark.parametrize("bench", ["sessions"], indirect=True)
async def test_no_more_transactions_are_open_than_there_is_room_for(bench: LanesBench) -> None:
    together = Together()
    async with _projected(bench, together, Filling(room=asyncio.Semaphore(1))):
        assert together.most == 1


@pytest.mark.parametrize("bench", ["sessions"], indirect=True)
async def test_a_lane_that_hangs_is_missed_and_begins_again(bench: LanesBench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lane, "_LIMIT", 0.5)
    hung: list[bool] = []

    class Hangs(Together):
        async def __call__(self, connection: AsyncConnection, records: Sequence[Any]) -> None:
            if not hung:
                hung.append(True)
                await asyncio.Event().wait()
            await super().__call__(connection, records)

    async with _projected(bench, Hangs(), Filling()):
        assert hung


async def _says(projector: Projector, trouble: str) -> bool:
    return trouble in (await projector.check() or "")


@pytest.mark.parametrize("bench", ["sessions"], indirect=True)
async def test_a_lane_that_hangs_while_it_seeks_is_seen_and_begins_again(
    bench: LanesBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(consumers, "_SLOW", 0.1)
    monkeypatch.setattr(lane, "_LIMIT", 0.5)
    row = {"projection": 1, "topic": bench.topic.name, "partition": 1, "next_offset": 0}
    async with bench.engine.connect() as holder:
        # Whoever wants to write the same row waits for the end of this transaction.
        await holder.execute(insert(position).values(row))
        async with _projecting(bench, Together(), Filling()) as projector:
            await until(lambda: _says(projector, "has waited for more than"))
            await until(lambda: _says(projector, "waits after TimeoutError"))
            await holder.rollback()
            await until(lambda: _passed(bench))


@pytest.mark.parametrize("bench", ["sessions"], indirect=True)
async def test_kafka_that_takes_no_commit_holds_nothing_up(bench: LanesBench, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[bool] = []

    async def commit(*_: Any) -> None:
        asked.append(True)
        await asyncio.Event().wait()

    monkeypatch.setattr(AIOKafkaConsumer, "commit", commit)
    monkeypatch.setattr(lane, "_TELL_LIMIT", 0.1)
    async with _projected(bench, Together(), Filling(lanes=1)):
        assert asked


def _shown(gauge: Gauge, bench: LanesBench) -> list[str]:
    return [one.labels["partition"] for one in gauge.collect()[0].samples if one.labels["topic"] == bench.topic.name]


@pytest.mark.parametrize("bench", ["sessions"], indirect=True)
async def test_what_is_taken_away_meanwhile_is_shown_no_more(bench: LanesBench) -> None:
    async with bench.member(FIRST, uuid.uuid4().hex) as member:
        await has(member, {0, 1})
        forget, places = Forget(1, member.reading.reached, member.consumer), set(member.ends)
        shown: list[list[str]] = []

        async def robbed(_: AsyncConnection, __: Sequence[Any]) -> None:
            shown.append(_shown(metrics.EVENT_AGE, bench))
            await forget.on_partitions_revoked(places)

        robbed_lane = Lane(replace(member.reading, project=robbed))
        while not shown:
            await robbed_lane.turn()
        assert (sorted(shown[0]), _shown(metrics.LAG, bench)) == (["0", "1"], [])

        # The consumer has its partitions until it is given others: a seek may end in between.
        await robbed_lane._seek(places)
        assert sorted(_shown(metrics.EVENT_AGE, bench)) == ["0", "1"]
        await forget.on_partitions_assigned(set())
        assert _shown(metrics.EVENT_AGE, bench) == []
