"""A year from sizes to topics: who may write, in how many processes, and whether everything arrived."""

import asyncio
import multiprocessing
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from typing import Any

from bench.year.calendar import PERIOD
from bench.year.sending import NotDelivered
from bench.year.sizes import Sizes
from bench.year.topics import Ends, Topics, ends_of
from bench.year.truth import Tally, Written, national
from bench.year.writing import Job, Outcome, prepare, units_of, write_unit

Say = Callable[[int], None]
"""Told how many records are under way or written."""

_LOOK_EVERY = 1.0


@dataclass(frozen=True)
class Year:
    """What was written, and how it went."""

    sizes: Sizes
    topics: Topics
    outcomes: Sequence[Outcome]
    seconds: float

    def written(self) -> dict[str, Written]:
        """By topic."""
        found = {topic: Written() for topic in ("registry", "people", "sessions")}
        for outcome in self.outcomes:
            found[outcome.unit.topic].add(outcome.written)
        return {getattr(self.topics, name).name: written for name, written in found.items()}

    def tallies(self) -> dict[str, Tally]:
        """By programme."""
        return {slug: tally for outcome in self.outcomes for slug, tally in sorted(outcome.tallies.items())}

    def truth(self) -> dict[str, Any]:
        """Everything that a rebuild can be held against. The same sizes and seed give the same."""
        tallies = self.tallies()
        return {
            "sizes": asdict(self.sizes),
            "period": PERIOD,
            "topics": {
                topic: {
                    "records": written.records,
                    "partitions": {str(number): count for number, count in sorted(written.partitions.items())},
                    "types": dict(sorted(written.kinds.items())),
                }
                for topic, written in self.written().items()
            },
            "national": national(tallies.values()).figures(),
            "programmes": {slug: tally.figures() for slug, tally in sorted(tallies.items())},
        }

    def summary(self) -> dict[str, Any]:
        """How fast, how much, and with how much memory (the most of one process)."""
        written = self.written().values()
        records = sum(topic.records for topic in written)
        return {
            "records": records,
            "value_bytes": sum(topic.value_bytes for topic in written),
            "seconds": round(self.seconds, 2),
            "records_per_second": round(records / self.seconds),
            "peak_memory_bytes": max(outcome.memory for outcome in self.outcomes),
        }


async def generate(  # noqa: PLR0913 - what is written, where, and how it is shown
    bootstrap: str,
    sizes: Sizes,
    *,
    topics: Topics | None = None,
    append: bool = False,
    workers: int = 2,
    say: Say = lambda _: None,
) -> Year:
    """Write a year. The topics exist; without `append` they are empty.

    Raises `topics.NotEmpty`, `sending.NotDelivered`, and aiokafka's errors when the cluster cannot be reached.
    """
    topics = topics or Topics()
    before = await ends_of(bootstrap, topics, must_be_empty=not append)
    began = time.monotonic()
    outcomes = await _write(Job(bootstrap, sizes, topics), workers, say)
    year = Year(sizes, topics, outcomes, time.monotonic() - began)
    _check(before, await ends_of(bootstrap, topics), year.written())
    return year


async def _write(job: Job, workers: int, say: Say) -> list[Outcome]:
    """All units, so many at a time; whoever is interrupted stops them all."""
    # Spawned: a fork would take along whatever threads and signals this process has.
    context = multiprocessing.get_context("spawn")
    units = units_of(job.topics)
    progress, stop = context.Array("q", len(units)), context.Event()
    loop = asyncio.get_running_loop()
    with ProcessPoolExecutor(workers, context, prepare, (progress, stop)) as pool:
        futures = [loop.run_in_executor(pool, write_unit, job, unit) for unit in units]
        try:
            return await _watched(futures, lambda: say(sum(progress[:])))
        finally:
            stop.set()
            pool.shutdown(wait=False, cancel_futures=True)
            await asyncio.gather(*futures, return_exceptions=True)


async def _watched(futures: Sequence[asyncio.Future[Outcome]], look: Callable[[], None]) -> list[Outcome]:
    waiting = set(futures)
    while waiting:
        done, waiting = await asyncio.wait(waiting, timeout=_LOOK_EVERY, return_when=asyncio.FIRST_EXCEPTION)
        for one in done:
            one.result()
        look()
    return [future.result() for future in futures]


def _check(before: Ends, after: Ends, written: dict[str, Written]) -> None:
    """Offsets have moved by what was sent, or somebody else wrote meanwhile."""
    for topic, counts in written.items():
        moved = {number: end - before[topic][number] for number, end in after[topic].items()}
        if moved != {number: counts.partitions[number] for number in moved}:
            raise NotDelivered(f"{topic}: {moved} records came, not {dict(counts.partitions)}")
