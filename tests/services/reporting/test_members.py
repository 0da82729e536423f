"""A process that joins the group, leaves it or is killed: the others go on within seconds, and nothing is lost."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Collection, Mapping
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, TopicPartition
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local.kafka import Kafka
from services.reporting import consumers
from tests.services.reporting.facts import held
from tests.services.reporting.members import Feed, Member, feeding, seconds_until
from tests.services.reporting.streams import Streams, until

BOUND = 15.0
"""Seconds: a join and a killed member take what Kafka's group needs for it, sessions of six seconds included."""


@pytest_asyncio.fixture
async def streams(kafka: Kafka, reporting_engine: AsyncEngine) -> Streams:
    """Empty topics."""
    streams = Streams(kafka.bootstrap, reporting_engine)
    await streams.create()
    return streams


def _member(streams: Streams) -> Member:
    return Member(streams.engine, streams.bootstrap, *streams.projections[2])


async def _nothing_lost(streams: Streams, feed: Feed) -> None:
    async with _member(streams).running():
        await until(lambda: _counts(streams, feed.sent))
    # Not before: a figure is asked for three times, and all three have to be of one moment.
    assert await streams.desk.value("I14") == feed.sent


async def test_a_process_that_joins_takes_its_share_and_one_that_leaves_gives_it_back(streams: Streams) -> None:
    async with feeding(streams) as feed, _member(streams).running() as first:
        await seconds_until(lambda: len(first.last) == 2, BOUND)
        async with _member(streams).running() as second:
            joined = await seconds_until(lambda: bool(second.last), BOUND)
            moment = time.monotonic()
            await seconds_until(lambda: first.since(moment) | second.since(moment) == {0, 1}, BOUND)
            shares = first.since(moment), second.since(moment)
        left = time.monotonic()
        (moved,) = second.last
        back = await seconds_until(lambda: moved in first.since(left), BOUND)
    print(f"joined: {joined:.1f} s, left: {back:.1f} s")  # noqa: T201 - what was measured

    assert [len(share) for share in shares] == [1, 1]
    await _nothing_lost(streams, feed)


@asynccontextmanager
async def _process(streams: Streams) -> AsyncIterator[asyncio.subprocess.Process]:
    url = streams.engine.url.render_as_string(hide_password=False)
    command = ("-m", "tests.services.reporting.member_process", streams.bootstrap, url, streams.suffix)
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
    )
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


@pytest.mark.storm
async def test_a_process_that_is_killed_is_missed_after_six_seconds_and_another_goes_on(streams: Streams) -> None:
    async with feeding(streams) as feed, _member(streams).running() as heir:
        async with _process(streams) as process:
            assert process.stderr is not None
            async with asyncio.timeout(30):
                while not (line := (await process.stderr.readline()).decode()).startswith("projected"):
                    assert line, "the process ended"
            moved = int(line.split()[1])
        killed = time.monotonic()
        taken = await seconds_until(lambda: moved in heir.since(killed), BOUND)
    print(f"killed: {taken:.1f} s")  # noqa: T201 - what was measured

    assert process.returncode == -9
    assert taken > 3, "it was missed before its session ended: was it killed?"
    await _nothing_lost(streams, feed)


async def test_a_position_that_a_zombie_moves_during_a_seek_is_not_taken_for_lost_records(
    streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    overtaken: list[bool] = []
    place = streams.place(held("s-1"))

    @asynccontextmanager
    async def zombie() -> AsyncIterator[None]:
        """It reads on, although its partitions are another one's."""
        with monkeypatch.context() as alone:
            alone.setattr(consumers, "group_of", lambda _, topic: f"zombie-{topic.name}")
            alone.setattr(consumers, "AIOKafkaConsumer", AIOKafkaConsumer)
            async with _member(streams).running():
                yield

    class Overtaken(AIOKafkaConsumer):  # type: ignore[misc]  # untyped
        async def end_offsets(self, partitions: Collection[TopicPartition]) -> Mapping[TopicPartition, int]:
            found: Mapping[TopicPartition, int] = await super().end_offsets(partitions)
            if not overtaken and place in partitions:
                overtaken.append(True)
                await streams.publish(held("s-2"))
                async with zombie():
                    await until(lambda: _counts(streams, 2))
            return found

    await streams.publish(held("s-1"))
    monkeypatch.setattr(consumers, "AIOKafkaConsumer", Overtaken)
    async with _member(streams).running():
        await until(lambda: _counts(streams, 2))
        await streams.publish(held("s-3"))
        await until(lambda: _counts(streams, 3))

    assert overtaken


async def _counts(streams: Streams, sessions: int) -> bool:
    async with streams.engine.connect() as connection:
        stand = await connection.scalar(text("SELECT count(*) FROM projection_1.session_fact"))
    return bool(stand == sessions)
