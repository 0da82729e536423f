"""The peer is worth being compared with: it answers exactly, also after a start in the middle and a second reading."""

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import pytest_asyncio
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from bench.catchup.report import report
from bench.catchup.rounds import Run, Side
from bench.measuring.truth import NATIONAL, differences
from bench.peers.catching_up import Peer, make_tables
from bench.peers.figures import ANSWERED, read_figures
from bench.peers.rows import Rows
from bench.peers.tables import record_person
from bench.peers.tuned import catch_up
from bench.peers.writing import write
from bench.year.generate import Year, generate
from bench.year.sizes import Sizes
from deploy.local.kafka import Kafka
from deploy.topics import apply_topics
from tests.bench.topics import topics_of_a_test
from tests.conftest import MakeDatabase

TINY = Sizes(sessions=200, presences=5, pupils=80, programmes=3, volunteers=12, schools=8, corrections=0.3, joins=0.3)


@dataclass
class Desk:
    """A peer's database, and a year to be read."""

    engine: AsyncEngine
    bootstrap: str
    year: Year

    async def read(self, batch: int) -> int:
        """To the end; gives how many records."""
        topics = [topic.name for topic in self.year.topics]
        return await Peer(self.engine, self.bootstrap, topics, batch).run()


@dataclass
class Told:
    """A message of `cordees.people`."""

    data: dict[str, Any]

    def key(self) -> bytes:
        return b"record/r"

    def value(self) -> bytes:
        return json.dumps(self.data).encode()

    def headers(self) -> list[tuple[str, bytes]]:
        return [("ce_type", b"fr.cordees.record.assigned.v1")]

    def partition(self) -> int:
        return 0

    def offset(self) -> int:
        return 0


@pytest_asyncio.fixture(scope="module")
async def year(kafka: Kafka) -> Year:
    """One for all, which only read it."""
    topics = topics_of_a_test()
    await apply_topics(kafka.bootstrap, topics)
    return await generate(kafka.bootstrap, TINY, topics=topics)


@pytest_asyncio.fixture
async def desk(kafka: Kafka, year: Year, make_database: MakeDatabase) -> AsyncIterator[Desk]:
    """With tables of the peer's own in a schema of its own."""
    url = await make_database("reporting")
    own = {"server_settings": {"search_path": "peer"}}
    engine = create_async_engine(url, connect_args=own)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE SCHEMA peer"))
    await make_tables(engine)
    yield Desk(engine, kafka.bootstrap, year)
    await engine.dispose()


async def test_the_peer_finds_every_truth_and_reads_nothing_twice(desk: Desk) -> None:
    truth = desk.year.truth()

    read = await desk.read(batch=70)
    again = await desk.read(batch=70)

    figures = await read_figures(desk.engine)
    assert (read, again) == (sum(topic["records"] for topic in truth["topics"].values()), 0)
    assert figures[NATIONAL].keys() == truth["national"].keys() == ANSWERED
    assert differences(figures, truth, ANSWERED) == []


async def test_the_tuned_peer_finds_the_same_and_reads_nothing_twice(desk: Desk) -> None:
    truth, topics = desk.year.truth(), [topic.name for topic in desk.year.topics]

    read, again = [await catch_up(desk.engine, desk.bootstrap, topics, 70) for _ in range(2)]

    assert (read, again) == (sum(topic["records"] for topic in truth["topics"].values()), 0)
    assert differences(await read_figures(desk.engine), truth, ANSWERED) == []


async def test_a_batch_whose_offsets_are_lost_changes_nothing_when_it_comes_again(desk: Desk) -> None:
    await desk.read(batch=1_000)
    async with desk.engine.begin() as connection:
        await connection.execute(text("DELETE FROM position"))

    assert await desk.read(batch=37) > 0
    assert differences(await read_figures(desk.engine), desk.year.truth(), ANSWERED) == []


async def test_one_wrong_number_is_found(desk: Desk) -> None:
    await desk.read(batch=1_000)
    async with desk.engine.begin() as connection:
        await connection.execute(text("UPDATE session_version SET minutes = minutes + 1 WHERE status = 'held'"))

    wrong = differences(await read_figures(desk.engine), desk.year.truth(), ANSWERED)

    assert any(line.startswith("national I13_minutes") for line in wrong)
    assert not any("I08" in line for line in wrong)


async def test_an_older_version_that_comes_late_changes_nothing(desk: Desk) -> None:
    for version, person in ((2, "second"), (1, "first")):
        rows = Rows()
        rows.add(Told({"record": "r", "version": version, "person": person}))
        async with desk.engine.begin() as connection:
            await write(connection, rows, {("people", 0): version})

    async with desk.engine.connect() as connection:
        assert await connection.scalar(select(record_person.c.person)) == "second"


def test_the_report_takes_medians_and_fails_for_one_wrong_run() -> None:
    sides = (Side("live", "live"), Side("new", "rebuild"), Side("plain", "peer"), Side("tuned", "tuned"))
    cpu = {"client": 1.0, "postgres": 0.5, "broker": 0.1}
    run = Run("live", 100, 2.0, cpu, 1, 1, 0.1)
    others = [replace(run, side="new", seconds=1.0), replace(run, side="tuned", seconds=4.0)]
    plain = [replace(run, side="plain", seconds=seconds) for seconds in (6.0, 7.0, 90.0)]

    said = report(sides, [run, *others, *plain])
    wrong = report(sides, [run, *others, *plain, replace(run, wrong=["national I14: 1, not 2"])])

    assert (said["ratios"], said["tuned_ratios"]) == ({"live": 3.5, "new": 7.0}, {"live": 2.0, "new": 4.0})
    assert (said["reached"], said["exact"], wrong["exact"]) == (True, True, False)


def test_a_rebuild_that_is_fast_enough_reaches_nothing() -> None:
    sides = (Side("live", "live"), Side("new", "rebuild"), Side("plain", "peer"), Side("tuned", "tuned"))
    seconds = {"live": 2.5, "new": 1.0, "plain": 6.0, "tuned": 5.0}
    runs = [Run(name, 100, taken, {"client": 1.0}, 1, 1, 0.1) for name, taken in seconds.items()]

    said = report(sides, runs)

    assert (said["target_side"], said["reached"]) == ("live", False)
