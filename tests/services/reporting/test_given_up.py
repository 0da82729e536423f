"""A record that will never be read: somebody gives it up, and nothing waits for it any longer; it is not forgotten."""

import asyncio
import json
from collections.abc import Sequence

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from deploy.local.kafka import Kafka
from services.reporting import batches, consumers, metrics
from services.reporting.batches import Poison
from services.reporting.engine.giving_up import give_up, list_given_up
from services.reporting.engine.retry import Outcome, retry
from services.reporting.engine.versions import ParkedRecord, Refused, begin_version, list_parked, switch_version
from tests.conftest import MakeSettings, Run, Token
from tests.services.reporting.command_process import run_command
from tests.services.reporting.facts import held
from tests.services.reporting.streams import Streams, until

WHY = "Le partenaire ne le renverra pas."


@pytest_asyncio.fixture
async def streams(kafka: Kafka, reporting_engine: AsyncEngine) -> Streams:
    """Empty topics; version 1 refuses the session s-2."""
    streams = Streams(kafka.bootstrap, reporting_engine)
    await streams.create()
    await _refuse(streams, 1)
    return streams


async def _refuse(streams: Streams, version: int) -> None:
    check = "ADD CONSTRAINT old CHECK (session NOT LIKE 's-2%')"
    await _execute(streams, f"ALTER TABLE projection_{version}.session_fact {check}")


async def _execute(streams: Streams, statement: str) -> None:
    async with streams.engine.begin() as connection:
        await connection.execute(text(statement))


async def _break(streams: Streams) -> None:
    """Three activities, one of which nobody can read and one of which PostgreSQL refuses."""
    await streams.publish(held("s-1"), held("s-2"))
    await streams.send((streams.names[2], 1, (b"programme/ales", b"{", streams.desk.message(held("s-9"))[2])))
    await streams.publish(held("s-3"))


async def _project(streams: Streams, version: int = 1) -> None:
    async with streams.following():
        await until(lambda: streams.passed(version))


async def _parked(streams: Streams) -> Sequence[ParkedRecord]:
    async with streams.engine.connect() as connection:
        return await list_parked(connection)


async def _given_up(streams: Streams) -> Sequence[str | None]:
    async with streams.engine.connect() as connection:
        return [one.subject for one in await list_given_up(connection)]


async def _give_up(streams: Streams, *records: ParkedRecord) -> None:
    for one in records:
        await give_up(streams.engine, one.place.topic, one.place.partition, one.offset, WHY)


async def test_it_is_parked_no_longer_and_kept_with_the_reason(streams: Streams) -> None:
    await _break(streams)
    await _project(streams)
    first, second = await _parked(streams)

    await _give_up(streams, first)

    assert await _parked(streams) == [second]
    async with streams.engine.connect() as connection:
        (kept,) = await list_given_up(connection)
        assert await list_given_up(connection, "elsewhere") == []
    assert (kept.topic, kept.partition, kept.offset) == (first.place.topic, first.place.partition, first.offset)
    said = ("subject", "type", "reason", "field", "parked_at")
    assert [getattr(kept, name) for name in said] == [getattr(first, name) for name in said]
    assert kept.given_up_reason == WHY
    assert kept.given_up_at > kept.parked_at


async def test_a_rebuild_passes_over_what_was_given_up_and_says_so(streams: Streams) -> None:
    await _break(streams)
    await _project(streams)
    await begin_version(streams.engine)
    await _refuse(streams, 2)
    first, second = await _parked(streams)
    await _give_up(streams, first)

    with capture_logs() as logs:
        with pytest.raises(Poison, match=f"offset {second.offset}, "):
            await streams.rebuild().run()
        await _give_up(streams, second)
        await streams.rebuild().run()

    told = {(one["projection"], one["partition"], one["offset"]) for one in logs if "given_up" in one["event"]}
    assert told == {(2, one.place.partition, one.offset) for one in (first, second)}
    assert (await streams.compare(2)).differences == []
    await switch_version(streams.engine, 2, lag=0, force=False)
    assert (await streams.desk.value("I14"), await _parked(streams)) == (2, [])


async def test_a_version_that_can_read_it_counts_it_and_the_comparison_tells(streams: Streams) -> None:
    await streams.publish(held("s-1"), held("s-2"))
    await _project(streams)
    (one,) = await _parked(streams)
    await _give_up(streams, one)

    await streams.rebuild().run()

    (difference,) = [d for d in (await streams.compare(2)).differences if d.what == "table session_fact"]
    assert f"abandonné : {one.place.topic} {one.place.partition}/{one.offset} (session/s-2)" in difference.causes


async def test_a_topic_that_stopped_goes_on_once_enough_was_given_up(
    streams: Streams, monkeypatch: pytest.MonkeyPatch
) -> None:
    for module in (batches, consumers):
        monkeypatch.setattr(module, "PARKED_LIMIT", 2)
    await streams.publish(held("s-1"), *(held(f"s-2{n}") for n in range(3)), held("s-3"))
    async with streams.following() as parts:

        async def says(words: str) -> bool:
            return words in (await parts[2].check() or "well")

        await until(lambda: says("More records of this topic cannot be read"))
        await _give_up(streams, *await _parked(streams))
        await until(lambda: streams.passed(1))
        await until(lambda: says("well"))
        await until(lambda: _shown(streams, (1, 2)))

    assert [one.subject for one in await _parked(streams)] == ["session/s-22"]
    assert (await _given_up(streams), await streams.desk.value("I14")) == (["session/s-20", "session/s-21"], 2)


async def _shown(streams: Streams, counts: tuple[float, float]) -> bool:
    topic = streams.names[2]
    return (metrics.PARKED.labels(1, topic)._value.get(), metrics.GIVEN_UP.labels(topic)._value.get()) == counts


async def test_what_the_live_version_has_not_parked_is_not_given_up(streams: Streams) -> None:
    await _break(streams)
    await _project(streams)
    first, second = await _parked(streams)
    topic = first.place.topic

    for place in ((topic, first.place.partition, first.offset + 1), (topic, 7, 0), ("elsewhere", 0, 0)):
        with pytest.raises(Refused, match="pas mis de côté"):
            await give_up(streams.engine, *place, WHY)
    for reason in (" \n", "x" * 501):
        with pytest.raises(Refused, match="motif"):
            await give_up(streams.engine, topic, first.place.partition, first.offset, reason)

    assert (await _parked(streams), await _given_up(streams)) == ([first, second], [])


async def test_what_another_version_alone_has_parked_is_not_given_up(streams: Streams) -> None:
    await streams.publish(held("s-2"))
    await _project(streams)
    await streams.rebuild().run()
    await switch_version(streams.engine, 2, lag=0, force=False)
    (one,) = await _parked(streams)

    with pytest.raises(Refused, match="la version 2"):
        await _give_up(streams, one)

    assert [one.place.projection for one in await _parked(streams)] == [1]


async def test_it_leaves_the_list_of_a_retired_version_as_well(streams: Streams) -> None:
    await streams.rebuild().run()
    await _refuse(streams, 2)
    await switch_version(streams.engine, 2, lag=0, force=False)
    await streams.publish(held("s-2"))
    async with streams.following():
        await until(lambda: streams.passed(1))
        await until(lambda: streams.passed(2))
    both = await _parked(streams)

    await _give_up(streams, both[0])

    assert [one.place.projection for one in both] == [1, 2]
    assert (await _parked(streams), await _given_up(streams)) == ([], ["session/s-2"])


async def test_a_topic_that_was_made_anew_has_given_nothing_up(streams: Streams) -> None:
    await streams.publish(held("s-2"))
    await _project(streams)
    (one,) = await _parked(streams)
    await _give_up(streams, one)
    await streams.remake(streams.names[2])
    await streams.publish(held("s-2"))
    await begin_version(streams.engine)
    await _refuse(streams, 2)

    with pytest.raises(Poison, match=f"offset {one.offset}, ce_subject session/s-2"):
        await streams.rebuild().run()


async def test_taken_up_and_given_up_at_once_only_one_of_both_happens(streams: Streams) -> None:
    await streams.publish(held("s-2"))
    await _project(streams)
    (one,) = await _parked(streams)
    await _execute(streams, "ALTER TABLE projection_1.session_fact DROP CONSTRAINT old")

    async with streams.engine.begin() as held_back:
        await held_back.execute(text("SELECT FROM parked FOR UPDATE"))
        taking = asyncio.create_task(retry(streams.engine, streams.bootstrap, [one], streams.projections))
        giving = asyncio.create_task(_give_up(streams, one))
        await until(lambda: _waiting(streams, 2))
    (taken,) = await taking
    refused = isinstance((await asyncio.gather(giving, return_exceptions=True))[0], Refused)

    given = await _given_up(streams) == ["session/s-2"]
    counted = await streams.desk.value("I14") == 1
    assert (given, counted) in {(True, False), (False, True)}
    assert (refused, taken.outcome) == (counted, Outcome.PROJECTED if counted else Outcome.TAKEN)
    assert await _parked(streams) == []


async def _waiting(streams: Streams, number: int) -> bool:
    async with streams.engine.connect() as connection:
        count = text("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
        return bool(await connection.scalar(count) == number)


async def test_the_command_and_the_operators_list(
    streams: Streams, make_settings: MakeSettings, run_service: Run, token: Token
) -> None:
    await streams.publish(held("s-2"))
    await _project(streams)
    (one,) = await _parked(streams)
    url = streams.engine.url.render_as_string(hide_password=False)
    settings = make_settings("reporting", url, kafka_bootstrap=streams.bootstrap)
    place = (one.place.topic, str(one.place.partition), str(one.offset))

    given = await run_command(settings, "give-up", *place, "--reason", WHY)
    again = await run_command(settings, "give-up", *place, "--reason", WHY)
    left = await run_command(settings, "parked", "--json")
    listed = await run_command(settings, "parked", "--given-up", "--json")
    shown = await run_command(settings, "parked", "--given-up")
    answer = await (await run_service("reporting", url)).http.get(
        f"/projections/given-up?topic={one.place.topic}", headers=token("operator")
    )

    assert ([given[0], again[0], left[0], listed[0]], json.loads(left[1])) == ([0, 3, 0, 0], [])
    assert "…" not in shown[1]
    assert WHY in shown[1]
    for (row,) in (json.loads(listed[1]), answer.json()):
        assert (row["topic"], str(row["partition"]), str(row["offset"])) == place
        assert (row["subject"], row["type"]) == ("session/s-2", one.type)
        assert (row["reason"], row["given_up_reason"]) == ("not_storable", WHY)
