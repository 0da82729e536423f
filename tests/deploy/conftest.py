"""What the tests of the embedded platform share: folders that PostgreSQL can use, also under root, and processes."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from deploy.local.secrets import Secrets
from tests import server_data


@pytest.fixture
def data() -> Iterator[Path]:
    """Give a fresh data folder. Not `tmp_path`: as root, that one is closed to whom PostgreSQL runs as."""
    with server_data.temporary() as folder:
        yield folder


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def broker() -> AsyncIterator[Kafka]:
    """Give one broker to all tests that do not care for its start and stop."""
    with server_data.temporary() as folder:
        async with Kafka.start(folder) as kafka:
            yield kafka


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server() -> AsyncIterator[Postgres]:
    """Give one PostgreSQL to all tests that do not care for its start and stop."""
    with server_data.temporary() as folder:
        async with Postgres.start(folder, Secrets.open(folder)) as postgres:
            yield postgres
