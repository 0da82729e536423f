"""A version is rebuilt, compared, switched to and the old one dropped, by commands, while everything goes on.

The whole service runs, a producer sends sessions and corrections, and readers ask. The old version still has sessions
that the topic no longer keeps, so that each answer shows which version it is of: a mixed one would tell.
"""

import asyncio
import json
import random
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

from contracts.topics import OURS, SESSIONS_TOPIC
from deploy.local import folders
from deploy.local.issuer import issue_token
from deploy.local.world import World
from services.reporting.engine.logs import read_logs
from services.reporting.engine.versions import list_versions, read_offsets, switch_version
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import (
    assigned,
    at,
    engaged,
    enrolled,
    held,
    organisation,
    present,
    profiled,
    programme,
    run_by,
    tutor,
)
from tests.services.reporting.gathered import check_gathered
from tests.services.reporting.recounted import counted, world_of
from tests.services.reporting.streams import until
from tests.services.reporting.traffic import (
    PROGRAMMES,
    PUPILS,
    VOLUNTEERS,
    Producer,
    Question,
    Reader,
    producing,
    roll,
    together,
    version_of,
)

SESSIONS, BEFORE, SWITCHES = 10_000, 40, 10
PARTNERS = Path(__file__).parents[2] / "partners.toml"
OLD, THEN, PERIOD = "ancien", date(2017, 3, 1), "2018-2019"
CODES = ("I02", "I04", "I08", "I11", "I12", "I13", "I14")


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    """A platform of its own with the reporting service."""
    with folders.temporary() as folder:
        async with World.start(folder, PARTNERS, services=("reporting",)) as world:
            yield world


@pytest_asyncio.fixture
async def engine(world: World) -> AsyncIterator[AsyncEngine]:
    """On reporting's database."""
    engine = create_async_engine(world.postgres.url("reporting"))
    yield engine
    await engine.dispose()


async def _cordees(world: World, *arguments: str) -> tuple[int | None, str]:
    program = ("-c", "from deploy.cli.main import app; app()", "projections", *arguments, "--data", str(world.data))
    process = await asyncio.create_subprocess_exec(sys.executable, *program, stdout=-1, stderr=-2)
    said, _ = await process.communicate()
    return process.returncode, said.decode()


async def _passed(world: World, engine: AsyncEngine, *versions: int) -> bool:
    logs = await read_logs(world.kafka.bootstrap, OURS)
    async with engine.connect() as connection:
        return all([logs.passed(await read_offsets(connection, version)) for version in versions])


async def _forget(world: World) -> None:
    """The topic keeps nothing of what stands there now."""
    places = [TopicPartition(SESSIONS_TOPIC.name, n) for n in range(SESSIONS_TOPIC.partitions)]
    consumer = AIOKafkaConsumer(bootstrap_servers=world.kafka.bootstrap)
    await consumer.start()
    ends = await consumer.end_offsets(places)
    await consumer.stop()
    admin = AIOKafkaAdminClient(bootstrap_servers=world.kafka.bootstrap)
    await admin.start()
    await admin.delete_records({place: RecordsToDelete(before_offset=end) for place, end in ends.items()})
    await admin.close()


def _cells(answer: Mapping[str, Any]) -> int:
    """Only version 1 has cells of the old programme, and there everything of it."""
    version, old = int(answer["projection"]), [cell for cell in answer["cells"] if cell["cell"] == OLD]
    assert len(old) == (1 if version == 1 else 0), f"{old} in version {version}"
    return version


def _parts(answer: Mapping[str, Any]) -> int:
    """And each session is of one programme: the parts of one snapshot add up, whatever is written meanwhile."""
    parts = sum(cell["value"] for cell in answer["cells"])
    assert abs(parts - answer["value"]) < 0.01, f"{parts} in parts, {answer['value']} in all"
    return _cells(answer)


def _explained(answer: Mapping[str, Any]) -> int:
    version = version_of(answer["watermark"])
    counts = sum(fact["counted"] for fact in answer["facts"])
    assert counts == (BEFORE if version == 1 else 0), f"{counts} facts in version {version}"
    return version


_EVERYTHING = {"period": "2016-09-01/2019-09-01", "by": "programme"}
QUESTIONS = (
    Question("/indicators/I14", _EVERYTHING, _parts),
    Question("/indicators/I13", _EVERYTHING, _parts),
    Question("/indicators/I14/explanation", {"period": "2016-2017", "limit": "1000"}, _explained),
    Question("/indicators/I02", _EVERYTHING, _cells),
    Question("/indicators/I04", _EVERYTHING, _cells),
    Question("/indicators/I08", _EVERYTHING, _cells),
    Question("/indicators/I11", _EVERYTHING, _cells),
    Question("/indicators/I12", _EVERYTHING, _cells),
)


async def _fill(world: World, engine: AsyncEngine, producer: Producer, chance: random.Random) -> None:
    await producer.send(
        organisation("imt"),
        *(programme(name, organisers=[run_by("imt")]) for name in (*PROGRAMMES, OLD)),
        *(event for record in PUPILS[:-3] for event in (profiled(record), enrolled(record, starts_on=THEN))),
        *(engaged(record, starts_on=THEN) for record in VOLUNTEERS[:-1]),
        assigned(PUPILS[0], "p-0"),
        assigned(PUPILS[1], "p-0"),
    )
    lines = present(PUPILS[0]), tutor(VOLUNTEERS[0])
    await producer.send(*(held(f"b-{n}", *lines, programme=OLD, starts_at=at(THEN)) for n in range(BEFORE)))
    await until(lambda: _passed(world, engine, 1), 60)
    await _forget(world)
    await producer.send(*(roll(chance, f"s-{n}", 1, PROGRAMMES[n % 9]) for n in range(SESSIONS)))
    await until(lambda: _passed(world, engine, 1), 300)


async def _commands(world: World, engine: AsyncEngine, seen: Sequence[Reader]) -> Mapping[str, tuple[int | None, str]]:
    """In the order of an operator, with many switches there and back."""
    done = {name: await _cordees(world, *name.split()) for name in ("rebuild", "compare 2 --json", "switch 2")}
    done["status --json"] = await _cordees(world, "status", "--json")
    await _all_see(2, seen)
    for version in (1, 2) * SWITCHES:
        await switch_version(engine, version, lag=10**6, force=False)
        await _all_see(version, seen)
    done["drop 1"] = await _cordees(world, "drop", "1")
    return done


async def _all_see(version: int, readers: Sequence[Reader]) -> None:
    before = [reader.versions[version] for reader in readers]

    async def seen() -> bool:
        wrong = any(reader.wrong for reader in readers)
        return wrong or all(reader.versions[version] > n for reader, n in zip(readers, before, strict=True))

    await until(seen, 60)


@pytest.mark.storm
@pytest.mark.timeout(900)
async def test_under_traffic_no_answer_fails_or_is_mixed_and_nothing_is_lost(world: World, engine: AsyncEngine) -> None:
    chance, desk = random.Random(7), Reporting(engine)
    token = issue_token(world.secrets, ["reader"], programmes=["*"], audience="interne")
    headers, url = {"Authorization": f"Bearer {token}"}, world.services["reporting"].url
    readers = [Reader(url, headers, (*QUESTIONS[n:], *QUESTIONS[:n])) for n in range(4)]
    async with producing(world.kafka.bootstrap, desk) as producer:
        await _fill(world, engine, producer, chance)
        filled = len(producer.said)
        sending = asyncio.create_task(producer.go_on(chance))
        async with together(*(reader.go_on() for reader in readers)):
            done = await _commands(world, engine, readers)
            producer.enough.set()
            await sending
        await until(lambda: _passed(world, engine, 2), 120)
        said = list(producer.said)
    print(f"{len(said) - filled} events meanwhile, answers by version", [dict(one.versions) for one in readers])  # noqa: T201

    assert [wrong for reader in readers for wrong in reader.wrong] == []
    _check(done)
    async with engine.connect() as connection:
        assert [one.version for one in await list_versions(connection)] == [2]
    await check_gathered(engine, 2)
    async with httpx2.AsyncClient(base_url=url, headers=headers, timeout=60) as client:
        found = {code: await _figure(client, code) for code in CODES}
    expected = counted(world_of(said, desk), [{"indicator": code, "period": PERIOD} for code in CODES])
    assert found == {code: _rounded(*bounds[""]) for code, bounds in zip(CODES, expected, strict=True)}


def _check(done: Mapping[str, tuple[int | None, str]]) -> None:
    """Only `compare` finds something, the year that the topic forgot, and everything that it finds has a cause."""
    codes = {name: code for name, (code, _) in done.items()}
    assert codes == {name: 1 if name.startswith("compare") else 0 for name in done}, done
    compared = json.loads(done["compare 2 --json"][1].splitlines()[-1])
    assert [one["what"] for one in compared["differences"] if not one["causes"]] == []
    _, filled = json.loads(done["status --json"][1].splitlines()[-1])
    # Each was gathered before the version was followed; traffic may have touched all of them since.
    assert 0 <= filled["gathered"] <= filled["terms"]
    assert filled["terms"] >= len(PROGRAMMES)


async def _figure(client: httpx2.AsyncClient, code: str) -> tuple[float, float]:
    answer = (await client.get(f"/indicators/{code}", params={"period": PERIOD})).raise_for_status().json()
    return _rounded(answer["low"], answer["high"])


def _rounded(low: float, high: float) -> tuple[float, float]:
    return round(float(low), 6), round(float(high), 6)
