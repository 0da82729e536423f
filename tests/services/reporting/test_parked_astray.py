"""A parked record whose log is another one by now: nothing of that log is read in its place, and nobody waits."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local.kafka import Kafka
from services.reporting.engine import retry as taking_up
from services.reporting.engine.retry import Outcome, retry
from services.reporting.engine.versions import ParkedRecord, list_parked
from tests.services.reporting.facts import held, profiled
from tests.services.reporting.streams import Streams, until

_POSITION = "UPDATE position SET next_offset = 50"
_LIMIT = 20
"""Seconds after which it loops."""


@pytest_asyncio.fixture
async def streams(kafka: Kafka, reporting_engine: AsyncEngine) -> Streams:
    """Empty topics."""
    streams = Streams(kafka.bootstrap, reporting_engine)
    await streams.create()
    return streams


async def _execute(streams: Streams, *statements: str) -> None:
    async with streams.engine.begin() as connection:
        for statement in statements:
            await connection.execute(text(statement))


async def _set_aside(streams: Streams, *events: Any) -> Sequence[ParkedRecord]:
    """The database refuses s-2 and a-2, until they are parked."""
    checks = {"session_fact": "session <> 's-2'", "profile": "record <> 'a-2'"}
    names = {table: f"ALTER TABLE projection_1.{table}" for table in checks}
    await _execute(streams, *(f"{names[table]} ADD CONSTRAINT old CHECK ({rule})" for table, rule in checks.items()))
    await streams.publish(*events)
    async with streams.following():
        await until(lambda: streams.passed(1))
    await _execute(streams, *(f"{name} DROP CONSTRAINT old" for name in names.values()))
    return await _parked(streams)


async def _parked(streams: Streams) -> Sequence[ParkedRecord]:
    async with streams.engine.connect() as connection:
        return await list_parked(connection)


async def _retry(streams: Streams) -> Sequence[Outcome]:
    async with asyncio.timeout(_LIMIT):
        done = await retry(streams.engine, streams.bootstrap, await _parked(streams), streams.projections)
    return [one.outcome for one in done]


@pytest.mark.parametrize(
    ("before", "anew"),
    [
        (("s-1", "s-2"), 0),  # Its offset is beyond the end.
        (("s-2",), 0),  # It is the end.
        (("s-1", "s-2"), 5),  # Another record stands there.
    ],
)
async def test_nothing_is_read_of_a_topic_that_was_made_anew(
    streams: Streams, before: Sequence[str], anew: int
) -> None:
    (one,) = await _set_aside(streams, *(held(session) for session in before))
    rows = await streams.rows(1)
    await streams.remake(streams.names[2])
    await streams.publish(*(held(f"n-{number}") for number in range(anew)))

    assert await _retry(streams) == [Outcome.REPLACED]
    assert (await _parked(streams), await streams.rows(1)) == ([one], rows)


async def test_no_record_of_a_compacted_topic_that_was_made_anew_stands_for_it(streams: Streams) -> None:
    (one,) = await _set_aside(streams, profiled("a-2"))
    await streams.remake(streams.names[1])
    await streams.publish(*(profiled("a-2", version=version) for version in (1, 2)))

    assert await _retry(streams) == [Outcome.REPLACED]
    assert await _parked(streams) == [one]


async def test_a_topic_that_is_made_anew_while_its_records_are_fetched_is_noticed(
    streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    (one,) = await _set_aside(streams, held("s-1"), held("s-2"))
    rows, take_up = await streams.rows(1), taking_up._Retry._take_up

    async def too_late(self: taking_up._Retry, place: Any) -> Outcome:
        await streams.remake(streams.names[2])
        await streams.publish(*(held(f"n-{number}") for number in range(5)))
        return await take_up(self, place)

    monkeypatch.setattr(taking_up._Retry, "_take_up", too_late)

    assert await _retry(streams) == [Outcome.REPLACED]
    assert (await _parked(streams), await streams.rows(1)) == ([one], rows)


async def test_what_another_release_has_set_aside_is_left_to_it(streams: Streams) -> None:
    (one,) = await _set_aside(streams, held("s-1"), held("s-2"))
    await _execute(streams, "UPDATE projection SET shape = shape - 1")

    assert await _retry(streams) == [Outcome.OTHER_TABLES]
    assert await _parked(streams) == [one]


async def test_a_topic_that_was_removed_keeps_nothing(streams: Streams) -> None:
    (one,) = await _set_aside(streams, held("s-2"))
    async with streams.admin() as admin:
        await admin.delete_topics([streams.names[2]])

    assert await _retry(streams) == [Outcome.GONE]
    assert await _parked(streams) == [one]


@pytest.mark.parametrize("offset", [0, 2, 40])
async def test_a_log_that_ends_before_what_was_read_of_it_is_told(streams: Streams, offset: int) -> None:
    """As after a loss in Kafka, whose topic keeps its id: the position stands at 50, and the log ends at 2."""
    await _set_aside(streams, held("s-2"))
    await _execute(streams, f'UPDATE parked SET "offset" = {offset}', _POSITION)  # noqa: S608 - a number
    (one,) = await _parked(streams)

    assert await _retry(streams) == [Outcome.OUTSIDE]
    assert await _parked(streams) == [one]
