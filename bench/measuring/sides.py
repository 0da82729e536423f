"""One side's work, in a process of its own. The clock runs from its first request to its last commit.

Sides: `live`, our projectors as the service runs them; `rebuild`, as `cordees projections rebuild`; `peer` and `tuned`.
"""

import asyncio
import importlib
import time
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bench.measuring.apart import Progress, give, job
from bench.measuring.weights import Cpu, peak_memory

PEERS = ("peer", "tuned")
_LOOK_EVERY = 0.1
_CODE = {
    "live": ("services.reporting.engine.following", "services.reporting.engine.logs", "bench.measuring.versions"),
    "rebuild": ("services.reporting.engine.rebuild",),
    "peer": ("bench.peers.catching_up", "contracts.topics"),
    "tuned": ("bench.peers.tuned", "contracts.topics"),
}
"""What a side imports: before the clock, like the start of Python."""


async def live(engine: AsyncEngine, bootstrap: str, progress: Progress) -> int:
    """The live version from the beginning of the topics, in the service's batches and with its room for them."""
    from bench.measuring.versions import live_version
    from chassis.settings import Settings
    from services.reporting.consumers import Projector
    from services.reporting.engine.following import Rooms
    from services.reporting.engine.lane import Filling
    from services.reporting.engine.logs import read_logs
    from services.reporting.engine.versions import read_offsets
    from services.reporting.projections import PROJECTIONS

    logs, version = await read_logs(bootstrap, tuple(topic for topic, _ in PROJECTIONS)), await live_version(engine)
    filling = Filling(room=Rooms.among(Settings().database_connections).live)
    tasks = [asyncio.create_task(Projector(engine, bootstrap, *one, filling).fill()) for one in PROJECTIONS]
    try:
        while True:
            async with engine.connect() as connection:
                offsets = await read_offsets(connection, version)
            if logs.passed(offsets):
                return logs.total
            progress(logs.total - logs.left(offsets), logs.total)
            done, _ = await asyncio.wait(tasks, timeout=_LOOK_EVERY, return_when=asyncio.FIRST_EXCEPTION)
            for task in done:
                await task
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def rebuild(engine: AsyncEngine, bootstrap: str, progress: Progress) -> int:
    """The next version, its indexes, and what is gathered. Nothing, where others were through before this one began."""
    from services.reporting.engine.logs import read_logs
    from services.reporting.engine.rebuild import Rebuild
    from services.reporting.engine.versions import AlreadyFilled
    from services.reporting.projections import PROJECTIONS

    try:
        last = await Rebuild(engine, bootstrap, lambda now: progress(now.done, now.total)).run()
    except AlreadyFilled:
        return (await read_logs(bootstrap, tuple(topic for topic, _ in PROJECTIONS))).total
    return last.total


async def peer(engine: AsyncEngine, bootstrap: str, batch: int) -> int:
    """Its tables are made before."""
    from bench.peers.catching_up import Peer
    from contracts.topics import OURS

    return await Peer(engine, bootstrap, [topic.name for topic in OURS], batch).run()


async def tuned(engine: AsyncEngine, bootstrap: str, batch: int) -> int:
    """The same tables; the collector is spared once everything is imported."""
    from bench.peers.tuned import catch_up, spare_collector
    from contracts.topics import OURS

    spare_collector()
    return await catch_up(engine, bootstrap, [topic.name for topic in OURS], batch)


async def _work(given: dict[str, Any]) -> dict[str, Any]:
    engine = await _engine(given)
    for module in _CODE[given["side"]]:
        importlib.import_module(module)
    servers = (given["postgres_pid"], given["broker_pid"])
    before, began = Cpu.now(*servers), time.monotonic()
    try:
        records = await _run(engine, given)
        seconds, spent = time.monotonic() - began, Cpu.now(*servers).since(before)
    finally:
        await engine.dispose()
    return {"records": records, "seconds": seconds, "cpu": vars(spent), "peak_memory_bytes": peak_memory()}


async def _engine(given: dict[str, Any]) -> AsyncEngine:
    if given["side"] in PEERS:
        from bench.peers.catching_up import make_tables

        engine = create_async_engine(given["url"])
        await make_tables(engine)
        return engine
    from chassis.database import create_engine
    from chassis.logs import configure_logs
    from chassis.settings import Settings

    settings = Settings()
    configure_logs("reporting", "WARNING")
    return create_engine(settings)


async def _run(engine: AsyncEngine, given: dict[str, Any]) -> int:
    bootstrap, progress = given["bootstrap"], Progress()
    match given["side"]:
        case "live":
            return await live(engine, bootstrap, progress)
        case "rebuild":
            return await rebuild(engine, bootstrap, progress)
        case "tuned":
            return await tuned(engine, bootstrap, given["batch"])
        case _:
            return await peer(engine, bootstrap, given["batch"])


if __name__ == "__main__":
    give(asyncio.run(_work(job())))
