"""A real process of the engine on a backlog: the reporting service following it, or `cordees projections rebuild`."""

import os
import sys
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bench.backlog.sampling import Sample, sample
from bench.measuring.platform import Ground
from bench.measuring.serving import describe
from bench.measuring.truth import client_of, wrong_answers
from bench.measuring.versions import gather_live, let_rebuilt_answer, live_version, newest_version
from bench.year.sizes import Sizes
from contracts.topics import OURS
from deploy.local.processes import Child
from services.reporting.engine.logs import Logs, read_logs
from services.reporting.engine.versions import read_offsets

LIMIT_BYTES = 400_000_000
LIVE, REBUILD = "live", "rebuild"
_PATIENCE = 600

# Measured: records of a year without duplicates, by what they are about.
_PER_SESSION, _PER_PUPIL = 1.19, 3.6


def sizes_of(records: int, presences: int, pupils: int, seed: int) -> Sizes:
    """A year of about so many records, most of them sessions."""
    sessions = max(pupils, round((records - _PER_PUPIL * pupils) / _PER_SESSION))
    programmes = max(2, min(1_000, pupils // 40))
    volunteers, schools = max(programmes, pupils // 8), max(5, pupils // 56)
    return Sizes(sessions, presences, pupils, programmes, volunteers, schools, seed=seed)


class EndedAtOnce(Exception):
    """The process had ended before anything could be sampled; one line, in the operator's language."""

    def __init__(self, name: str, code: int | None, said: str) -> None:
        """Says with what code it ended, and its last word."""
        super().__init__(f"{name} s'est arrêté aussitôt, code {code} : {said or 'sans rien dire'}")


@dataclass(frozen=True)
class Worked:
    """The curve, and how many records there were; `ended` with what code, or None if it was stopped by us.

    `by_itself`: once it has read everything it has more to do, and then it ends.
    """

    samples: list[Sample]
    total: int
    ended: int | None
    by_itself: bool = False

    @property
    def peak(self) -> int:
        """The most resident memory, in bytes."""
        return max((one.rss for one in self.samples), default=0)


async def work(ground: Ground, way: str, limit: float, say: Callable[[Sample], None]) -> Worked:
    """Let it run until it is through, or for so many seconds. Raises `EndedAtOnce`."""
    logs = await read_logs(ground.world.kafka.bootstrap, OURS)
    engine = create_async_engine(ground.world.postgres.url("reporting"))
    try:
        async with _process(ground, way) as child:
            samples = await sample(
                child.pid,
                lambda: _passed(engine, way, logs),
                until=logs.total if way == LIVE else None,
                alive=lambda: child.returncode is None,
                limit=limit,
                say=say,
            )
            return worked_off(child, samples, logs.total, by_itself=way == REBUILD)
    finally:
        await engine.dispose()


def worked_off(child: Child, samples: list[Sample], total: int, *, by_itself: bool) -> Worked:
    """As it stands now. Raises `EndedAtOnce`."""
    if not samples:
        raise EndedAtOnce(child.name, child.returncode, child.last_words(1))
    return Worked(samples, total, child.returncode, by_itself)


async def check(ground: Ground, way: str) -> list[str]:
    """What the figures say wrongly of the year, once it is through and its process stopped: outside of its time."""
    url = ground.world.postgres.url("reporting")
    await (let_rebuilt_answer if way == REBUILD else gather_live)(url)
    # Several nations' sessions on one small machine: a figure may take longer than the minute that a service gives it.
    settings = ground.databases.settings(url).model_copy(update={"statement_seconds": _PATIENCE})
    async with client_of(settings, ground.world.secrets) as client:
        return await wrong_answers(client, ground.truth)


async def _passed(engine: AsyncEngine, way: str, logs: Logs) -> int:
    version = await (live_version if way == LIVE else newest_version)(engine)
    async with engine.connect() as connection:
        return logs.total - logs.left(await read_offsets(connection, version))


@asynccontextmanager
async def _process(ground: Ground, way: str) -> AsyncIterator[Child]:
    """Stopped in the end."""
    child = _service(ground) if way == LIVE else _rebuild(ground)
    child.wanted = False
    try:
        yield child
    finally:
        await child.stop()


def _service(ground: Ground) -> Child:
    service = describe(ground, ground.world.postgres.url("reporting"))
    service.start()
    (child,) = service.children
    return child


def _rebuild(ground: Ground) -> Child:
    data = ground.world.data
    program = Path(sys.executable).with_name("cordees")
    command: list[str | Path] = [program, "projections", "rebuild", "--json", "--data", data]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("CORDEES_")}
    return Child("rebuild", [sys.executable, "-P", *command], log=data / "logs" / "rebuild.log", env=environment)


def is_through(worked: Worked) -> bool:
    """Whether nothing was left to do."""
    return worked.ended == 0 if worked.by_itself else worked.samples[-1].passed >= worked.total


def summary(worked: Worked, generated_seconds: float, wrong: Sequence[str] | None = None) -> dict[str, object]:
    """Peak and speed; the curve itself is in its file. `wrong` is None where nothing was compared."""
    last = worked.samples[-1]
    return {
        "records": worked.total,
        "generated_seconds": round(generated_seconds, 1),
        "passed": last.passed,
        "seconds": last.seconds,
        "records_per_second": round(last.passed / last.seconds) if last.seconds else None,
        "peak_rss_bytes": worked.peak,
        "peak_pss_bytes": max(one.pss for one in worked.samples),
        "limit_bytes": LIMIT_BYTES,
        "within_limit": worked.peak <= LIMIT_BYTES,
        "through": is_through(worked),
        "exact": None if wrong is None else not wrong,
        "wrong": list(wrong or ())[:20],
    }


def is_good(said: Mapping[str, object]) -> bool:
    """Of a summary: through, within the limit, and every figure right."""
    return bool(said["through"] and said["within_limit"] and said["exact"])
