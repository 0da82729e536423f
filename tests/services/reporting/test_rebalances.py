"""A real rebalance of the group at every single place where the loop waits: nothing is lost, nothing is double.

The loop is held there until Kafka has given a partition to another member, or back; then it goes on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

import pytest
import pytest_asyncio

from contracts.topics import PEOPLE_TOPIC, REGISTRY_TOPIC, SESSIONS_TOPIC
from tests.services.reporting.facts import held, organisation, present, profiled, programme
from tests.services.reporting.rebalance_bench import FIRST, GroupBench, GroupMember
from tests.services.reporting.stepping import Await, Point, awaits_of, line_of
from tests.services.reporting.stock import OpenBench
from tests.services.reporting.streams import until
from tests.services.reporting.test_crash_points import DESK, LOOP, NEVER, OUTSIDE, SCENARIOS

OTHERS = {
    SESSIONS_TOPIC.name: [DESK.message(held("s-8", present("a-1"))), DESK.message(held("s-8", version=2))],
    PEOPLE_TOPIC.name: [DESK.message(profiled("b-1")), (b"profile/b-2", None, ())],
    REGISTRY_TOPIC.name: [DESK.message(organisation("x")), DESK.message(programme("x"))],
}
"""What stands on the second partition."""
STOCKS = {
    name: replace(one.stock, partitions=(one.messages, OTHERS[one.topic.name])) for name, one in SCENARIOS.items()
}
EVERYWHERE = [pytest.param(name, marks=[pytest.mark.storm, pytest.mark.timeout(900)]) for name in STOCKS]


@pytest_asyncio.fixture
async def bench(request: pytest.FixtureRequest, open_bench: OpenBench) -> GroupBench:
    """The records that the test names."""
    return await open_bench(GroupBench, STOCKS[request.param])


async def _joined(bench: GroupBench, points: Sequence[Point], places: Iterable[int], undisturbed: Any) -> None:
    for n in places:
        # The way of the undisturbed run, step by step: so the place was come by, and no other is left out.
        assert await bench.joined_at(points[n]) == points[: n + 1]
        assert await bench.state() == undisturbed, f"joined at {points[n]}"


async def _left(bench: GroupBench, points: Sequence[Point], places: Iterable[int], undisturbed: Any) -> None:
    for n in places:
        assert await bench.left_at(points[n], idle=n % 2 == 0) == points[: n + 1]
        assert await bench.state() == undisturbed, f"left at {points[n]}"


@pytest.mark.parametrize("bench", EVERYWHERE, indirect=True)
async def test_another_one_joins_wherever_it_waits(bench: GroupBench) -> None:
    points, undisturbed = await bench.points({0, 1})
    await _joined(bench, points, range(len(points)), undisturbed)


@pytest.mark.parametrize("bench", EVERYWHERE, indirect=True)
async def test_another_one_leaves_wherever_it_waits(bench: GroupBench) -> None:
    _, undisturbed = await bench.points({0, 1})
    points, _ = await bench.points({1})
    await _left(bench, points, range(len(points)), undisturbed)


@pytest.mark.parametrize("bench", ["sessions"], indirect=True)
async def test_another_one_joins_and_another_one_leaves_before_a_commit(bench: GroupBench) -> None:
    all_points, undisturbed = await bench.points({0, 1})
    mine, _ = await bench.points({1})

    await _joined(bench, all_points, [before_commit(all_points)], undisturbed)
    await _left(bench, mine, [before_commit(mine)], undisturbed)


@pytest.mark.parametrize("bench", ["sessions"], indirect=True)
async def test_what_is_assigned_is_not_fetched_before_it_is_sought(bench: GroupBench) -> None:
    await bench.empty()
    async with bench.member(FIRST, "waits") as member:
        await until(lambda: _has_both(member))
        before = member.consumer.paused()
        await member.turns()

        assert (before, member.consumer.paused()) == (set(bench.ends), set())


async def _has_both(member: GroupMember) -> bool:
    return member.assigned == {0, 1} and bool(member.consumer.paused())


def before_commit(points: Sequence[Point]) -> int:
    """The last statement of the last transaction that writes rows."""
    writing = [n for n, one in enumerate(points) if any("project(connection" in line_of(place) for place in one.places)]
    return writing[-1]


@pytest.mark.storm
async def test_every_wait_of_the_loop_is_among_the_points_of_the_rebalances(open_bench: OpenBench) -> None:
    reached: set[Await] = set()
    for stock in STOCKS.values():
        points, _ = await (await open_bench(GroupBench, stock)).points({0, 1})
        reached |= {place for point in points for place in point.places}
    source = [place for place, name in awaits_of(LOOP).items() if name not in OUTSIDE]
    missing = {line_of(place) for place in source if place not in reached}

    assert len(source) > 40
    assert {line for line in missing if not any(known in line for known in NEVER)} == set()
