"""One size after another: a year, its rebuild, what that cost, and what the figures are and take."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.cost.asking import Asked, ask_all
from bench.measuring.apart import Say, run_apart
from bench.measuring.databases import Database
from bench.measuring.platform import Ground, ground
from bench.measuring.serving import named, served
from bench.measuring.truth import wrong_answers
from bench.measuring.versions import let_rebuilt_answer
from bench.measuring.weights import Cpu
from bench.year.sizes import Sizes
from deploy.local.world import Steps
from deploy.reporting.french import rounded

_ENOUGH, _MOST = 20.0, 7
"""Seconds of rebuilds of one size, and how many of them at most: a second of chance weighs on the short ones.

Always an odd number of them: there is one in the middle.
"""


@dataclass(frozen=True)
class Grown:
    """One size. Seconds and CPU of the rebuild with the median CPU; bytes of the database, and of Kafka's logs."""

    sessions: int
    records: int
    generated_seconds: float
    processes: int
    seconds: float
    cpu: Cpu
    peak_memory_bytes: int
    disk_bytes: int
    log_bytes: int
    asked: Sequence[Asked]
    wrong: Sequence[str]
    rebuilds: int = 1

    @property
    def microseconds(self) -> float:
        """CPU of everybody for one record."""
        return 1e6 * self.cpu.total / self.records


async def grow(years: Sequence[Sizes], processes: int, steps: Steps) -> list[Grown]:
    """Each on a platform of its own, which is removed before the next. The first one is what a start costs."""
    grown = []
    for sizes in years:
        async with ground(None, sizes, steps) as here:
            grown.append(await _grow(here, processes, steps))
    return grown


@dataclass(frozen=True)
class _Rebuilt:
    """By all its processes."""

    records: int
    seconds: float
    cpu: Cpu
    peak_memory_bytes: int


async def _grow(here: Ground, processes: int, steps: Steps) -> Grown:
    label = rounded(here.year.sizes.sessions)
    rebuilt: list[_Rebuilt] = []
    while True:
        async with here.databases.fresh("bench_run", migrated=True) as database:
            with steps.step(f"{label} séances : reconstruire") as say:
                rebuilt.append(await _rebuild(here, database, processes, say))
            few = sum(one.seconds for one in rebuilt) < _ENOUGH or len(rebuilt) % 2 == 0
            if few and len(rebuilt) < _MOST:
                continue
            await let_rebuilt_answer(database.url)
            disk = await here.databases.size(database.name) - database.empty_bytes
            async with served(here, database.url) as client:
                with steps.step(f"{label} séances : demander les chiffres"):
                    asked = await ask_all(client)
                    wrong = await wrong_answers(client, here.truth)
            break
    median = sorted(rebuilt, key=lambda one: one.cpu.total)[len(rebuilt) // 2]
    return Grown(
        sessions=here.year.sizes.sessions,
        records=median.records,
        generated_seconds=here.year.seconds,
        processes=processes,
        seconds=median.seconds,
        cpu=median.cpu,
        peak_memory_bytes=max(one.peak_memory_bytes for one in rebuilt),
        disk_bytes=disk,
        log_bytes=_size_of(here.world.data / "kafka"),
        asked=asked,
        wrong=wrong,
        rebuilds=len(rebuilt),
    )


async def _rebuild(here: Ground, database: Database, processes: int, say: Say) -> _Rebuilt:
    job = {"side": "rebuild", "bootstrap": here.world.kafka.bootstrap, **here.servers}
    env = named(here.databases.environment(database.url))
    folder = here.world.data / "bench"
    answers: list[dict[str, Any]] = await asyncio.gather(
        *(run_apart(f"rebuild-{n}", "bench.measuring.sides", job, folder, env=env, say=say) for n in range(processes))
    )
    cpu = [Cpu(**answer["cpu"]) for answer in answers]
    return _Rebuilt(
        records=answers[0]["records"],
        seconds=max(answer["seconds"] for answer in answers),
        cpu=sum(cpu[1:], cpu[0]),
        peak_memory_bytes=max(answer["peak_memory_bytes"] for answer in answers),
    )


def _size_of(folder: Path) -> int:
    """Bytes that it takes on the disk; files that are laid out beforehand take what stands in them."""
    return sum(file.stat().st_blocks * 512 for file in folder.rglob("*") if file.is_file())
