"""A reporting service on a fresh database of real PostgreSQL."""

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack

import pytest
import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.database import create_engine
from contracts.base import Event
from deploy.local.kafka import Kafka
from services.reporting.engine import lane
from tests.conftest import MakeDatabase, MakeSettings
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import assigned, held, organisation, present, programme, pupil
from tests.services.reporting.stock import OpenBench
from tests.services.reporting.streams import Streams, until


@pytest_asyncio.fixture
async def reporting_engine(reporting_database: str, make_settings: MakeSettings) -> AsyncIterator[AsyncEngine]:
    """As the service makes it."""
    engine = create_engine(make_settings("reporting", reporting_database))
    yield engine
    await engine.dispose()


@pytest_asyncio.fixture
async def reporting(reporting_engine: AsyncEngine) -> Reporting:
    """Nothing received yet."""
    return Reporting(reporting_engine)


YEAR: Sequence[Event] = (
    organisation("imt"),
    programme("ales"),
    *(event for n in range(6) for event in pupil(f"p-{n}")),
    assigned("p-1", "p-0"),
    *(held(f"s-{n}", *(present(f"p-{m}") for m in range(6))) for n in range(12)),
    held("s-0", present("p-2"), version=2),
    held("s-1", present("p-3")),
)


@pytest_asyncio.fixture
async def unread(kafka: Kafka, reporting_engine: AsyncEngine) -> Streams:
    """A year on our topics, which nobody has read."""
    streams = Streams(kafka.bootstrap, reporting_engine)
    await streams.create()
    await streams.publish(*YEAR)
    return streams


@pytest_asyncio.fixture
async def streams(unread: Streams) -> Streams:
    """A year on our topics, read into version 1."""
    async with unread.following():
        await until(lambda: unread.passed(1))
    return unread


@pytest_asyncio.fixture
async def open_bench(
    kafka: Kafka, make_database: MakeDatabase, make_settings: MakeSettings, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[OpenBench]:
    """For benches whose loop waits shortly where nothing comes."""
    monkeypatch.setattr(lane, "_POLL_MS", 20)
    async with AsyncExitStack() as ends:
        yield OpenBench(kafka, make_database, make_settings, ends)
