"""A new version is filled beside the one that answers, compared with it, and takes over in one transaction."""

import asyncio
import os
import sys
from collections.abc import Sequence
from typing import Any

import pytest
from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.reporting import metrics
from services.reporting.answers import answer, snapshot
from services.reporting.batches import Poison
from services.reporting.engine.compare import INDICATORS, compare
from services.reporting.engine.dropping import drop_version
from services.reporting.engine.schema import index_statements, table_statements
from services.reporting.engine.versions import (
    Refused,
    begin_version,
    finish_version,
    list_versions,
    switch_version,
)
from services.reporting.indicators import find_indicator
from services.reporting.tables import facts, parked, position, projection
from tests.conftest import MakeSettings
from tests.services.reporting.desk import question
from tests.services.reporting.facts import held, present
from tests.services.reporting.streams import Streams, until


async def _value(engine: AsyncEngine, code: str = "I14") -> tuple[int, float]:
    """Which version answers, and what."""
    async with snapshot(engine) as connection:
        found = await answer(connection, find_indicator(code), question("2018-2019"))
    return found.watermark.projection, float(found.result.whole.low or 0)


async def test_the_tables_of_a_new_version_are_those_of_the_first(reporting_engine: AsyncEngine) -> None:
    await begin_version(reporting_engine)
    await finish_version(reporting_engine, 2)

    first, second = await _catalogue(reporting_engine, 1), await _catalogue(reporting_engine, 2)
    assert first == second
    assert len(first) > 200
    assert len(list(table_statements(2))) > 20
    assert len(list(index_statements(2))) > 10


async def _catalogue(engine: AsyncEngine, version: int) -> set[str]:
    """Columns with their types, constraints and indexes, whatever the order of the columns."""
    schema = f"projection_{version}"
    queries = (
        """SELECT concat_ws(' ', table_name, column_name, data_type, is_nullable, column_default)
           FROM information_schema.columns WHERE table_schema = :schema""",
        """SELECT concat_ws(' ', conrelid::regclass, conname, contype, pg_get_constraintdef(oid)) FROM pg_constraint
           WHERE connamespace = CAST(:schema AS regnamespace)""",
        "SELECT indexdef FROM pg_indexes WHERE schemaname = :schema",
    )
    async with engine.connect() as connection:
        found = [row for query in queries for row in await connection.scalars(text(query), {"schema": schema})]
    return {row.replace(schema, "projection") for row in found}


async def test_a_version_is_filled_compared_and_takes_over_and_both_go_on(streams: Streams) -> None:
    progress: list[Any] = []
    terms: list[Any] = []
    async with streams.following():
        last = await streams.rebuild(say=progress.append, say_gathered=terms.append).run()
        same = await streams.compare(2)
        before = await _value(streams.engine)
        await switch_version(streams.engine, 2, lag=0, force=False)
        after = await _value(streams.engine)
        await streams.publish(held("s-99", present("p-5")))
        await until(lambda: streams.passed(2))
        await until(lambda: streams.passed(1))

    assert (last.version, last.done) == (2, last.total)
    assert progress[0].done <= progress[-1].done
    assert (terms[0].stale, terms[-1].stale, terms[-1].terms) == (1, 0, 1)
    # Every table, and no figure: there is nothing to explain.
    assert (same.compared, list(same.differences)) == (len(facts.tables), [])
    assert (before, after, await _value(streams.engine)) == ((1, 12), (2, 12), (2, 13))
    assert await streams.rows(1) == await streams.rows(2)


async def _lose_a_roll(connection: AsyncConnection) -> None:
    """Of a term that is stale: what was gathered of it before would hide the loss from figures, and not from tables."""
    await connection.execute(text("DELETE FROM projection_2.session_roll WHERE session = 's-3'"))
    await connection.execute(text("UPDATE projection_2.programme_term SET touched = touched + 1, stale_since = now()"))


async def test_what_differs_is_told_with_its_cause(streams: Streams) -> None:
    await streams.rebuild().run()
    async with streams.engine.begin() as connection:
        await _lose_a_roll(connection)
        await connection.execute(text("UPDATE projection_2.profile_span SET level = '1G' WHERE record = 'p-1'"))
        behind = update(position).where(position.c.projection == 2, position.c.topic == streams.names[0])
        await connection.execute(behind.values(next_offset=0))

    found = {one.what: one for one in (await streams.compare(2, "2018-2019")).differences}

    assert found["table session_roll"].causes == ("lignes absentes : 1 (par exemple s-3/1)",)
    assert found["table profile_span"].causes == ("lignes différentes : 1 (par exemple p-1/0)",)
    tables = (found["table profile_span"], found["table session_roll"])
    assert set(found["I11 2018-2019"].causes) == {cause for table in tables for cause in table.causes}
    assert "I14 2018-2019" not in found


async def test_a_comparison_says_how_far_it_is(streams: Streams) -> None:
    await streams.rebuild().run()
    async with streams.engine.begin() as connection:
        await connection.execute(text("DELETE FROM projection_2.session_fact WHERE session = 's-3'"))
    said: list[tuple[str, int, int]] = []

    await compare(streams.engine, 2, ["2018-2019"], say=lambda *now: said.append(now))

    versions = range(2)
    assert [done for _, done, _ in said] == [*range(len(facts.tables)), *versions, *range(len(INDICATORS))]
    assert said[-1] == ("I14 2018-2019", len(INDICATORS) - 1, len(INDICATORS))


async def test_a_version_behind_differs_because_of_its_position(streams: Streams) -> None:
    await streams.rebuild().run()
    await streams.publish(held("s-50", present("p-1")))
    async with streams.engine.begin() as connection:
        # Only version 1 goes on.
        await connection.execute(update(projection).where(projection.c.version == 2).values(filled_at=None))
    async with streams.following():
        await until(lambda: streams.passed(1))

    found = {one.what: one for one in (await streams.compare(2, "2018-2019")).differences}

    # One record and the mark of its transaction.
    assert found["table session_fact"].causes[0] == f"position : 2 de retard sur {streams.names[2]}"
    assert found["I14 2018-2019"].causes[0] == f"position : 2 de retard sur {streams.names[2]}"


async def test_only_a_version_that_is_filled_and_near_takes_over_unless_forced(streams: Streams) -> None:
    await begin_version(streams.engine)
    with pytest.raises(Refused, match="pas encore remplie"):
        await switch_version(streams.engine, 2, lag=10**6, force=False)
    await streams.rebuild().run()
    async with streams.engine.begin() as connection:
        behind = update(position).where(position.c.projection == 2, position.c.topic == streams.names[2])
        await connection.execute(behind.where(position.c.next_offset > 2).values(next_offset=2))
    with pytest.raises(Refused, match="13 messages de retard"):
        await switch_version(streams.engine, 2, lag=12, force=False)
    await switch_version(streams.engine, 2, lag=0, force=True)
    with pytest.raises(Refused, match="déjà en service"):
        await switch_version(streams.engine, 2, lag=0, force=True)

    assert (await _value(streams.engine))[0] == 2


async def test_the_live_version_is_not_dropped_and_a_retired_one_leaves_nothing(streams: Streams) -> None:
    await streams.rebuild().run()
    with pytest.raises(Refused, match="en service"):
        await drop_version(streams.engine, 1)
    async with streams.following():
        await switch_version(streams.engine, 2, lag=0, force=False)
        await drop_version(streams.engine, 1)
        await streams.publish(held("s-60", present("p-1")))
        await until(lambda: streams.passed(2))
        await until(lambda: _shown(streams, {"2"}))

    async with streams.engine.connect() as connection:
        versions = [one.version for one in await list_versions(connection)]
        left = [
            await connection.scalar(text("SELECT count(*) FROM pg_namespace WHERE nspname = 'projection_1'")),
            len((await connection.execute(select(position).where(position.c.projection == 1))).all()),
        ]
    assert (versions, left, await _value(streams.engine)) == ([2], [0, 0], (2, 13))


async def _shown(streams: Streams, versions: set[str]) -> bool:
    """Whether the gauges show these versions of our topics and no others."""
    gauges = (metrics.LAG, metrics.EVENT_AGE, metrics.PARKED)
    samples = [sample.labels for gauge in gauges for metric in gauge.collect() for sample in metric.samples]
    return {labels["projection"] for labels in samples if labels["topic"] in streams.names} == versions


async def test_the_number_of_a_dropped_version_is_never_given_again(reporting_engine: AsyncEngine) -> None:
    dropped = await begin_version(reporting_engine)
    await drop_version(reporting_engine, dropped.version)

    assert (dropped.version, (await begin_version(reporting_engine)).version) == (2, 3)


async def test_a_snapshot_reads_one_version_however_often_it_is_switched_and_holds_up_its_removal(
    streams: Streams,
) -> None:
    await streams.rebuild().run()
    async with streams.engine.begin() as connection:
        await connection.execute(text("DELETE FROM projection_2.session_fact WHERE session = 's-3'"))
    ask = find_indicator("I14"), question("2018-2019")

    async with snapshot(streams.engine) as old:
        first = await answer(old, *ask)
        await switch_version(streams.engine, 2, lag=0, force=False)
        waited_for: list[str] = []
        dropping = asyncio.create_task(drop_version(streams.engine, 1, say=waited_for.append))
        await until(lambda: _said(waited_for))
        again = await answer(old, *ask)
        new = await _value(streams.engine)
    await dropping

    assert [(one.watermark.projection, one.result.whole.low) for one in (first, again)] == [(1, 12), (1, 12)]
    assert new == (2, 11)


async def _said(anything: Sequence[str]) -> bool:
    return bool(anything)


async def test_readers_that_ask_while_versions_are_switched_see_one_or_the_other(streams: Streams) -> None:
    await streams.rebuild().run()
    async with streams.engine.begin() as connection:
        await connection.execute(text("DELETE FROM projection_2.session_fact WHERE session = 's-3'"))
    seen: set[tuple[int, float]] = set()

    async def read() -> None:
        for _ in range(10):
            seen.add(await _value(streams.engine))

    async def turn() -> None:
        for version in (2, 1) * 5:
            await switch_version(streams.engine, version, lag=0, force=False)

    await asyncio.gather(read(), read(), turn())

    assert seen <= {(1, 12.0), (2, 11.0)}


async def test_a_record_that_cannot_be_read_stops_a_rebuild_and_is_named(streams: Streams) -> None:
    broken = (b"programme/ales", b"{", streams.desk.message(held("s-70"))[2])
    await streams.send((streams.names[2], 1, broken))
    async with streams.engine.connect() as connection:
        offsets = {n: await connection.scalar(select(position.c.next_offset).where(*_at(streams, n))) for n in (0, 1)}

    with pytest.raises(Poison) as refused:
        await streams.rebuild().run()

    assert str(refused.value) == (
        f"{streams.names[2]}/1 offset {offsets[1]}, ce_subject session/s-70: json_invalid (data)"
    )
    async with streams.engine.connect() as connection:
        assert (await connection.execute(select(parked))).all() == []
    assert await _value(streams.engine) == (1, 12)


def _at(streams: Streams, partition: int) -> Sequence[Any]:
    c = position.c
    return c.projection == 1, c.topic == streams.names[2], c.partition == partition


async def test_a_record_that_postgresql_refuses_stops_a_rebuild(streams: Streams) -> None:
    await begin_version(streams.engine)
    async with streams.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE projection_2.session_fact ADD CHECK (session <> 's-2')"))

    with pytest.raises(Poison, match="ce_subject session/s-2: not_storable"):
        await streams.rebuild().run()


async def test_the_command_refuses_with_code_3_and_tells_differences_with_code_1(
    streams: Streams, make_settings: MakeSettings
) -> None:
    url = streams.engine.url.render_as_string(hide_password=False)
    settings = make_settings("reporting", url).model_dump(mode="json", exclude={"database_url"})
    given = {f"CORDEES_{name.upper()}": str(value) for name, value in settings.items()} | {"CORDEES_DATABASE_URL": url}

    async def cordees(*arguments: str) -> tuple[int | None, str]:
        program = ("-c", "from deploy.cli.main import app; app()", "projections", *arguments)
        process = await asyncio.create_subprocess_exec(
            sys.executable, *program, env=dict(os.environ) | given, stdout=-1, stderr=-2
        )
        said, _ = await process.communicate()
        return process.returncode, said.decode()

    await streams.rebuild().run()
    async with streams.engine.begin() as connection:
        await _lose_a_roll(connection)
    refused, differing = await cordees("drop", "1"), await cordees("compare", "2", "--period", "2018-2019")
    switched, dropped = await cordees("switch", "2"), await cordees("drop", "1")

    assert refused == (3, "La version 1 est en service : elle ne peut pas être supprimée.\n")
    assert differing[0] == 1
    assert "table session_roll : 13 lignes en service, 12 lignes dans la version 2" in differing[1]
    assert "I11 2018-2019" in differing[1]
    assert (switched[0], dropped[0]) == (0, 0)
    assert (await _value(streams.engine))[0] == 2
