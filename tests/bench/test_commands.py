"""The commands that measure, at a tiny size: they end, and what they measured is right."""

import asyncio
import json
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [pytest.mark.storm, pytest.mark.timeout(900)]


async def _bench(*command: str) -> dict[str, Any]:
    """In a process of its own; its JSON. Fails with what it said."""
    program, pipe = Path(sys.executable).with_name("cordees"), asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(program, "bench", *command, "--json", stdout=pipe, stderr=pipe)
    said, told = await process.communicate()
    assert process.returncode == 0, told.decode()
    answer: dict[str, Any] = json.loads(said)
    return answer


async def test_catching_up_is_exact_on_every_side() -> None:
    said = await _bench("catchup", "--sessions", "200", "--rounds", "2", "--peer-batch", "90")

    assert said["exact"]
    assert len(said["sides"]) == 4
    assert {one["records"] for one in said["sides"].values()} == {next(iter(said["sides"].values()))["records"]}
    assert all(len(one["seconds_all"]) == 2 and one["cpu_seconds"]["client"] > 0 for one in said["sides"].values())


@pytest.mark.parametrize("way", ["live", "rebuild"])
async def test_a_backlog_is_worked_off_within_the_limit(way: str, tmp_path: Path) -> None:
    curve = tmp_path / "curve.csv"
    said = await _bench("backlog", "--records", "1500", "--way", way, "--curve", str(curve))

    assert (said["through"], said["within_limit"], said["passed"]) == (True, True, said["records"])
    assert (said["exact"], said["wrong"]) == (True, [])
    assert said["records"] == pytest.approx(1_500, rel=0.15)
    assert len(curve.read_text().splitlines()) > 2


async def test_the_cost_of_two_sizes_with_exact_figures() -> None:
    said = await _bench("cost", "--sessions", "100", "--sessions", "250", "--processes", "2")

    small, large = said["sizes_measured"]
    assert said["exact"]
    assert (small["sessions"], large["sessions"]) == (100, 250)
    assert said["start"]["cpu_seconds"]["total"] > 0
    assert small["records"] > said["start"]["records"]
    assert all(asked["seconds"] for one in (small, large) for asked in one["figures"])
