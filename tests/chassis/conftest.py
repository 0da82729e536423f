"""A service of the tests that keeps sessions by name: as little as an inbox and an outbox need to be tried."""

import uuid
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import asyncpg
import pytest_asyncio
import sqlalchemy as sa

from chassis import migrations
from chassis.database import create_engine
from chassis.errors import NotKnownYet, Refused
from chassis.inbox import Arrived, Outcome, PartnerInbox
from chassis.references import RecordKeys
from chassis.service import inbound
from chassis.transaction import Transaction, Transactions
from contracts.partners import load_partners
from contracts.sessions import SessionEvent
from deploy.local.postgres import Postgres
from deploy.local.secrets import Secrets
from tests.chassis.records import Box
from tests.conftest import PARTNERS, MakeSettings


@dataclass
class Desk:
    """What handles partners' events in these tests: refuses and holds as told, and publishes the rest."""

    known: set[str] = field(default_factory=lambda: {"programme/ales"})
    broken: set[str] = field(default_factory=set)
    """Sessions that break whoever handles them."""
    unstorable: set[str] = field(default_factory=set)
    """Sessions that the database refuses to store."""
    handled: list[str] = field(default_factory=list)
    loads: list[int] = field(default_factory=list)
    """How many events each fold was opened with."""

    async def handle(self, _tx: Transaction, arrived: Sequence[Arrived]) -> "DeskFold":
        self.loads.append(len(arrived))
        return DeskFold(self, list(self.handled))


@dataclass
class DeskFold:
    """What one batch adds to the desk."""

    desk: Desk
    handled: list[str]

    async def decide(self, tx: Transaction, one: Arrived) -> Outcome:
        event = one.event
        assert isinstance(event, SessionEvent)
        if event.session in self.desk.broken:
            raise RuntimeError("this record breaks whoever handles it")
        await tx.publish(event)
        if event.programme == "refused":
            raise Refused("programme_not_allowed", "programme", "not yours")
        if f"programme/{event.programme}" not in self.desk.known:
            raise NotKnownYet(f"programme/{event.programme}")
        self.handled.append(event.session)
        return Outcome.ACCEPTED

    async def save(self, tx: Transaction) -> None:
        if self.desk.unstorable.intersection(self.handled):
            await tx.connection.execute(sa.select(sa.cast("no number", sa.Integer)))
        self.desk.handled[:] = self.handled


@pytest_asyncio.fixture
async def database(postgres: Postgres) -> str:
    """A database with the chassis' tables and nothing else, owned by the role `sessions`."""
    name = f"chassis_{uuid.uuid4().hex[:12]}"
    admin = await asyncpg.connect(postgres.dsn("postgres"))
    await admin.execute(f"CREATE DATABASE {name} OWNER sessions")
    await admin.close()
    owner = await asyncpg.connect(postgres.dsn("sessions", name))
    for statement in migrations.TABLES_V1:
        await owner.execute(statement)
    await owner.close()
    return postgres.url("sessions", name)


@pytest_asyncio.fixture
async def box(database: str, make_settings: MakeSettings, secrets: Secrets) -> AsyncIterator[Box]:
    """An inbox on a fresh database."""
    settings = make_settings("sessions", database)
    engine = create_engine(settings)
    transactions = Transactions(engine, "sessions", settings.max_event_bytes)
    desk = Desk()
    inbox = PartnerInbox(inbound("sessions", load_partners(PARTNERS)), desk.handle, RecordKeys(secrets.record_keys))
    transactions.announce = inbox.announce
    yield Box(transactions, inbox, desk)
    await engine.dispose()
