"""The generated year: what the contracts say of it, what it amounts to, and that a seed is a year."""

import asyncio
import json
import sys
from collections import Counter, defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiokafka.partitioner import murmur2
from typer.testing import CliRunner

from bench.year.generate import generate
from bench.year.programmes import make_country
from bench.year.sizes import Sizes, SizesRefused
from bench.year.topics import NotEmpty, Topics, ends_of
from bench.year.writing import records_of, units_of
from contracts.base import Event
from contracts.envelope import encode
from contracts.people import PupilProfiled, RecordAssigned
from contracts.sessions import SessionHeld
from deploy.cli.main import app
from deploy.local.kafka import Kafka
from deploy.topics import apply_topics
from tests import server_data
from tests.bench.topics import Read, count, kind_of, read_all, topics_of_a_test

TINY = Sizes(
    sessions=300,
    presences=6,
    pupils=120,
    programmes=4,
    volunteers=16,
    schools=12,
    corrections=0.2,
    duplicates=0.1,
    joins=0.3,
    moves=0.2,
    seed=7,
)


@dataclass(frozen=True)
class Written:
    """A tiny year on a real broker."""

    bootstrap: str
    topics: Topics
    truth: dict[str, Any]
    records: list[Read]

    @property
    def events(self) -> list[Event]:
        """Every fact, duplicates included."""
        return [record.event for record in self.records]


async def _write(kafka: Kafka, sizes: Sizes) -> Written:
    topics = topics_of_a_test()
    await apply_topics(kafka.bootstrap, topics)
    year = await generate(kafka.bootstrap, sizes, topics=topics)
    return Written(kafka.bootstrap, topics, year.truth(), await read_all(kafka.bootstrap, topics))


@pytest_asyncio.fixture(scope="module")
async def year(kafka: Kafka) -> Written:
    """One tiny year for all tests that only read it."""
    return await _write(kafka, TINY)


@pytest_asyncio.fixture(scope="module")
async def broker() -> AsyncIterator[Kafka]:
    """A broker of one's own, for a command that writes to our real topics."""
    with server_data.temporary() as folder:
        async with Kafka.start(folder) as running:
            yield running


def test_every_record_is_what_a_service_would_publish(year: Written) -> None:
    for record in year.records:
        envelope, event = record.envelope, record.event
        assert envelope.time is not None
        assert envelope.correlation is not None
        service = {"cordees.sessions": "sessions"}.get(kind_of(record.topic), "inscriptions")

        told = encode(
            event,
            id=envelope.id,
            source=f"urn:cordees:service:{service}",
            time=envelope.time,
            correlation=envelope.correlation,
        )

        assert type(event) in record.topic.events
        assert (record.key, record.value, record.headers) == (told.key, told.value, told.headers)
        assert type(event).parse_written(record.value) == event


def test_every_key_lies_in_the_partition_of_its_murmur2(year: Written) -> None:
    for record in year.records:
        assert record.partition == (murmur2(record.key) & 0x7FFFFFFF) % record.topic.partitions


def test_an_event_is_published_once_or_again_unchanged(year: Written) -> None:
    by_id: dict[str, set[bytes]] = defaultdict(set)
    by_version: dict[tuple[str, str, int], set[bytes]] = defaultdict(set)
    for record in year.records:
        event = record.event
        by_id[record.envelope.id].add(record.value)
        by_version[event.kind, event.aggregate, event.version].add(record.value)

    assert {len(values) for values in by_id.values()} == {1}
    assert {len(values) for values in by_version.values()} == {1}
    assert len(by_id) == len(by_version) < len(year.records)


def test_the_last_record_of_a_compacted_key_is_its_highest_version(year: Written) -> None:
    compacted = [record for record in year.records if kind_of(record.topic) != "cordees.sessions"]
    last = {record.key: record.event.version for record in compacted}
    best = {record.key: max(r.event.version for r in compacted if r.key == record.key) for record in compacted}

    assert last == best
    assert {1, 2, 3} <= set(best.values())


def test_versions_first_come_in_their_order_and_times_with_them(year: Written) -> None:
    seen: dict[str, list[int]] = defaultdict(list)
    times: dict[str, list[Any]] = defaultdict(list)
    for record in year.records:
        event = record.event
        if event.version not in seen[event.subject]:
            seen[event.subject].append(event.version)
            times[event.subject].append(record.envelope.time)

    assert all(versions == list(range(1, len(versions) + 1)) for versions in seen.values())
    assert all(moments == sorted(moments) for moments in times.values())


def test_everything_that_is_named_is_on_the_topics(year: Written) -> None:
    records = {event.aggregate for event in year.events if isinstance(event, RecordAssigned)}
    entries = {record.key.decode() for record in year.records if kind_of(record.topic) == "cordees.registry"}
    held = [event for event in year.events if isinstance(event, SessionHeld)]
    profiles = [event for event in year.events if isinstance(event, PupilProfiled)]

    places = {f"establishment/{s.place}" for s in held if s.place}
    places |= {f"establishment/{span.establishment}" for profile in profiles for span in profile.spans}
    organisers = {f"organisation/{name}" for s in held for name in s.organisers}

    assert places | organisers | {session.key for session in held} <= entries
    assert {hand.record for session in held for hand in session.acting} <= records


def test_the_truth_is_what_an_independent_count_finds(year: Written) -> None:
    found = count(year.events)

    assert year.truth["national"] == found.pop("")
    assert year.truth["programmes"] == found
    assert min(year.truth["national"].values()) > 0


def test_joined_persons_and_corrections_change_the_count(year: Written) -> None:
    unjoined = [event for event in year.events if not (isinstance(event, RecordAssigned) and event.version > 1)]
    uncorrected = [event for event in year.events if event.version == 1]

    assert count(unjoined)[""]["pupils_present"] > year.truth["national"]["pupils_present"]
    assert count(uncorrected)[""]["I11_minutes"] != year.truth["national"]["I11_minutes"]


def test_the_truth_counts_the_records_of_every_partition(year: Written) -> None:
    for topic in year.topics:
        mine = [record for record in year.records if record.topic == topic]
        told = year.truth["topics"][topic.name]

        assert told["records"] == len(mine)
        assert told["partitions"] == {str(n): c for n, c in Counter(record.partition for record in mine).items()}
        assert told["types"] == dict(Counter(record.envelope.type for record in mine))


async def test_topics_that_are_not_empty_are_left_alone(year: Written) -> None:
    before = await ends_of(year.bootstrap, year.topics)

    with pytest.raises(NotEmpty, match=year.topics.sessions.name):
        await generate(year.bootstrap, TINY, topics=year.topics)

    assert await ends_of(year.bootstrap, year.topics) == before


async def test_the_same_seed_appends_the_same_bytes_however_many_processes_write(year: Written) -> None:
    await generate(year.bootstrap, TINY, topics=year.topics, append=True, workers=1)

    twice = _by_partition(await read_all(year.bootstrap, year.topics))
    assert twice == {place: records * 2 for place, records in _by_partition(year.records).items()}


def _by_partition(records: list[Read]) -> dict[tuple[str, int], list[Read]]:
    found: dict[tuple[str, int], list[Read]] = defaultdict(list)
    for record in records:
        found[record.topic.name, record.partition].append(record)
    return found


def test_another_seed_is_another_year() -> None:
    of_persons = [unit for unit in units_of(Topics()) if unit.topic != "registry"]
    one, other = (
        {record.value for unit in of_persons for record in records_of(make_country(sizes), unit, {})}
        for sizes in (TINY, replace(TINY, seed=8))
    )

    assert len(one) > TINY.sessions
    assert not one & other


def test_a_programme_mostly_touches_its_own_pupils(year: Written) -> None:
    programmes = {p.slug: p for p in make_country(TINY).programmes}
    whole = count(year.events)

    assert sum(figures["pupils_present"] for slug, figures in whole.items() if slug) > whole[""]["pupils_present"]
    for slug, programme in programmes.items():
        # A guest now and then, and persons that a withdrawn join left apart.
        assert whole[slug]["pupils_present"] <= len(programme.pupils) * 1.3 + len(programme.guests)


def test_a_year_has_sizes_that_differ_as_programmes_do() -> None:
    sizes = Sizes(sessions=100_000, pupils=20_000, programmes=1_000, volunteers=2_500, schools=360)

    programmes = make_country(sizes).programmes

    by_size = sorted((programme.sessions for programme in programmes), reverse=True)
    assert sum(by_size) == 100_000
    assert by_size[0] == pytest.approx(1_000, rel=0.05)
    assert by_size[500] < 60
    assert sum(len(programme.pupils) for programme in programmes) == 20_000


@pytest.mark.parametrize("wrong", [{"pupils": 3}, {"sessions": 3}, {"joins": 0.9}, {"schools": 0}])
def test_sizes_that_make_no_year_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(SizesRefused, match=next(iter(wrong))):
        replace(TINY, **wrong)


async def _cordees(*command: str) -> tuple[int | None, str, str]:
    """In a process of its own, where it hears signals: exit code, stdout, stderr."""
    program = Path(sys.executable).with_name("cordees")
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(program, *command, stdout=pipe, stderr=pipe)
    said, told = await process.communicate()
    return process.returncode, said.decode(), told.decode()


async def test_the_command_writes_to_our_topics_once(broker: Kafka, tmp_path: Path) -> None:
    sizes = ["--sessions", "40", "--programmes", "2", "--pupils", "30", "--volunteers", "6", "--schools", "5"]
    file = tmp_path / "deep" / "truth.json"
    command = ["bench", "generate", *sizes, "--bootstrap", broker.bootstrap, "--truth", str(file), "--json"]

    code, said, told = await _cordees(*command)
    again, _, refused = await _cordees(*command)

    assert (code, again) == (0, 3), told + refused
    assert json.loads(said)["national"] == json.loads(file.read_text())["national"]
    assert json.loads(said)["national"]["sessions"] == 40
    assert "cordees.sessions" in refused


def test_the_command_refuses_impossible_sizes_as_bad_usage() -> None:
    result = CliRunner().invoke(app, ["bench", "generate", "--sessions", "10", "--programmes", "20"])

    assert result.exit_code == 2
