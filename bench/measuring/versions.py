"""Which version of the projection is live, how the one that a rebuild filled takes its place, and what is gathered."""

from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from services.reporting.engine.dropping import drop_version
from services.reporting.engine.versions import LIVE, list_versions, switch_version
from services.reporting.gathering.filling import gather_all


async def live_version(engine: AsyncEngine) -> int:
    """The one that answers."""
    async with engine.connect() as connection:
        return next(one.version for one in await list_versions(connection) if one.status == LIVE)


async def newest_version(engine: AsyncEngine) -> int:
    """The one that is being filled, or was filled last."""
    async with engine.connect() as connection:
        return max(one.version for one in await list_versions(connection))


async def let_rebuilt_answer(url: str) -> None:
    """The newest version, and nobody else: a service is not to fill the empty one meanwhile."""
    engine = create_async_engine(url)
    try:
        before, rebuilt = await live_version(engine), await newest_version(engine)
        await switch_version(engine, rebuilt, lag=0, force=False)
        await drop_version(engine, before)
    finally:
        await engine.dispose()


async def gather_live(url: str) -> None:
    """What the service had not come to yet when it was stopped: it takes a fifth of one connection's time for that."""
    engine = create_async_engine(url)
    try:
        await gather_all(engine, await live_version(engine))
    finally:
        await engine.dispose()
