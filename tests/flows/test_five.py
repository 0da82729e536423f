"""All programmes on one platform: every row of the table is that of the independent count.

A small dose in the ordinary run; whole worlds for other seeds in `make truth`.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from deploy.demo.figures import Row, agree
from deploy.demo.play import Play, Script, prepare
from deploy.demo.programme import PROGRAMMES, Line, available, load
from deploy.local.processes import wait_for
from deploy.local.world import Silent, World
from tests import server_data
from tests.flows.questions import answers, difference, draw

FILES = [PROGRAMMES / f"{name}.toml" for name in available()]
SERVICES = ("inscriptions", "sessions", "reporting")


@asynccontextmanager
async def stage(seed: int, order: int, scale: float = 1) -> AsyncIterator[tuple[Play, World, Path, list[Line]]]:
    """A platform of its own with everything prepared; what is played, the sender's Python and the table's lines."""
    with server_data.temporary() as data:
        partners = data / "partners"
        shutil.copytree(PROGRAMMES, partners)
        programmes = [load(PROGRAMMES / f"{name}.toml") for name in available()]
        script = Script({one.id: data / "messages" / one.id for one in programmes}, partners, seed, order)
        python = await prepare({one.id: one.file for one in programmes}, script, scale)
        async with World.start(data / "world", partners) as world:
            play = Play(world, script, Silent())
            try:
                yield play, world, python, [line for one in programmes for line in one.lines]
            finally:
                await play.close()


async def played_with_a_restart(play: Play, world: World, python: Path) -> None:
    """The registry, then everything; the three services are stopped and started while they are at work."""
    await play.register()
    before = await play.decided()
    await play.deliver(python, play.messages)

    async def at_work() -> bool:
        return await play.decided() > before

    await wait_for(at_work, 60, "nothing was decided")
    for name in SERVICES:
        world.services[name].kill()
    await asyncio.gather(*(world.services[name].wait_dead() for name in SERVICES))
    for name in SERVICES:
        world.services[name].start({"CORDEES_RELAY_LEASE": "1"})
    await asyncio.gather(*(world.services[name].wait_ready(60) for name in SERVICES))
    await play.settle()


async def cross_examined(play: Play, number: int, seed: int) -> dict[str, str]:
    """So many questions that no document asks: those that the count answers otherwise."""
    asked = draw(await play.reporting.catalogue(), FILES, number, seed)
    lines = [Line("", question) for question in asked]
    counts = await play.recount(lines)
    found = await answers(play.reporting, asked)
    differences = {
        " ".join(map(str, question.query.values())) + f" {question.indicator}": difference(
            question, answer, count or {}
        )
        for question, answer, count in zip(asked, found, counts, strict=True)
    }
    return {question: said for question, said in differences.items() if said is not None}


def wrong(rows: Sequence[Row]) -> dict[str, tuple[object, object]]:
    """What differs from the count: by text, the platform's number and the counted one."""
    return {row.read.line.text: (row.read.value, row.expected) for row in rows if not row.agrees}


async def test_every_row_is_that_of_the_count_also_when_the_services_are_killed_in_the_middle() -> None:
    async with stage(seed=11, order=12, scale=0.08) as (play, world, python, lines):
        await played_with_a_restart(play, world, python)
        rows = await play.rows(lines)
        otherwise = await cross_examined(play, number=250, seed=11)

    assert wrong(rows) == {}
    assert not otherwise, "\n".join(f"{question}: {said}" for question, said in otherwise.items())
    counted = [row for row in rows if row.counted_apart and row.expected not in (0, None, [])]
    assert len(counted) > len(rows) / 2


@pytest.mark.truth
@pytest.mark.timeout(900)
@pytest.mark.parametrize("seed", [3, 77, 1789, 2024])
async def test_whole_worlds_of_other_seeds_print_the_documents_numbers_and_those_of_the_count(seed: int) -> None:
    async with stage(seed, order=seed + 1) as (play, world, python, lines):
        await played_with_a_restart(play, world, python)
        rows = await play.rows(lines)
        otherwise = await cross_examined(play, number=1500, seed=seed)

    assert wrong(rows) == {}
    assert not otherwise, "\n".join(f"{question}: {said}" for question, said in otherwise.items())
    assert {row.read.line.text: row.read.value for row in rows if row.read.verdict == "contradicted"} == {}


@pytest.mark.truth
@pytest.mark.timeout(900)
async def test_another_shuffle_of_the_same_messages_gives_the_same_table() -> None:
    tables = []
    for order in (1, 2):
        async with stage(seed=5, order=order) as (play, _, python, lines):
            await play.register()
            await play.send(python, play.messages, "send")
            tables.append([row.read.value for row in await play.rows(lines)])

    one, other = tables
    assert [(left, right) for left, right in zip(one, other, strict=True) if not agree(left, right)] == []
