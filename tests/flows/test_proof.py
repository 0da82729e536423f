"""The figures of a whole programme are those of the independent count, for seeds that nothing was tuned to."""

import pytest

from deploy.demo.settling import difference
from tests.flows.conftest import Stage


@pytest.mark.parametrize("seed", [7, 1848, 31337])
async def test_another_seed_gives_the_printed_figures_and_those_of_the_count(world: Stage, seed: int) -> None:
    played = await world.new_programme(seed=seed)
    await played.register()
    await played.send()
    await world.settle()

    await played.assert_table()

    figures = await played.figures("2019", ("I02", "I05", "I08", "I11"))
    assert (figures["I05"], figures["I08"]) == (4, 44)
    assert 130 <= figures["I02"] < 156
    assert 3800 <= figures["I11"] <= 4200


async def test_facts_that_come_before_their_registry_are_held_and_then_counted(world: Stage) -> None:
    played = await world.new_programme(seed=5, scale=0.2)
    first = await world.settle()

    await played.send()
    waiting = await world.settle()
    await played.register()
    await world.nothing_held()
    taken_up = await world.settle()

    before, after = difference(first, waiting), difference(first, taken_up)
    assert before["held"] > 0
    assert (before["rejected"], after["rejected"], after["held"]) == (0, 0, 0)
    await played.assert_table()


async def test_everything_a_second_time_is_only_duplicates(world: Stage) -> None:
    played = await world.new_programme(seed=6, scale=0.2)
    await played.register()
    await played.send()
    first = await world.settle()

    await played.send(repeat_share=0, seed=99)
    second = await world.settle()

    moved = difference(first, second)
    assert moved["duplicate"] > 0
    assert {outcome for outcome, number in moved.items() if number} == {"duplicate"}
    await played.assert_table()


async def test_a_corrected_roll_and_a_cancelled_session_move_the_figures_as_counted(world: Stage) -> None:
    played = await world.new_programme(seed=8, scale=0.2)
    await played.register()
    await played.send()
    await world.settle()
    before = await played.figures("2019")

    await played.send("second_act.ndjson", repeat_share=1)
    await world.settle()

    after = await played.figures("2019")
    assert after["I11"] < before["I11"]
    assert after["I14"] == before["I14"] - 1
    await played.assert_table("second_act.ndjson")
