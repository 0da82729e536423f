"""Rounds in which every side catches up with the whole year, in turn, each on a fresh database."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import create_async_engine

from bench.measuring.apart import run_apart
from bench.measuring.databases import Database
from bench.measuring.platform import Ground
from bench.measuring.serving import named
from bench.measuring.sides import PEERS
from bench.measuring.truth import client_of, differences, wrong_answers
from bench.measuring.versions import let_rebuilt_answer
from bench.peers.figures import ANSWERED, read_figures
from deploy.local.world import Steps
from deploy.reporting.french import rounded


@dataclass(frozen=True)
class Side:
    """One way to catch up. `batch`: records of one transaction, where one can choose."""

    name: str
    kind: str
    batch: int = 0


@dataclass(frozen=True)
class Run:
    """One side, once. `wrong`: what is not what the year amounts to."""

    side: str
    records: int
    seconds: float
    cpu: Mapping[str, float]
    peak_memory_bytes: int
    disk_bytes: int
    figures_seconds: float
    wrong: Sequence[str] = field(default_factory=list)


def sides(peer_batch: int) -> tuple[Side, ...]:
    """Ours in both of its ways, and both peers."""
    return (
        Side("moteur, rattrapage", "live"),
        Side("moteur, reconstruction", "rebuild"),
        Side("pair", "peer", peer_batch),
        Side("pair affûté", "tuned", peer_batch),
    )


async def compete(ground: Ground, asked: Sequence[Side], rounds: int, steps: Steps) -> list[Run]:
    """All sides in turn, so many times; in every second round the other way round."""
    runs = []
    for turn in range(rounds):
        for side in asked if turn % 2 == 0 else reversed(asked):
            with steps.step(f"Tour {turn + 1} sur {rounds} : {side.name}") as say:
                runs.append(await _run(ground, side, say))
    return runs


async def _run(ground: Ground, side: Side, say: Any) -> Run:
    async with ground.databases.fresh("bench_run", migrated=side.kind not in PEERS) as database:
        answer = await run_apart(
            side.kind,
            "bench.measuring.sides",
            {
                "side": side.kind,
                "url": database.url,
                "bootstrap": ground.world.kafka.bootstrap,
                "batch": side.batch,
                **ground.servers,
            },
            ground.world.data / "bench",
            env=named(ground.databases.environment(database.url)),
            say=say,
        )
        disk = await ground.databases.size(database.name) - database.empty_bytes
        began = time.monotonic()
        wrong = await _wrong(ground, side, database)
        spent = time.monotonic() - began
    expected = sum(topic["records"] for topic in ground.truth["topics"].values())
    if answer["records"] != expected:
        wrong.append(f"{rounded(answer['records'])} records read, not {rounded(expected)}")
    return Run(side=side.name, disk_bytes=disk, figures_seconds=spent, wrong=wrong, **answer)


async def _wrong(ground: Ground, side: Side, database: Database) -> list[str]:
    """What is not as it should be, a figure that does not come included: the other sides still have their turn."""
    if side.kind in PEERS:
        engine = create_async_engine(database.url)
        try:
            return differences(await read_figures(engine), ground.truth, ANSWERED)
        finally:
            await engine.dispose()
    if side.kind == "rebuild":
        await let_rebuilt_answer(database.url)
    settings = ground.databases.settings(database.url)
    async with client_of(settings, ground.world.secrets) as client:
        return await wrong_answers(client, ground.truth)
