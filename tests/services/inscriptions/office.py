"""Inscriptions under test: partners' records into its inbox, wishes to its HTTP application, and what it published."""

import asyncio
import itertools
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import httpx2
import sqlalchemy as sa

from chassis.inbox import Outcome
from chassis.tables import held, outbox
from contracts.base import Event
from contracts.catalogue import EVENTS
from contracts.envelope import encode
from contracts.people import (
    EngagementSpan,
    EnrolmentSpan,
    JoinedRecord,
    ProfileSpan,
    PupilEnrolled,
    PupilProfiled,
    RecordAssigned,
    RecordsJoined,
    VolunteerEngaged,
)
from contracts.topics import inbound_topic
from contracts.vocabulary import Category, EnrolmentKind
from services.inscriptions.domain.persons import persons
from tests.conftest import Running

TUTORING = "urn:test:mines-ales:tutorat"
STUDENTS = "urn:test:mines-ales:etudiants"
BELLEVUE = "urn:test:bellevue:vie-scolaire"
"""Keeps its references from year to year."""

_offsets = itertools.count()


@dataclass
class Arrival:
    """A Kafka record as the inbox reads it."""

    topic: str
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]
    offset: int
    partition: int = 0


def arrival(event: Event, source: str, event_id: str | None = None) -> Arrival:
    """What the partner whose source this is would have sent."""
    offset = next(_offsets)
    now = datetime.now(UTC)
    message = encode(event, id=event_id or f"e-{offset}", source=source, time=now, correlation="test")
    partner = "lycee-bellevue" if source == BELLEVUE else "imt-mines-ales"
    return Arrival(inbound_topic("inscriptions", partner).name, message.value, message.headers, offset)


@dataclass
class Office:
    """One running service on a fresh database."""

    running: Running
    operator: dict[str, str]

    def id(self, source: str, reference: str, school_year: int = 2018) -> str:
        """The id that the reference becomes."""
        return self.running.context.record_keys.record_id(school_year, source, reference)

    async def hear(self, event: Event, source: str = TUTORING, event_id: str | None = None) -> Outcome:
        """One partner's record in one transaction."""
        return await self.receive(arrival(event, source, event_id))

    async def receive(self, record: Arrival) -> Outcome:
        """The same for a record as it comes from Kafka."""
        async with self.running.context.transactions.begin() as tx:
            return await self.running.inbox.decide(tx, record)

    async def put(self, path: str, body: dict[str, Any], headers: dict[str, str] | None = None) -> httpx2.Response:
        """A wish over HTTP, as an operator unless told otherwise."""
        return await self.running.http.put(path, json=body, headers=headers or self.operator)

    async def get(self, path: str, headers: dict[str, str] | None = None) -> httpx2.Response:
        """A reader's question, as an operator unless told otherwise."""
        return await self.running.http.get(path, headers=headers or self.operator)

    async def published(self, kind: type[Event] | None = None) -> list[Event]:
        """Facts in the outbox, in order."""
        events = []
        for _, headers, value in await self._outbox():
            name = headers["ce_type"]
            if name in EVENTS and (kind is None or EVENTS[name] is kind):
                events.append(EVENTS[name].parse_written(value))
        return events

    async def correlations(self, kind: type[Event]) -> list[str]:
        """Correlation ids of the facts of this kind, in order."""
        headers = [headers for _, headers, _ in await self._outbox()]
        return [named["ce_correlationid"] for named in headers if named["ce_type"] == kind.type]

    async def refusals(self) -> list[tuple[str, str]]:
        """Reason and field of everything that was refused, in order."""
        rows = [json.loads(value) for topic, _, value in await self._outbox() if topic.endswith(".rejected")]
        return [(row["reason"], row["field"]) for row in rows]

    async def _outbox(self) -> list[tuple[str, dict[str, str], bytes]]:
        async with self.running.context.transactions.begin() as tx:
            rows = (await tx.connection.execute(sa.select(outbox).order_by(outbox.c.id))).all()
            return [(row.topic, dict(row.headers), row.value) for row in rows]

    async def waiting(self) -> list[str]:
        """Subjects that held records wait for."""
        async with self.running.context.transactions.begin() as tx:
            return list(await tx.connection.scalars(sa.select(held.c.waits_for).order_by(held.c.id)))

    async def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Whatever a test must see of the tables."""
        async with self.running.context.transactions.begin() as tx:
            return [tuple(row) for row in await tx.connection.execute(sa.text(query))]

    async def until_blocked(self, task: asyncio.Task[Any]) -> None:
        """Until the task waits for a lock that another transaction has, or is done without one."""
        waiting = "SELECT 1 FROM pg_locks WHERE NOT granted"
        while not task.done() and not await self.rows(waiting):  # noqa: ASYNC110 - nobody sends word of it
            await asyncio.sleep(0)

    async def people(self) -> set[frozenset[str]]:
        """Records that stand for one person, by the highest version of what was published."""
        last: dict[str, RecordAssigned] = {}
        for event in await self.published(RecordAssigned):
            assert isinstance(event, RecordAssigned)
            assert event.version == (last[event.record].version if event.record in last else 0) + 1
            last[event.record] = event
        held_by: dict[str, set[str]] = defaultdict(set)
        for event in last.values():
            held_by[event.person].add(event.record)
        return {frozenset(records) for records in held_by.values()}


def profiled(record: str = "p1", version: int = 1, year: int = 2018, **span: object) -> PupilProfiled:
    """A pupil's profile, one span from the first day of the school year."""
    spans = (ProfileSpan.model_validate({"starts_on": f"{year}-09-01"} | span),)
    return PupilProfiled(version=version, record=record, school_year=year, spans=spans)


def enrolled(record: str = "p1", version: int = 1, year: int = 2018, programme: str = "ales") -> PupilEnrolled:
    """An enrolment for tutoring."""
    spans = (EnrolmentSpan.model_validate({"starts_on": f"{year}-10-01", "kind": EnrolmentKind.TUTORAT}),)
    return PupilEnrolled(version=version, record=record, programme=programme, school_year=year, spans=spans)


def engaged(record: str = "v1", version: int = 1, organisation: str = "imt-mines-ales") -> VolunteerEngaged:
    """A student who gives time."""
    span = {"starts_on": "2018-10-01", "organisation": organisation, "category": Category.ETUDIANT}
    return VolunteerEngaged(
        version=version, record=record, school_year=2018, spans=(EngagementSpan.model_validate(span),)
    )


def joined(*sides: tuple[str, str, int], join: str = "j1", version: int = 1) -> RecordsJoined:
    """A statement that (source, reference, school year) are one person."""
    records = tuple(JoinedRecord(source=source, record=record, school_year=year) for source, record, year in sides)
    return RecordsJoined(version=version, join=join, records=records)


def partition(ids: Iterable[str], links: Iterable[tuple[str, str]]) -> set[frozenset[str]]:
    """The same question asked of the rule alone."""
    together: dict[str, set[str]] = defaultdict(set)
    for record, person in persons({record: record for record in ids}, links).items():
        together[person].add(record)
    return {frozenset(records) for records in together.values()}
