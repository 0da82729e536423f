"""A rebuild in a process of its own, so that it can be killed (`tests/forked.py`)."""

import asyncio

from sqlalchemy.ext.asyncio import create_async_engine

from chassis import crashpoints
from services.reporting.engine.rebuild import Rebuild
from tests.services.reporting.streams import named


def run_rebuild(bootstrap: str, url: str, suffix: str) -> None:
    """Of the topics with this suffix."""
    crashpoints.arm("local")
    asyncio.run(_rebuild(bootstrap, url, suffix))


async def _rebuild(bootstrap: str, url: str, suffix: str) -> None:
    """Small transactions, so that there is something to be killed in."""
    engine = create_async_engine(url)
    await Rebuild(engine, bootstrap, projections=named(suffix), records=5).run()
    await engine.dispose()
