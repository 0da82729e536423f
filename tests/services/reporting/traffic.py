"""What goes on while a version is rebuilt: a producer that never pauses, and readers who check each answer they get."""

import asyncio
import base64
import json
import random
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from itertools import count, cycle
from typing import Any

import httpx2
from aiokafka import AIOKafkaProducer

from contracts.base import Event
from contracts.sessions import SessionHeld
from contracts.topics import topic_of
from contracts.vocabulary import Activity
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import MARCH, absent, at, cancelled, held, present, tutor

PUPILS = [f"a-{n}" for n in range(60)]
VOLUNTEERS = [f"v-{n}" for n in range(12)]
PROGRAMMES = [f"p-{n}" for n in range(9)]
_PACE = 0.01
_AT_ONCE = 500


def roll(chance: random.Random, session: str, version: int, of: str, **more: Any) -> SessionHeld:
    """Ten pupils, some of them absent, and two who act."""
    lines = [present(one) if chance.random() < 0.8 else absent(one) for one in chance.sample(PUPILS, k=10)]
    acting = [tutor(one) for one in chance.sample(VOLUNTEERS, k=2)]
    said = {"programme": of, "activity": chance.choice((Activity.TUTORAT, Activity.SPORT)), "starts_at": at(MARCH)}
    return held(session, *lines, *acting, version=version, **(said | more))


@dataclass
class Producer:
    """Events on our own topics, each on the partition of its key, as the relay writes them."""

    desk: Reporting
    producer: AIOKafkaProducer
    said: list[Event] = field(default_factory=list)
    enough: asyncio.Event = field(default_factory=asyncio.Event)

    async def send(self, *events: Event) -> None:
        for n in range(0, len(events), _AT_ONCE):
            sent = [await self._begin(event) for event in events[n : n + _AT_ONCE]]
            await asyncio.gather(*sent)
        self.said += events

    async def _begin(self, event: Event) -> Any:
        key, value, headers = self.desk.message(event)
        return await self.producer.send(topic_of(type(event)).name, value, key=key, headers=list(headers))

    async def go_on(self, chance: random.Random) -> None:
        """New sessions, corrections of any, now and then a cancellation: until it is enough."""
        versions: Counter[str] = Counter()
        # Not those of the year that only one version knows.
        mine = [event for event in self.said if isinstance(event, SessionHeld) and event.session.startswith("s-")]
        of = {event.session: event.programme for event in mine}
        for n in count():
            name = f"live-{n}" if n % 2 else chance.choice(list(of))
            programme = of.setdefault(name, chance.choice(PROGRAMMES))
            versions[name] += 1
            version = versions[name] + (0 if n % 2 or name.startswith("live") else 1)
            if n % 10 == 0:
                event: Event = cancelled(name, version=version, programme=programme)
            else:
                event = roll(chance, name, version, programme)
            await self.send(event)
            await asyncio.sleep(_PACE)
            if self.enough.is_set():
                return


@asynccontextmanager
async def producing(bootstrap: str, desk: Reporting) -> AsyncIterator[Producer]:
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, linger_ms=2) as producer:
        yield Producer(desk, producer)


Check = Callable[[Mapping[str, Any]], int]
"""Says which version an answer is wholly of. Raises `AssertionError` for one that is mixed."""


@dataclass(frozen=True)
class Question:
    """What is asked, and how its answer is looked at."""

    path: str
    query: Mapping[str, str]
    check: Check


@dataclass
class Reader:
    """Asks one question after the other."""

    url: str
    headers: Mapping[str, str]
    questions: Sequence[Question]
    versions: Counter[int] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)

    async def go_on(self) -> None:
        async with httpx2.AsyncClient(base_url=self.url, headers=dict(self.headers), timeout=60) as client:
            for question in self._turns():
                try:
                    answer = await client.get(question.path, params=dict(question.query))
                except httpx2.TransportError as error:
                    self.wrong.append(f"{question.path} {type(error).__name__}")
                    continue
                self._look(question, answer)

    def _turns(self) -> Iterator[Question]:
        yield from cycle(self.questions)

    def _look(self, question: Question, answer: httpx2.Response) -> None:
        if answer.status_code != httpx2.codes.OK:
            self.wrong.append(f"{question.path} {answer.status_code} {answer.text[:200]}")
            return
        try:
            self.versions[question.check(answer.json())] += 1
        except AssertionError as error:
            self.wrong.append(f"{question.path} {question.query}: {error}")


@asynccontextmanager
async def together(*works: Any) -> AsyncIterator[None]:
    """These go on meanwhile."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        for task in tasks:
            with suppress(asyncio.CancelledError):
                await task


def version_of(watermark: str) -> int:
    """Opaque to clients; not to this test."""
    return int(json.loads(base64.urlsafe_b64decode(watermark + "=" * (-len(watermark) % 4)))["p"])
