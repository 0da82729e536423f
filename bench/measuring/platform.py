"""A platform of one's own with a year on its topics, and what the measurement ran on."""

import os
import platform as python_platform
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil

from bench.measuring.databases import Databases
from bench.year.generate import Year, generate
from bench.year.sizes import Sizes
from contracts.topics import OURS
from deploy.local import folders
from deploy.local.world import Steps, World
from deploy.reporting.french import rounded
from deploy.topics import apply_topics

_WORKERS = 2


@dataclass(frozen=True)
class Ground:
    """A running platform without services, a year on its topics, and a migrated database of reporting."""

    world: World
    databases: Databases
    year: Year
    truth: dict[str, Any]

    @property
    def servers(self) -> dict[str, int]:
        """The processes whose CPU is asked for."""
        (postgres,), (broker,) = self.world.postgres.children, self.world.kafka.children
        return {"postgres_pid": postgres.pid, "broker_pid": broker.pid}


@asynccontextmanager
async def ground(data: Path | None, sizes: Sizes, steps: Steps) -> AsyncIterator[Ground]:
    """Start it, in a folder that is removed in the end unless one is given, and write the year.

    Raises `topics.NotEmpty` for a folder in which records stand already.
    """
    async with AsyncExitStack() as stack:
        folder = data or stack.enter_context(folders.temporary())
        world = await stack.enter_async_context(World.start(folder, steps=steps, services=()))
        await apply_topics(world.kafka.bootstrap, OURS)
        databases = Databases(world)
        await databases.migrate()
        with steps.step(f"Écrire {rounded(sizes.sessions)} séances") as say:
            year = await generate(
                world.kafka.bootstrap, sizes, workers=_WORKERS, say=lambda records: say(f"{rounded(records)} messages")
            )
        yield Ground(world, databases, year, year.truth())


def machine() -> dict[str, Any]:
    """What it ran on: cores, model, memory in bytes, Python."""
    return {
        "cores": os.cpu_count(),
        "processor": _processor(),
        "memory_bytes": psutil.virtual_memory().total,
        "python": python_platform.python_version(),
        "system": python_platform.system(),
    }


def _processor() -> str:
    described = Path("/proc/cpuinfo")
    found = re.search(r"model name\s*:\s*(.+)", described.read_text()) if described.exists() else None
    return found[1] if found else python_platform.processor()
