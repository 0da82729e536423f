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
from bench.peers.figures import read_figures
from bench.peers.rows import Rows
from bench.peers.tables import record_person
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
    assert figures[NATIONAL].keys() == truth["national"].keys()
    assert differences(figures, truth) == []


async def test_a_batch_whose_offsets_are_lost_changes_nothing_when_it_comes_again(desk: Desk) -> None:
    await desk.read(batch=1_000)
    async with desk.engine.begin() as connection:
        await connection.execute(text("DELETE FROM position"))

    assert await desk.read(batch=37) > 0
    assert differences(await read_figures(desk.engine), desk.year.truth()) == []


async def test_one_wrong_number_is_found(desk: Desk) -> None:
    await desk.read(batch=1_000)
    async with desk.engine.begin() as connection:
        await connection.execute(text("UPDATE session_version SET minutes = minutes + 1 WHERE status = 'held'"))

    wrong = differences(await read_figures(desk.engine), desk.year.truth())

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
    sides = (Side("ours", "rebuild"), Side("theirs", "peer"))
    cpu = {"client": 1.0, "postgres": 0.5, "broker": 0.1}
    run = Run("ours", 100, 2.0, cpu, 1, 1, 0.1)
    theirs = [replace(run, side="theirs", seconds=seconds) for seconds in (6.0, 7.0, 90.0)]

    said = report(sides, [run, *theirs])
    other = report(sides, [run, *theirs, replace(run, wrong=["national I14: 1, not 2"])])

    assert (said["ratios"], said["reached"], said["exact"]) == ({"ours": 3.5}, True, True)
    assert not other["exact"]
