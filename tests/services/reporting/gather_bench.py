"""One who gathers a term and one who writes sessions of it, each stopped at any place where it waits."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from datetime import date, timedelta
from typing import Any

from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.database import create_engine
from chassis.settings import Settings
from contracts.base import Event
from contracts.topics import SESSIONS_TOPIC
from services.reporting.batches import Batch, project_batch
from services.reporting.gathering.filling import gather_all
from services.reporting.gathering.turn import gather_stale
from services.reporting.projections import project_sessions
from services.reporting.storage import Move, Place
from services.reporting.tables import gathered
from tests.services.reporting.desk import Received, Reporting
from tests.services.reporting.facts import absent, at, held, present, tutor
from tests.services.reporting.gathered import check_gathered, check_sealed
from tests.services.reporting.stepping import Point, Stepped
from tests.services.reporting.streams import until

AUTUMN = date(2018, 9, 1)
OCTOBER, MARCH = at(date(2018, 10, 3)), at(date(2019, 3, 6))
TERM = ("ales", AUTUMN)

BEFORE: Sequence[Event] = (
    held("s-1", present("r-1"), absent("r-2"), tutor("v-1"), starts_at=OCTOBER),
    held("s-2", present("r-1"), present("r-2"), starts_at=OCTOBER + timedelta(days=7)),
)
MEANWHILE: Sequence[Event] = (
    held("s-1", present("r-2"), starts_at=MARCH, version=2),
    held("s-3", present("r-3"), starts_at=OCTOBER),
)

# Emptied row by row: that is quicker where there are a handful, hundreds of times.
_WRITTEN = (
    *(f"projection_1.{name}" for name in ("session_fact", "session_roll")),
    *(f"projection_1.{table.name}" for table in gathered.sorted_tables),
    "position",
)

Work = Callable[[], Coroutine[Any, Any, Any]]


class GatherBench:
    """A term that waits, and what comes to it meanwhile. Each side has a pool of its own."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self.engine, self.gathers, self.writes = (create_engine(settings) for _ in range(3))

    async def close(self) -> None:
        for engine in (self.engine, self.gathers, self.writes):
            await engine.dispose()

    async def reset(self) -> None:
        async with self.engine.begin() as connection:
            for table in _WRITTEN:
                await connection.execute(text(f"DELETE FROM {table}"))  # noqa: S608 - our own tables
        self.desk = Reporting(self.engine)
        await self.desk.receive(BEFORE)

    async def write(self) -> None:
        """As the projector does."""
        place = Place(SESSIONS_TOPIC.name, Reporting.partition(SESSIONS_TOPIC, MEANWHILE[0]))
        first = self.desk.next[place]
        records = [Received(place.partition, first + n, *self.desk.message(one)) for n, one in enumerate(MEANWHILE)]
        batch = Batch(place, records, Move(first, first + len(records)))
        await project_batch(self.writes, SESSIONS_TOPIC, project_sessions, batch)

    async def gather(self) -> None:
        await gather_stale(self.gathers, 1, TERM)

    async def points(self, work: Work) -> Sequence[Point]:
        """All suspensions of one that nobody disturbs, whose pool has a connection on which nothing is new any more."""
        for _ in range(3):
            await self.reset()
            stepped = Stepped(work())
            assert not await stepped.run_to(None)
        return stepped.points

    async def both_at(self, gathers: Point | None, writes: Point | None, *, gathers_first: bool) -> None:
        """Each goes as far as its point (None: it has not begun); then one of them goes first, if it can."""
        await self.reset()
        gatherer, writer = Stepped(self.gather()), Stepped(self.write())
        async with asyncio.timeout(20):
            # It may have to wait for the other one before it gets there.
            arrive = {gatherer: await self._start(gatherer, gathers), writer: await self._start(writer, writes)}
            first, second = (gatherer, writer) if gathers_first else (writer, gatherer)
            task = asyncio.create_task(_finish(first, arrive[first]))
            await until(lambda: self.done_or_blocked(task))
            await check_sealed(self.engine)
            await _finish(second, arrive[second])
            await task
        await check_gathered(self.engine)

    async def _start(self, stepped: Stepped, point: Point | None) -> asyncio.Task[None] | None:
        if point is None:
            return None
        task = asyncio.create_task(_arrive(stepped, point))
        await until(lambda: self.done_or_blocked(task))
        return task

    async def ended_at(self, point: Point, *, killed: bool) -> None:
        """Its connections break off, or it is cancelled; another one gathers then."""
        await self.reset()
        async with self.breakable() as (engine, break_off):
            # Its first connection is made before, as in the run in which the points were found.
            await gather_stale(engine, 1, ("nobody", AUTUMN))
            stepped = Stepped(gather_stale(engine, 1, TERM))
            assert await stepped.run_to(point), f"{point} not come by"
            if killed:
                break_off()
            else:
                await stepped.end()
            async with asyncio.timeout(20):
                await gather_all(self.engine, 1)
            assert await check_sealed(self.engine) == 1
            await check_gathered(self.engine)
            if killed:
                await stepped.end()

    @asynccontextmanager
    async def breakable(self) -> AsyncIterator[tuple[AsyncEngine, Callable[[], None]]]:
        """An engine, and how to break off what it is connected to."""
        engine, connections = create_engine(self._settings), list[Any]()
        event.listen(engine.sync_engine, "connect", lambda dbapi, _: connections.append(dbapi._connection))

        def break_off() -> None:
            for connection in connections:
                connection.terminate()

        yield engine, break_off
        await engine.dispose()

    async def done_or_blocked(self, task: asyncio.Task[Any]) -> bool:
        if task.done():
            return True
        async with self.engine.connect() as connection:
            return bool(await connection.scalar(text("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")))


async def _arrive(stepped: Stepped, point: Point) -> None:
    assert await stepped.run_to(point), f"{point} not come by"


async def _finish(stepped: Stepped, arriving: asyncio.Task[None] | None) -> None:
    if arriving is not None:
        await arriving
    await stepped.run_to(None)
