"""Records that could not be read are listed, and taken up again once whatever made them unreadable is mended."""

import asyncio
from collections.abc import Sequence

import pytest
import pytest_asyncio
from aiokafka import TopicPartition
from aiokafka.admin import RecordsToDelete
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local.kafka import Kafka
from services.reporting import batches, consumers
from services.reporting.engine.retry import Outcome, retry
from services.reporting.engine.versions import begin_version, list_parked
from tests.conftest import Run, Token
from tests.services.reporting.facts import held, present, profiled, pupil
from tests.services.reporting.streams import Streams, until


@pytest_asyncio.fixture
async def streams(kafka: Kafka, reporting_engine: AsyncEngine) -> Streams:
    """Empty topics; the database refuses the session s-2 and the pupil a-2, as an old check would."""
    streams = Streams(kafka.bootstrap, reporting_engine)
    await streams.create()
    await _execute(streams, "ALTER TABLE projection_1.session_fact ADD CONSTRAINT old CHECK (session <> 's-2')")
    await _execute(
        streams, "ALTER TABLE projection_1.profile ADD CONSTRAINT old CHECK (record <> 'a-2' OR version > 1)"
    )
    return streams


async def _execute(streams: Streams, statement: str) -> None:
    async with streams.engine.begin() as connection:
        await connection.execute(text(statement))


async def _mend(streams: Streams) -> None:
    for table in ("session_fact", "profile"):
        await _execute(streams, f"ALTER TABLE projection_1.{table} DROP CONSTRAINT old")


async def _project(streams: Streams) -> None:
    async with streams.following():
        await until(lambda: streams.passed(1))


async def _subjects(streams: Streams) -> list[str | None]:
    async with streams.engine.connect() as connection:
        return [one.subject for one in await list_parked(connection)]


async def _retry(streams: Streams) -> Sequence[Outcome]:
    async with streams.engine.connect() as connection:
        waiting = await list_parked(connection, 1)
    done = await retry(streams.engine, streams.bootstrap, waiting, streams.projections)
    return [one.outcome for one in done]


async def test_what_is_mended_is_read_again_and_counts(streams: Streams) -> None:
    await streams.publish(*pupil("a-1"), held("s-1", present("a-1")), held("s-2", present("a-1")), held("s-3"))
    await _project(streams)
    parked, before = await _subjects(streams), await streams.desk.value("I14")

    unmended = await _retry(streams)
    await _mend(streams)
    mended = await _retry(streams)

    assert (parked, before) == (["session/s-2"], 2)
    assert (unmended, mended) == ([Outcome.UNREADABLE], [Outcome.PROJECTED])
    assert (await _subjects(streams), await streams.desk.value("I14")) == ([], 3)


async def test_it_waits_for_whoever_projects_the_same_partition(streams: Streams) -> None:
    await streams.publish(held("s-2"))
    await _project(streams)
    await _mend(streams)

    async with streams.engine.begin() as projecting:
        await projecting.execute(text("SELECT FROM position FOR UPDATE"))
        retrying = asyncio.create_task(_retry(streams))
        await until(lambda: _blocked(streams))
    outcomes = await retrying

    assert outcomes == [Outcome.PROJECTED]


async def _blocked(streams: Streams) -> bool:
    async with streams.engine.connect() as connection:
        return bool(await connection.scalar(text("SELECT EXISTS (SELECT FROM pg_locks WHERE NOT granted)")))


async def test_a_later_version_stands_whatever_is_taken_up_again(streams: Streams) -> None:
    await streams.publish(*pupil("a-1"), held("s-2", present("a-1")), profiled("a-2"))
    await _project(streams)
    await streams.publish(profiled("a-2", version=2))
    await _project(streams)
    before = await streams.rows(1)

    await _mend(streams)
    outcomes = await _retry(streams)

    after = await streams.rows(1)
    assert sorted(outcomes) == [Outcome.PROJECTED, Outcome.PROJECTED]
    assert after["profile"] == before["profile"]
    assert len(after["session_fact"]) == len(before["session_fact"]) + 1


async def test_what_was_removed_since_stays_removed(streams: Streams) -> None:
    gone = profiled("a-2")
    await streams.publish(gone, profiled("a-1"))
    await _project(streams)
    await streams.send((streams.topic(gone), sum(gone.key.encode()) % 2, (gone.key.encode(), None, ())))
    await _project(streams)

    await _mend(streams)
    outcomes = await _retry(streams)

    assert outcomes == [Outcome.PROJECTED]
    assert [row[:6] for row in (await streams.rows(1))["profile"]] == ["('a-1'"]
    assert await _subjects(streams) == []


async def test_a_record_that_its_topic_no_longer_keeps_is_told(streams: Streams) -> None:
    await streams.publish(held("s-2"))
    await _project(streams)
    await _mend(streams)
    async with streams.engine.connect() as connection:
        ((place, offset),) = [(one.place, one.offset) for one in await list_parked(connection)]
    async with streams.admin() as admin:
        partition = TopicPartition(place.topic, place.partition)
        await admin.delete_records({partition: RecordsToDelete(before_offset=offset + 1)})

    assert await _retry(streams) == [Outcome.GONE]
    assert await _subjects(streams) == ["session/s-2"]


async def test_a_version_without_the_fault_differs_because_of_what_is_parked(streams: Streams) -> None:
    await streams.publish(*pupil("a-1"), held("s-1", present("a-1")), held("s-2", present("a-1")))
    await _project(streams)
    await streams.rebuild().run()

    found = {one.what: one for one in (await streams.compare(2, "2018-2019")).differences}

    cause = f"mis de côté dans la version 1 seule : {streams.names[2]}"
    assert found["table session_fact"].causes[0].startswith(cause)
    assert found["table session_fact"].causes[0].endswith("(session/s-2)")
    assert found["I14 2018-2019"].causes[0].startswith(cause)


async def test_a_topic_that_stopped_goes_on_by_itself_once_few_enough_are_parked(
    streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (batches, consumers):
        monkeypatch.setattr(module, "PARKED_LIMIT", 2)
    await _execute(streams, "ALTER TABLE projection_1.session_fact ADD CONSTRAINT bad CHECK (session NOT LIKE 'bad%')")
    await streams.publish(held("s-1"), *(held(f"bad-{n}") for n in range(4)), held("s-3"))
    async with streams.following() as parts:

        async def says(words: str) -> bool:
            return words in (await parts[2].check() or "well")

        await until(lambda: says("More records of this topic cannot be read"))
        stopped = await _subjects(streams), await streams.desk.value("I14")
        await _execute(streams, "ALTER TABLE projection_1.session_fact DROP CONSTRAINT bad")
        outcomes = await _retry(streams)
        await until(lambda: streams.passed(1))
        await until(lambda: says("well"))

    assert stopped == (["session/bad-0", "session/bad-1"], 1)
    assert outcomes == [Outcome.PROJECTED] * 2
    assert (await _subjects(streams), await streams.desk.value("I14")) == ([], 6)


async def test_operators_list_what_is_parked(streams: Streams, run_service: Run, token: Token) -> None:
    await streams.publish(held("s-2"))
    await _project(streams)
    await begin_version(streams.engine)
    running = await run_service("reporting", streams.engine.url.render_as_string(hide_password=False))

    async def get(query: str, role: str = "operator") -> tuple[int, list[tuple[int, str]]]:
        answer = await running.http.get(f"/projections/parked{query}", headers=token(role, programmes=["*"]))
        rows = answer.json() if answer.status_code == 200 else []
        return answer.status_code, [(row["projection"], row["subject"]) for row in rows]

    assert await get("") == (200, [(1, "session/s-2")])
    assert await get("?projection=2") == (200, [])
    assert await get("?topic=cordees.people") == (200, [])
    assert await get("?projectionn=2") == (422, [])
    assert await get("", "reader") == (403, [])
