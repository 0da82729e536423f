"""A rebuild that is killed, or runs twice at once: it goes on where it was, and loses nothing."""

import asyncio
from datetime import date
from multiprocessing.process import BaseProcess
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import text

from chassis.database import create_engine
from services.reporting.engine.schema import index_statements, schema_of
from services.reporting.engine.versions import list_versions
from services.reporting.storage import use_projection
from services.reporting.tables import facts, gathered
from tests import forked
from tests.conftest import MakeSettings
from tests.services.reporting.facts import at, held, present
from tests.services.reporting.gathered import check_sealed
from tests.services.reporting.rebuild_process import run_rebuild
from tests.services.reporting.streams import Streams, until

OCTOBER = at(date(2018, 10, 3))


TERMS = 4
"""Two of each of two programmes."""


@pytest_asyncio.fixture
async def streams(unread: Streams) -> Streams:
    """A year with both of its terms, in two programmes, read into version 1."""
    for programme in ("ales", "albi"):
        autumn = (held(f"{programme}-{n}", present("p-1"), programme=programme, starts_at=OCTOBER) for n in range(3))
        await unread.publish(*autumn, held(f"{programme}-9", present("p-1"), programme=programme))
    async with unread.following():
        await until(lambda: unread.passed(1))
    return unread


def _process(streams: Streams, **environment: str) -> BaseProcess:
    url = streams.engine.url.render_as_string(hide_password=False)
    return forked.start(run_rebuild, streams.bootstrap, url, streams.suffix, environment=environment)


@pytest.mark.parametrize(
    "point",
    [
        "projection.before_commit:3",
        "projection.after_commit:3",
        "gathering.before_commit:1",
        "gathering.after_commit:1",
        "gathering.before_commit:2",
    ],
)
async def test_a_rebuild_that_is_killed_goes_on_where_it_was(streams: Streams, point: str) -> None:
    killed = await forked.ended(_process(streams, CORDEES_CRASH_AT=point))
    progress: list[Any] = []
    async with streams.engine.connect() as connection:
        await use_projection(connection, 2)
        at_first = await connection.scalar(text("SELECT sum(next_offset) FROM position WHERE projection = 2"))

    await streams.rebuild(say=progress.append).run()

    assert killed == -9
    assert at_first > 0
    assert await check_sealed(streams.engine, 2) == TERMS
    assert await streams.rows(2) == await streams.rows(1)
    assert (await streams.compare(2)).differences == []


ANALYZED = len(facts.tables) + len(gathered.tables)
INDEXES = len(list(index_statements(2)))


async def _indexes(streams: Streams, version: int) -> set[str]:
    schema = schema_of(version)
    query = text("SELECT indexdef FROM pg_indexes WHERE schemaname = :schema")
    async with streams.engine.connect() as connection:
        return {found.replace(schema, "") for found in await connection.scalars(query, {"schema": schema})}


async def _without_statistics(streams: Streams, version: int) -> set[str]:
    query = text("""SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples < 0
        AND relnamespace = CAST(:schema AS regnamespace)""")
    async with streams.engine.connect() as connection:
        return set(await connection.scalars(query, {"schema": schema_of(version)}))


AMONG = [f"finishing.{side}_commit:{n}" for n in range(1, INDEXES + ANALYZED + 1) for side in ("before", "after")]
SOME = {0, 1, INDEXES, 2 * INDEXES - 2, 2 * INDEXES - 1, len(AMONG) - 1}


@pytest.mark.parametrize(
    "point", [pytest.param(one, marks=[] if n in SOME else pytest.mark.storm) for n, one in enumerate(AMONG)]
)
async def test_a_rebuild_that_is_killed_among_its_indexes_makes_those_that_are_missing(
    streams: Streams, point: str
) -> None:
    killed = await forked.ended(_process(streams, CORDEES_CRASH_AT=point))
    made, wanted = await _indexes(streams, 2), await _indexes(streams, 1)

    await streams.rebuild().run()

    assert killed == -9
    # Two are made at a time: one of them may be ahead of what is killed.
    assert made < wanted if int(point.partition(":")[2]) < INDEXES - 1 else made <= wanted
    assert await _indexes(streams, 2) == wanted
    assert await _without_statistics(streams, 2) == set()
    assert await streams.rows(2) == await streams.rows(1)
    assert (await streams.compare(2, "2018-2019")).differences == []


async def test_two_rebuilds_at_once_share_the_partitions_and_lose_nothing(
    streams: Streams, make_settings: MakeSettings
) -> None:
    url = streams.engine.url.render_as_string(hide_password=False)
    other = create_engine(make_settings("reporting", url))
    try:
        await asyncio.gather(streams.rebuild(records=3).run(), streams.rebuild(other, records=3).run())
    finally:
        await other.dispose()

    assert await check_sealed(streams.engine, 2) == TERMS
    assert await streams.rows(2) == await streams.rows(1)


async def test_of_two_rebuilds_the_one_that_is_left_finishes(streams: Streams) -> None:
    killed = _process(streams, CORDEES_CRASH_AT="projection.before_commit:2")
    # Alone it does not get to the end: so this one is in time to join it.
    await until(lambda: _begun(streams))

    _, code = await asyncio.gather(streams.rebuild(records=3).run(), forked.ended(killed))

    assert code in {-9, 0}
    assert await check_sealed(streams.engine, 2) == TERMS
    assert await streams.rows(2) == await streams.rows(1)


async def _begun(streams: Streams) -> bool:
    async with streams.engine.connect() as connection:
        return len(await list_versions(connection)) > 1
