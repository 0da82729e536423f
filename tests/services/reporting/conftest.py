"""A reporting service on a fresh database of real PostgreSQL."""

from collections.abc import AsyncIterator, Sequence

import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.database import create_engine
from contracts.base import Event
from deploy.local.kafka import Kafka
from tests.conftest import MakeSettings
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import assigned, held, organisation, present, programme, pupil
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
async def streams(kafka: Kafka, reporting_engine: AsyncEngine) -> Streams:
    """A year on our topics, read into version 1."""
    streams = Streams(kafka.bootstrap, reporting_engine)
    await streams.create()
    await streams.publish(*YEAR)
    async with streams.following():
        await until(lambda: streams.passed(1))
    return streams
