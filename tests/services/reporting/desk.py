"""A reporting service without a broker: events go through the engine's own batches, figures come from its queries."""

import uuid
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.base import Event
from contracts.envelope import encode
from contracts.topics import Topic, topic_of
from services.reporting.answers import answer, snapshot
from services.reporting.batches import Batch, project_batch
from services.reporting.explanations import explain
from services.reporting.gathering.gather import ProgrammeTerm, gather
from services.reporting.indicators import find_indicator
from services.reporting.indicators.indicator import Figure, Result
from services.reporting.periods import parse_period
from services.reporting.projections import PROJECTIONS
from services.reporting.queries.question import By, Question
from services.reporting.storage import Move, Place, start_position, use_projection
from services.reporting.watermarks import Watermark, read_watermark

EPOCH = datetime(2019, 1, 1, tzinfo=UTC)
TODAY = date(2019, 6, 1)
_STALE = text("""SELECT programme, term, touched FROM programme_term
    WHERE stale_since IS NOT NULL ORDER BY programme, term""")
PROJECT = {topic.name: project for topic, project in PROJECTIONS}


@dataclass(frozen=True)
class Received:
    """A record as the broker would give it."""

    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


class Reporting:
    """Receives facts, answers with figures."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.next: dict[Place, int] = defaultdict(int)
        self._times: dict[tuple[str, int], datetime] = {}

    async def receive(self, *events: "Events", one_by_one: bool = False) -> None:
        """In this order. A fact keeps its time of recording, however often and late it comes."""
        for batch in _batches(_flat(events), one_by_one=one_by_one):
            topic = topic_of(type(batch[0]))
            place = Place(topic.name, self.partition(topic, batch[0]))
            await self.receive_records(topic, place, [self.message(event) for event in batch])

    def message(self, event: Event) -> tuple[bytes | None, bytes | None, Sequence[tuple[str, bytes]]]:
        """Key, value and headers, as the relay writes them."""
        known = self._times.setdefault((event.subject, event.version), EPOCH + timedelta(seconds=len(self._times)))
        message = encode(event, id=str(uuid.uuid4()), source="urn:test", time=known, correlation="corr-1")
        return message.key, message.value, message.headers

    @staticmethod
    def partition(topic: Topic, event: Event) -> int:
        """Any function of the key will do."""
        return sum(event.key.encode()) % topic.partitions

    async def receive_records(self, topic: Topic, place: Place, messages: Sequence[Any]) -> None:
        """Whatever stands in the records."""
        first = self.next[place]
        async with self.engine.begin() as connection:
            await start_position(connection, place, first)
        records = [Received(place.partition, first + n, *message) for n, message in enumerate(messages)]
        move = Move(first, first + len(records), first + len(records))
        await project_batch(self.engine, topic, PROJECT[topic.name], Batch(place, records, move))
        self.next[place] = move.reached

    async def result(self, code: str, period: str = "2018-2019", by: By | None = None, **more: Any) -> Result:
        """The whole result: the same from the rolls, from what some terms have gathered, and from what all have."""
        asked = question(period, by=by, **more)
        read = await self._ask(code, asked)
        for every in (2, 1):
            if await self.gather(every):
                assert await self._ask(code, asked) == read
        return read

    async def _ask(self, code: str, asked: Question) -> Result:
        async with snapshot(self.engine) as connection:
            return (await answer(connection, find_indicator(code), asked)).result

    async def gather(self, every: int = 1) -> int:
        """Every so manieth of the terms that nobody has gathered; gives how many."""
        async with self.engine.begin() as connection:
            await use_projection(connection)
            stale = await connection.execute(_STALE)
            chosen = [ProgrammeTerm(*row) for row in stale][::every]
            for one in chosen:
                assert await gather(connection, one)
        return len(chosen)

    async def figure(self, code: str, period: str = "2018-2019", **more: Any) -> Figure:
        """The figure over everything."""
        return (await self.result(code, period, **more)).whole

    async def value(self, code: str, period: str = "2018-2019", **more: Any) -> float | None:
        """Its value, None for an interval."""
        value = (await self.figure(code, period, **more)).value
        return None if value is None else float(value)

    async def bounds(self, code: str, period: str = "2018-2019", **more: Any) -> tuple[int, int]:
        """Low and high."""
        figure = await self.figure(code, period, **more)
        return int(figure.low), int(figure.high)

    async def cells(self, code: str, by: By, period: str = "2018-2019", **more: Any) -> dict[str, float]:
        """Value of each cell (the low one of an interval)."""
        result = await self.result(code, period, by=by, **more)
        return {cell: float(figure.low) for cell, figure in result.cells.items()}

    async def watermark(self) -> Watermark:
        """How far it has read."""
        async with snapshot(self.engine) as connection:
            return await read_watermark(connection)

    async def explanation(
        self, code: str, period: str = "2018-2019", *, after: Watermark | None = None, limit: int = 1000, **more: Any
    ) -> list[dict[str, Any]]:
        """All facts, page by page."""
        facts: list[dict[str, Any]] = []
        cursor: str | None = None
        asked = question(period, **more)
        while True:
            async with snapshot(self.engine) as connection:
                page = await explain(connection, find_indicator(code), asked, after=after, cursor=cursor, limit=limit)
            facts += [dict(row) for row in page.facts]
            cursor = page.cursor
            if cursor is None:
                return facts

    async def reasons(self, code: str, *names: str, **more: Any) -> set[tuple[Any, ...]]:
        """Of every fact: the columns asked for, and why it counts or does not."""
        return {tuple(fact[name] for name in (*names, "why")) for fact in await self.explanation(code, **more)}


def question(period: str, **more: Any) -> Question:
    """As of a fixed day."""
    return Question(period=parse_period(period), **({"as_of": TODAY} | more))


Events = Event | Iterable["Events"]


def _flat(events: Events) -> list[Event]:
    return [events] if isinstance(events, Event) else [one for event in events for one in _flat(event)]


def _batches(events: list[Event], *, one_by_one: bool) -> Iterable[list[Event]]:
    """What stands on one partition together, in its order."""
    if one_by_one:
        return [[event] for event in events]
    batches: dict[tuple[str, int], list[Event]] = {}
    for event in events:
        topic = topic_of(type(event))
        batches.setdefault((topic.name, Reporting.partition(topic, event)), []).append(event)
    return batches.values()
