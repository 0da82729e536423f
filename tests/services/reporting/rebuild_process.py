"""A rebuild in a process of its own: `python -m …rebuild_process <bootstrap> <url> <suffix of the topics>`."""

import asyncio
import sys

from sqlalchemy.ext.asyncio import create_async_engine

from chassis import crashpoints
from services.reporting.engine.rebuild import Rebuild
from tests.services.reporting.streams import named


async def main(bootstrap: str, url: str, suffix: str) -> None:
    """Small transactions, so that there is something to be killed in."""
    engine = create_async_engine(url)
    await Rebuild(engine, bootstrap, projections=named(suffix), records=5).run()
    await engine.dispose()


if __name__ == "__main__":
    crashpoints.arm("local")
    asyncio.run(main(*sys.argv[1:]))
