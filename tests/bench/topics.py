"""What stands on the topics of a test, and what it amounts to: counted here, without a line of the generator's."""

import uuid
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from bench.year.topics import Topics
from chassis.references import paris_day
from contracts.base import Event
from contracts.catalogue import EVENTS
from contracts.envelope import Envelope, decode
from contracts.people import RecordAssigned, VolunteerEngaged
from contracts.sessions import SessionCancelled, SessionEvent, SessionHeld
from contracts.topics import OURS, PEOPLE_TOPIC, REGISTRY_TOPIC, SESSIONS_TOPIC, Topic

PRESENT = {"present", "distance", "retard", "depart_anticipe"}
INVOLVED = {"tuteur", "animateur", "accompagnateur"}


@dataclass(frozen=True)
class Read:
    """One record of a topic, in the order of offsets."""

    topic: Topic
    partition: int
    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]

    @property
    def envelope(self) -> Envelope:
        """What stands around the fact."""
        return decode(self.headers, self.value)

    @property
    def event(self) -> Event:
        """The fact, read as a consumer does."""
        return EVENTS[self.envelope.type].parse_read(self.value)


def topics_of_a_test() -> Topics:
    """Like ours, under names of their own."""
    mark = uuid.uuid4().hex[:8]
    registry, people, sessions = (
        replace(topic, name=f"test.{mark}.{topic.name}") for topic in (REGISTRY_TOPIC, PEOPLE_TOPIC, SESSIONS_TOPIC)
    )
    return Topics(registry, people, sessions)


async def read_all(bootstrap: str, topics: Iterable[Topic]) -> list[Read]:
    """Everything that stands there, partition after partition."""
    places = {TopicPartition(t.name, number): t for t in topics for number in range(t.partitions)}
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, isolation_level="read_committed", auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        return [read for place, topic in places.items() for read in await _read(consumer, place, topic)]
    finally:
        await consumer.stop()


async def _read(consumer: AIOKafkaConsumer, place: TopicPartition, topic: Topic) -> list[Read]:
    consumer.assign([place])
    await consumer.seek_to_beginning(place)
    end = (await consumer.end_offsets([place]))[place]
    found: list[Read] = []
    while await consumer.position(place) < end:
        for batch in (await consumer.getmany(place, timeout_ms=1_000)).values():
            found += [Read(topic, r.partition, r.key, r.value, tuple(r.headers)) for r in batch]
    return found


def kind_of(topic: Topic) -> str:
    """The name of ours that it is like."""
    return next(ours.name for ours in OURS if topic.name.endswith(ours.name))


def highest(events: Iterable[Event], kind: type[Event]) -> dict[str, Any]:
    """The truth of each aggregate: its highest version."""
    found: dict[str, Event] = {}
    for event in events:
        if isinstance(event, kind) and (event.aggregate not in found or found[event.aggregate].version < event.version):
            found[event.aggregate] = event
    return found


def count(events: Sequence[Event]) -> dict[str, dict[str, int]]:
    """Figures by programme, and under `""` of the whole country, as `indicators.md` defines them."""
    person = {record: event.person for record, event in highest(events, RecordAssigned).items()}
    spans = {record: event.spans for record, event in highest(events, VolunteerEngaged).items()}
    figures: dict[str, Counter[str]] = defaultdict(Counter)
    pupils: dict[str, set[str]] = defaultdict(set)
    students: dict[str, set[str]] = defaultdict(set)
    for session in highest(events, SessionEvent).values():
        for scope in (session.programme, ""):
            figures[scope].update(_count_one(session, person))
            if isinstance(session, SessionHeld):
                pupils[scope].update(_pupils(session, person))
                students[scope].update(_students(session, person, spans))
    return {
        scope: {**counts, "pupils_present": len(pupils[scope]), "I08": len(students[scope])}
        for scope, counts in figures.items()
    }


def _count_one(session: SessionEvent, person: dict[str, str]) -> dict[str, int]:
    held = isinstance(session, SessionHeld)
    counts = {
        "sessions": 1,
        "I14": int(held),
        "cancelled": int(isinstance(session, SessionCancelled)),
        "I13_minutes": 0,
        "I11_minutes": 0,
        "I11_headcount_minutes": 0,
        "I12_minutes": 0,
        "presences": 0,
        "presences_counted": 0,
        "presences_unknown": 0,
    }
    counts["planned_only"] = 1 - counts["I14"] - counts["cancelled"]
    if isinstance(session, SessionHeld):
        there = _pupils(session, person)
        counts["I13_minutes"] = session.minutes
        counts["I11_minutes"] = sum(there.values())
        counts["I11_headcount_minutes"] = sum(cell.pupils for cell in session.headcounts) * session.minutes
        counts["I12_minutes"] = sum(
            session.minutes if hand.minutes is None else hand.minutes for hand in session.acting
        )
        counts["presences"] = len(session.presences)
        counts["presences_counted"] = len(there)
        counts["presences_unknown"] = sum(line.record not in person for line in session.presences)
    return counts


def _pupils(session: SessionHeld, person: dict[str, str]) -> dict[str, int]:
    """Minutes of each registered person who was there: of two records, the longer."""
    minutes: dict[str, list[int]] = defaultdict(list)
    for line in session.presences:
        if line.status in PRESENT and line.record in person:
            minutes[person[line.record]].append(session.minutes if line.minutes is None else line.minutes)
    return {who: max(lengths) for who, lengths in minutes.items()}


def _students(session: SessionHeld, person: dict[str, str], spans: dict[str, Any]) -> set[str]:
    day = paris_day(session.starts_at)
    return {
        person[hand.record]
        for hand in session.acting
        if hand.role in INVOLVED
        for span in spans[hand.record]
        if span.category == "etudiant" and span.starts_on <= day and (span.ends_on is None or day < span.ends_on)
    }
