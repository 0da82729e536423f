"""A desk: the service on a real database, with the two doors through which facts come in and the one they leave by."""

import itertools
import json
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa

from chassis.inbox import Outcome
from chassis.references import RecordKeys, session_id
from chassis.tables import outbox
from chassis.transaction import Transaction
from contracts.base import Event
from contracts.catalogue import EVENTS
from contracts.envelope import encode
from contracts.sessions import SessionEvent
from contracts.topics import SESSIONS_TOPIC
from services.sessions import consumers, storage
from services.sessions.domain import Session
from tests.conftest import Run, Running, Token
from tests.services.sessions.told import TUTORAT, registry


@pytest.fixture
def keys(tmp_path: Path) -> RecordKeys:
    """The school years 2018 and 2019 are open, every other one is closed."""
    for year in (2018, 2019):
        (tmp_path / f"{year}.key").write_text(f"{year:064x}")
    return RecordKeys(tmp_path)


@dataclass
class Arrived:
    """A Kafka record, as the inbox reads it."""

    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    topic: str = "cordees.inbound.sessions.imt-mines-ales"
    partition: int = 0
    offset: int = 0


class Desk:
    """The service without a broker."""

    def __init__(self, running: Running) -> None:
        self.running, self.http, self.context = running, running.http, running.context
        self.offsets = itertools.count()

    async def register(self, *entries: Event) -> None:
        """The registry says so."""
        for entry in entries:
            async with self.context.transactions.begin() as tx:
                await consumers.on_registry_event(tx, entry)

    async def report(self, fact: Event, *, event_id: str | None = None, source: str = TUTORAT) -> Outcome:
        """A partner's system says so."""
        async with self.context.transactions.begin() as tx:
            return await self.decide(tx, fact, event_id=event_id, source=source)

    async def decide(
        self, tx: Transaction, fact: Event, *, event_id: str | None = None, source: str = TUTORAT
    ) -> Outcome:
        """The same inside a transaction of the test."""
        told = encode(fact, id=event_id or str(uuid.uuid4()), source=source, time=datetime.now(UTC), correlation="c-1")
        return await self.running.inbox.decide(tx, Arrived(told.value, told.headers, offset=next(self.offsets)))

    async def published(self) -> list[SessionEvent]:
        """What waits to be sent, in order."""
        query = sa.select(outbox.c.headers, outbox.c.value).where(outbox.c.topic == SESSIONS_TOPIC.name)
        rows = await self._rows(query.order_by(outbox.c.id))
        facts = [EVENTS[dict(row.headers)["ce_type"]].parse_read(row.value) for row in rows]
        return [fact for fact in facts if isinstance(fact, SessionEvent)]

    async def rejected(self) -> list[dict[str, Any]]:
        """What partners are told about refused records."""
        query = sa.select(outbox.c.value).where(outbox.c.topic.like("%.rejected")).order_by(outbox.c.id)
        return [json.loads(row.value) for row in await self._rows(query)]

    async def session(self, reference: str = "seance-1") -> Session:
        """What became of a partner's session."""
        async with self.context.engine.connect() as connection:
            found = await storage.find(connection, derived(reference))
        assert found is not None
        return found

    async def remarks(self, reference: str = "seance-1") -> list[tuple[int, str]]:
        """What was odd about it."""
        async with self.context.engine.connect() as connection:
            return await storage.remarks_on(connection, derived(reference))

    async def _rows(self, query: sa.Select[Any]) -> list[sa.Row[Any]]:
        async with self.context.engine.connect() as connection:
            return list(await connection.execute(query))


def derived(reference: str = "seance-1", source: str = TUTORAT, programme: str = "ales") -> str:
    """Our id of a partner's session."""
    return session_id(source, reference, programme)


@pytest_asyncio.fixture
async def empty_desk(run_service: Run, sessions_database: str) -> Desk:
    """A service that has not heard of the registry yet."""
    return Desk(await run_service("sessions", sessions_database))


@pytest_asyncio.fixture
async def desk(empty_desk: Desk) -> Desk:
    """A service that knows the programme, the school and the lycée."""
    await empty_desk.register(*registry())
    return empty_desk


@pytest.fixture
def coordinator(token: Token) -> dict[str, str]:
    """Of the programme."""
    return token("coordinator", programmes=["ales"])


@pytest.fixture
def partner(token: Token) -> dict[str, str]:
    """One of its systems, on the same programme."""
    return token("partner", programmes=["ales"], sources=[TUTORAT])
