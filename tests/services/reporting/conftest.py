"""A reporting service on a fresh database of real PostgreSQL."""

from collections.abc import AsyncIterator

import pytest_asyncio
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.database import create_engine
from tests.conftest import MakeSettings
from tests.services.reporting.desk import Reporting


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
