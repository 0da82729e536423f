"""What compaction leaves is enough: a rebuild from it gives the rows of a live run that saw everything."""

import random
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import NewTopic
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from contracts.base import Event
from contracts.topics import topic_of
from contracts.vocabulary import Level
from deploy.local.kafka import Kafka
from services.reporting.storage import Place
from tests.services.reporting.bonds import certified, convention, declares, said, studying
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import (
    BELLEVUE,
    assigned,
    attributes,
    enrolled,
    held,
    organisation,
    present,
    profiled,
    programme,
    trained,
)
from tests.services.reporting.gathered import names
from tests.services.reporting.streams import Streams, rows, until

KEYS = 3


def _versions(n: int, version: int) -> Sequence[Event]:
    """One state of each kind of aggregate."""
    level = Level.PREMIERE_G if version % 2 else Level.SECONDE_GT
    return (
        organisation(f"o-{n}", version=version),
        programme(f"p-{n}", version=version),
        convention(f"c-{n}", BELLEVUE, version=version),
        declares(f"d-{n}", said(10 * version), version=version),
        profiled(f"r-{n}", *([attributes(level=level)] * version), version=version),
        enrolled(f"r-{n}", version=version),
        assigned(f"r-{n}", f"person-{version}", version=version),
        studying(f"r-{n}", f"o-{version}", version=version),
        trained(f"r-{n}", version=version),
        certified(f"r-{n}", version=version),
    )


def _history(chance: random.Random) -> list[Event | str]:
    """Events, each with higher versions behind it and now and then twice; and keys that are removed, some for good."""
    history: list[Event | str] = []
    for version in range(1, 4):
        for n in range(KEYS):
            for event in _versions(n, version):
                history += [event] * chance.choice((0, 1, 1, 2))
                if chance.random() < 0.1:
                    history.append(event.key)
    return history


def _record(desk: Reporting, one: Event | str) -> Any:
    return desk.message(one) if isinstance(one, Event) else (one.encode(), None, ())


def _topic(one: Event | str, known: dict[str, Any]) -> Any:
    if isinstance(one, Event):
        known[one.key] = topic_of(type(one))
    return known[one.key if isinstance(one, Event) else one]


def _compacted(history: Sequence[Event | str]) -> list[Event | str]:
    """The last of each key, in its place."""
    keys = [one.key if isinstance(one, Event) else one for one in history]
    return [one for n, one in enumerate(history) if keys[n] not in keys[n + 1 :]]


@pytest.mark.parametrize("seed", range(8))
async def test_the_last_record_of_each_key_gives_the_rows_of_all_of_them(
    reporting_engine: AsyncEngine, seed: int
) -> None:
    history = [*_versions(9, 1), *_history(random.Random(seed))]
    all_of_them = await _project(reporting_engine, history)

    last_of_each = await _project(reporting_engine, _compacted(history))

    assert last_of_each == all_of_them
    assert len(_compacted(history)) < len(history) / 2
    assert len(all_of_them["profile"]) > 1


async def _project(engine: AsyncEngine, history: Sequence[Event | str]) -> Any:
    """Record by record, on empty tables."""
    async with engine.begin() as connection:
        await connection.execute(text(f"TRUNCATE {', '.join(names())}, position, parked"))
    desk = Reporting(engine)
    topics = {event.key: topic_of(type(event)) for n in range(KEYS) for event in _versions(n, 1)}
    for one in history:
        topic = _topic(one, topics)
        await desk.receive_records(topic, Place(topic.name, 0), [_record(desk, one)])
    return await rows(engine, without=frozenset({"recorded_at"}))


@pytest.mark.storm
async def test_a_rebuild_after_kafka_has_compacted_gives_the_rows_of_the_live_run(
    kafka: Kafka, reporting_engine: AsyncEngine
) -> None:
    streams = Streams(kafka.bootstrap, reporting_engine)
    soon = {"cleanup.policy": "compact", "segment.ms": "50", "min.cleanable.dirty.ratio": "0.01"}
    async with streams.admin() as admin:
        topics = [NewTopic(name, 2, 1, topic_configs=soon) for name in streams.names[:2]]
        await admin.create_topics([*topics, NewTopic(streams.names[2], 2, 1)])
    for version in range(1, 4):
        states = (event for n in range(KEYS) for event in _versions(n, version))
        await streams.publish(*states, held(f"s-{version}", present("r-1")))
    # Closes the segments: the one that is written to is never compacted.
    await streams.publish(*_versions(9, 1), *_versions(8, 1))
    await streams.publish(*_versions(9, 2), *_versions(8, 2))
    async with streams.following():
        await until(lambda: streams.passed(1))
    published = 3 * 10 * KEYS + 40
    await until(lambda: _fewer(streams, published), limit=90)

    await streams.rebuild().run()

    assert await streams.rows(2) == await streams.rows(1)
    assert (await streams.compare(2)).differences == []


async def _fewer(streams: Streams, published: int) -> bool:
    """Whether compaction has removed a quarter at least; the newest segments stay."""
    consumer = AIOKafkaConsumer(bootstrap_servers=streams.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        places = [TopicPartition(name, n) for name in streams.names[:2] for n in range(2)]
        consumer.assign(places)
        ends, found = await consumer.end_offsets(places), 0
        for place in places:
            while await consumer.position(place) < ends[place]:
                found += len((await consumer.getmany(place, timeout_ms=200)).get(place, ()))
    finally:
        await consumer.stop()
    return found < 0.75 * published
