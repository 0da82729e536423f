"""Long hunts (`make storm`): a full minute without a dependency, kills at random moments, many more seeds."""

import asyncio
import random

import pytest

from deploy.local.processes import wait_for
from tests.flows.conftest import Stage

pytestmark = [pytest.mark.storm, pytest.mark.timeout(900)]

MINUTE = 60.0
KILLS = 12


@pytest.mark.parametrize("away", ["postgres", "kafka"])
async def test_a_minute_without_a_dependency_loses_and_refuses_nothing(world: Stage, away: str) -> None:
    played = await world.new_programme(seed=41)
    await played.register()
    before = await world.settle()
    server = world.world.postgres if away == "postgres" else world.world.kafka
    loop = asyncio.get_running_loop()

    await played.send()
    server.kill()
    gone = loop.time()

    async def a_minute_has_passed() -> bool:
        return loop.time() - gone >= MINUTE

    await wait_for(a_minute_has_passed, MINUTE + 5, "time stands still")
    await server.launch()
    after = await world.settle(300)

    assert sum(one["rejected"] for one in after.values()) == sum(one["rejected"] for one in before.values())
    await played.assert_table()


@pytest.mark.parametrize("seed", range(3))
async def test_kills_at_random_moments_end_with_the_same_table(world: Stage, seed: int) -> None:
    played = await world.new_programme(seed=seed + 50)
    await played.register()
    rng = random.Random(seed)
    sending = asyncio.create_task(played.send())

    for _ in range(KILLS):
        service = world.world.services[rng.choice(("inscriptions", "sessions", "reporting"))]
        service.kill()
        await service.wait_dead()
        service.start({"CORDEES_RELAY_LEASE": "1"})
        await service.wait_ready(60)
        # The moment of the next kill is what is drawn here; nothing waits for a state.
        await asyncio.sleep(rng.uniform(0, 1.5))
    await sending
    await world.settle(300)

    await played.assert_table()


@pytest.mark.parametrize("seed", range(200, 204))
async def test_many_seeds_agree_with_the_count(world: Stage, seed: int) -> None:
    played = await world.new_programme(seed=seed)
    await played.register()
    await played.send()
    await world.settle(300)

    await played.assert_table()
