"""A program for the tests of life and death: a world without services, kept until a signal or a death ends it.

Prints its processes as JSON once it is ready. Run as `python -m tests.deploy.worlds FOLDER`.
"""

import asyncio
import json
import sys
from pathlib import Path

from deploy.local import lifetime
from deploy.local.world import World


async def _keep(data: Path) -> int:
    async with World.start(data, services=()) as world, world.guard():
        sys.stdout.write(json.dumps({child.name: child.pid for child in world.children()}) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(lifetime.run(_keep(Path(sys.argv[1]))))
