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
from services.reporting.engine.versions import list_versions, read_offsets
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import assigned, at, engaged, held, organisation, present, programme, pupil, run_by
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

SESSIONS, BEFORE = 10_000, 40
PARTNERS = Path(__file__).parents[2] / "partners.toml"
BEFORE_PERIOD, PERIOD = "2016-2017", "2018-2019"
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


def _whole(answer: Mapping[str, Any]) -> int:
    """Of the year that only version 1 knows: so many sessions, or none."""
    version = answer["projection"]
    assert answer["value"] == (BEFORE if version == 1 else 0), f"{answer['value']} in version {version}"
    return int(version)


def _explained(answer: Mapping[str, Any]) -> int:
    version = version_of(answer["watermark"])
    counts = sum(fact["counted"] for fact in answer["facts"])
    assert counts == (BEFORE if version == 1 else 0), f"{counts} facts in version {version}"
    return version


def _parts(answer: Mapping[str, Any]) -> int:
    """Each session is of one programme: the parts of one snapshot add up, whatever is written meanwhile."""
    parts = sum(cell["value"] for cell in answer["cells"])
    assert abs(parts - answer["value"]) < 0.01, f"{parts} in parts, {answer['value']} in all"
    return int(answer["projection"])


def _any(answer: Mapping[str, Any]) -> int:
    assert answer["value"] is not None
    return int(answer["projection"])


QUESTIONS = (
    Question("/indicators/I14", {"period": BEFORE_PERIOD}, _whole),
    Question("/indicators/I14/explanation", {"period": BEFORE_PERIOD, "limit": "1000"}, _explained),
    Question("/indicators/I13", {"period": BEFORE_PERIOD}, _whole),
    Question("/indicators/I14", {"period": PERIOD, "by": "programme"}, _parts),
    Question("/indicators/I13", {"period": PERIOD, "by": "programme"}, _parts),
    Question("/indicators/I02", {"period": PERIOD, "by": "level"}, _any),
    Question("/indicators/I11", {"period": PERIOD, "programme": "p-1"}, _any),
    Question("/indicators/I08", {"period": PERIOD}, _any),
)


async def _fill(world: World, engine: AsyncEngine, producer: Producer, chance: random.Random) -> None:
    await producer.send(
        organisation("imt"),
        *(programme(name, organisers=[run_by("imt")]) for name in PROGRAMMES),
        *(event for record in PUPILS[:-3] for event in pupil(record)),
        *(engaged(record) for record in VOLUNTEERS[:-1]),
        assigned(PUPILS[0], "p-0"),
        assigned(PUPILS[1], "p-0"),
    )
    then = at(date(2017, 3, 1))
    before = [held(f"b-{n}", present(PUPILS[n]), programme=PROGRAMMES[n % 9], starts_at=then) for n in range(BEFORE)]
    await producer.send(*before)
    await until(lambda: _passed(world, engine, 1), 60)
    await _forget(world)
    await producer.send(*(roll(chance, f"s-{n}", 1, PROGRAMMES[n % 9]) for n in range(SESSIONS)))
    await until(lambda: _passed(world, engine, 1), 300)


async def _commands(world: World, seen: Sequence[Reader]) -> Mapping[str, tuple[int | None, str]]:
    """In the order of an operator, and once there and back."""
    done = {name: await _cordees(world, *name.split()) for name in ("rebuild", "compare 2 --json")}
    for name, version in (("switch 2", 2), ("switch 1", 1), ("switch 2 ", 2)):
        done[name] = await _cordees(world, *name.split())
        before = [reader.versions[version] for reader in seen]

        async def all_saw(version: int = version, before: Sequence[int] = tuple(before)) -> bool:
            return all(reader.versions[version] > count for reader, count in zip(seen, before, strict=True))

        await until(all_saw, 60)
    done["drop 1"] = await _cordees(world, "drop", "1")
    return done


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
            done = await _commands(world, readers)
            producer.enough.set()
            await sending
        await until(lambda: _passed(world, engine, 2), 120)
        said = list(producer.said)
    print(f"{len(said) - filled} events meanwhile, answers by version", [dict(one.versions) for one in readers])  # noqa: T201

    assert [wrong for reader in readers for wrong in reader.wrong] == []
    _check(done)
    async with engine.connect() as connection:
        assert [one.version for one in await list_versions(connection)] == [2]
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


async def _figure(client: httpx2.AsyncClient, code: str) -> tuple[float, float]:
    answer = (await client.get(f"/indicators/{code}", params={"period": PERIOD})).raise_for_status().json()
    return _rounded(answer["low"], answer["high"])


def _rounded(low: float, high: float) -> tuple[float, float]:
    return round(float(low), 6), round(float(high), 6)
