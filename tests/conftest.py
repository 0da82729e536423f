"""Real PostgreSQL and Kafka for the whole run, a fresh migrated database for each test that asks for one."""

import tempfile
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import asyncpg
import httpx2
import pytest
import pytest_asyncio

from chassis import migrations
from chassis.api import create_app
from chassis.context import Context, Service
from chassis.inbox import PartnerInbox
from chassis.service import build_context
from chassis.settings import LOCAL_ISSUER, Settings
from deploy.local.issuer import issue_token
from deploy.local.kafka import Kafka
from deploy.local.postgres import Postgres
from deploy.local.secrets import Secrets
from tests import groups, server_data

PARTNERS = Path(__file__).parent / "partners.toml"
_NEEDS = {"postgres": "postgres", "kafka": "kafka", "world": "world"}

MakeDatabase = Callable[[str], Awaitable[str]]
Token = Callable[..., dict[str, str]]

_RUN = pytest.StashKey[Path]()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The kind of a test is what its fixtures need; the tests of one platform go to one worker."""
    together: dict[str, str] = {}
    for item in items:
        needs = {_NEEDS[fixture] for fixture in getattr(item, "fixturenames", ()) if fixture in _NEEDS}
        for need in needs:
            item.add_marker(need)
        for expensive in ("world", "kafka"):
            if expensive in needs:
                together[item.nodeid] = expensive
                break
    groups.tell(config, together)


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Of xdist, in the controller: before a worker starts."""
    groups.invite(node, _shared(node.config))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> groups.ByPlatform | None:
    """Of xdist, in the controller: ours for `--dist loadgroup`."""
    return groups.scheduler(config, log, _shared(config)) if config.getoption("dist") == "loadgroup" else None


def _shared(config: pytest.Config) -> Path:
    """A folder of this run."""
    if _RUN not in config.stash:
        folder = tempfile.TemporaryDirectory(prefix="cordees-tests-")
        config.add_cleanup(folder.cleanup)
        config.stash[_RUN] = Path(folder.name)
    return config.stash[_RUN]


@pytest.fixture(scope="session")
def platform_data() -> Iterator[Path]:
    """A data folder for the servers of this run."""
    with server_data.temporary() as folder:
        yield folder


@pytest.fixture(scope="session")
def secrets(platform_data: Path) -> Secrets:
    """Passwords, the issuer's key and the years' record keys of this run."""
    return Secrets.open(platform_data)


@pytest_asyncio.fixture(scope="session")
async def postgres(platform_data: Path, secrets: Secrets) -> AsyncIterator[Postgres]:
    """One server for the run."""
    (platform_data / "logs").mkdir(exist_ok=True)
    async with Postgres.start(platform_data, secrets) as server:
        yield server


@pytest_asyncio.fixture(scope="session")
async def kafka(platform_data: Path, request: pytest.FixtureRequest) -> AsyncIterator[Kafka]:
    """One broker for the run."""
    groups.alone(request.config, "kafka")
    (platform_data / "logs").mkdir(exist_ok=True)
    async with Kafka.start(platform_data) as broker:
        yield broker


@pytest.fixture(scope="session")
def migrated() -> set[str]:
    """The services whose own database has its tables, to be copied."""
    return set()


@pytest_asyncio.fixture
async def make_database(
    postgres: Postgres, make_settings: "MakeSettings", migrated: set[str]
) -> AsyncIterator[MakeDatabase]:
    """Give a function that makes a migrated database of a service, for as long as the test, and answers its address."""
    made: list[str] = []

    async def make(service: str) -> str:
        if service not in migrated:
            settings = make_settings(service, postgres.url(service))
            # In a thread: Alembic's environment runs a loop of its own.
            await _in_thread(migrations.upgrade, load_service(service).migrations, settings)
            migrated.add(service)
        made.append(name := f"{service}_{uuid.uuid4().hex[:12]}")
        # Not `file_copy`: its two checkpoints cost more the more the other tests have written.
        await _administer(postgres, f"CREATE DATABASE {name} TEMPLATE {service} OWNER {service} STRATEGY wal_log")
        return postgres.url(service, name)

    yield make
    # What stands in memory is given back; a process that a test has left behind is thrown out.
    await _administer(postgres, *(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)" for name in made))


async def _administer(postgres: Postgres, *statements: str) -> None:
    admin = await asyncpg.connect(postgres.dsn("postgres"))
    try:
        for statement in statements:
            await admin.execute(statement)
    finally:
        await admin.close()


async def _in_thread(function: Callable[..., None], *arguments: object) -> None:
    import asyncio

    await asyncio.to_thread(function, *arguments)


def load_service(name: str) -> Service:
    """`services.<name>.app.SERVICE`."""
    service: Service = import_module(f"services.{name}.app").SERVICE
    return service


class MakeSettings(Protocol):
    """Settings of a service for a test; nothing is read from the environment but what is given here."""

    def __call__(self, service: str, url: str, **more: object) -> Settings: ...


@pytest.fixture(scope="session")
def make_settings(secrets: Secrets) -> MakeSettings:
    """Without a broker unless the test names one."""

    def make(service: str, url: str, **more: object) -> Settings:  # noqa: ARG001 - the settings are the same for all
        values: dict[str, object] = {
            "profile": "local",
            "database_url": url,
            "kafka_bootstrap": "127.0.0.1:1",
            "jwks_file": secrets.jwks_file,
            "token_issuer": LOCAL_ISSUER,
            "record_keys": secrets.record_keys,
            "partners_file": PARTNERS,
        }
        return Settings.model_validate(values | more)

    return make


@pytest_asyncio.fixture
async def inscriptions_database(make_database: MakeDatabase) -> str:
    """Address of a fresh database of that service."""
    return await make_database("inscriptions")


@pytest_asyncio.fixture
async def sessions_database(make_database: MakeDatabase) -> str:
    """Address of a fresh database of that service."""
    return await make_database("sessions")


@pytest_asyncio.fixture
async def reporting_database(make_database: MakeDatabase) -> str:
    """Address of a fresh database of that service."""
    return await make_database("reporting")


class Running:
    """A service without a broker: its context, its inbox, and an HTTP client on its real application."""

    def __init__(self, service: Service, context: Context, inbox: PartnerInbox | None) -> None:
        self.service, self.context, self._inbox = service, context, inbox
        self.app = create_app(service, context, {})
        transport = httpx2.ASGITransport(app=self.app, raise_app_exceptions=False)
        self.http = httpx2.AsyncClient(transport=transport, base_url="http://test")

    @property
    def inbox(self) -> PartnerInbox:
        """The inbox of a service that partners write to."""
        assert self._inbox is not None
        return self._inbox


Run = Callable[[str, str], Awaitable[Running]]


@pytest_asyncio.fixture
async def run_service(make_settings: MakeSettings) -> AsyncIterator[Run]:
    """Give a function that runs a service on a database; all are closed after the test."""
    started: list[Running] = []

    async def run(name: str, url: str) -> Running:
        service = load_service(name)
        running = Running(service, *build_context(service, make_settings(name, url)))
        started.append(running)
        return running

    yield run
    for running in started:
        await running.http.aclose()
        await running.context.engine.dispose()


@pytest.fixture
def token(secrets: Secrets) -> Token:
    """`token("coordinator", programmes=["ales"])` gives the headers of a request."""

    def make(*roles: str, **claims: object) -> dict[str, str]:
        return {"Authorization": f"Bearer {issue_token(secrets, roles, **claims)}"}  # type: ignore[arg-type]

    return make
