"""The memory of one process, second by second, and how far it has come."""

import asyncio
import csv
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path

import psutil

_EVERY = 1.0
_ROWS, _WIDTH = 20, 60


@dataclass(frozen=True)
class Sample:
    """`rss` and `pss` in bytes; `passed`: records that it has behind it."""

    seconds: float
    rss: int
    pss: int
    passed: int


async def sample(  # noqa: PLR0913 - what is watched, for how long, and who is told
    pid: int,
    passed: Callable[[], Awaitable[int]],
    *,
    until: int | None,
    alive: Callable[[], bool],
    limit: float,
    say: Callable[[Sample], None],
) -> list[Sample]:
    """Until so much is passed (None: it ends by itself), the process has ended, or so many seconds are over."""
    process, began = psutil.Process(pid), time.monotonic()
    found: list[Sample] = []
    while alive():
        try:
            memory = process.memory_full_info()
        except psutil.NoSuchProcess:
            break
        seconds = time.monotonic() - began
        found.append(Sample(round(seconds, 1), memory.rss, getattr(memory, "pss", memory.rss), await passed()))
        say(found[-1])
        if (until is not None and found[-1].passed >= until) or seconds > limit:
            break
        await asyncio.sleep(_EVERY)
    return found


def write_curve(file: Path, samples: Sequence[Sample]) -> None:
    """CSV, one line a second."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", newline="") as opened:
        writer = csv.writer(opened)
        writer.writerow(column.name for column in fields(Sample))
        writer.writerows(astuple(one) for one in samples)


def plot(samples: Sequence[Sample], limit: int) -> list[str]:
    """The same as text: a line for each stretch of time, with the most memory in it; `|` is the limit."""
    if not samples:
        return []
    stretch = -(-len(samples) // _ROWS)
    most = max(limit, *(one.rss for one in samples))
    mark = round(_WIDTH * limit / most)
    lines = [f"{'s':>8}{'messages':>12}{'Mo':>6}  ('|' : {limit // 1_000_000} Mo)"]
    for start in range(0, len(samples), stretch):
        part = samples[start : start + stretch]
        peak = max(one.rss for one in part)
        bar = list(("#" * round(_WIDTH * peak / most)).ljust(_WIDTH + 1))
        bar[mark] = "|"
        lines.append(f"{part[-1].seconds:>8.0f}{part[-1].passed:>12}{peak // 1_000_000:>6}  {''.join(bar).rstrip()}")
    return lines
