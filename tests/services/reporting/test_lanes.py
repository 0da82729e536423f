"""Several lanes on one consumer: whatever one of them waits for, what another one does meanwhile is nothing to it.

One is held at every single place where it waits, and the other goes on; or the group is rebalanced meanwhile, so that
what the one has is the other's from then on.
"""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.kafka import Kafka
from services.reporting.engine import lane
from tests.conftest import MakeDatabase, MakeSettings
from tests.services.reporting.lanes_bench import LanesBench
from tests.services.reporting.test_rebalances import EVERYWHERE, STOCKS, before_commit


@pytest_asyncio.fixture
async def bench(
    request: pytest.FixtureRequest,
    kafka: Kafka,
    make_database: MakeDatabase,
    make_settings: MakeSettings,
    monkeypatch: pytest.MonkeyPatch,
) -> AsyncIterator[LanesBench]:
    """The records that the test names."""
    monkeypatch.setattr(lane, "_POLL_MS", 20)
    settings = make_settings("reporting", await make_database("reporting"))
    bench = LanesBench(kafka, settings, STOCKS[request.param])
    await bench.prepare()
    yield bench
    await bench.close()


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
