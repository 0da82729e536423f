"""Tables of another release are left to it: nobody reads them wrongly, and a version of ours takes over from them."""

import asyncio
import uuid

import asyncpg
import pytest
from alembic import command
from sqlalchemy import insert, text, update
from sqlalchemy.ext.asyncio import create_async_engine

from chassis.migrations import config_of
from deploy.local.postgres import Postgres
from services.reporting.answers import answer, snapshot
from services.reporting.app import SERVICE
from services.reporting.engine.following import Following
from services.reporting.engine.versions import Refused, list_versions, switch_version
from services.reporting.gathering.stale import count_terms
from services.reporting.indicators import find_indicator
from services.reporting.projections import PROJECTIONS
from services.reporting.storage import NoLiveVersion
from services.reporting.tables import SHAPE, position, projection
from tests.conftest import MakeSettings
from tests.services.reporting.desk import question
from tests.services.reporting.facts import held, present
from tests.services.reporting.streams import Streams


async def _of_another_release(streams: Streams, version: int) -> None:
    async with streams.engine.begin() as connection:
        await connection.execute(update(projection).where(projection.c.version == version).values(shape=SHAPE - 1))


async def _activities(streams: Streams) -> tuple[int, float]:
    async with snapshot(streams.engine) as connection:
        found = await answer(connection, find_indicator("I14"), question("2018-2019"))
    return found.watermark.projection, float(found.result.whole.low or 0)


async def test_a_live_version_of_another_release_is_neither_read_nor_written(streams: Streams) -> None:
    await _of_another_release(streams, 1)

    with pytest.raises(NoLiveVersion):
        await _activities(streams)
    topic, project = PROJECTIONS[0]
    following = Following(streams.engine, streams.bootstrap, topic, project)
    await following._look()

    assert following._projectors == {}
    assert "another release" in str(await following.check())


async def test_a_version_of_this_release_takes_over_and_the_way_back_is_refused(streams: Streams) -> None:
    await _of_another_release(streams, 1)
    await streams.publish(held("s-98", present("p-5")))

    await streams.rebuild().run()
    await switch_version(streams.engine, 2, lag=0, force=False)

    assert await _activities(streams) == (2, 13)
    with pytest.raises(Refused, match="autre version du logiciel"):
        await switch_version(streams.engine, 1, lag=0, force=True)


async def test_a_version_that_another_release_is_filling_is_not_joined(streams: Streams) -> None:
    async with streams.engine.begin() as connection:
        await connection.execute(insert(projection).values(version=9, status="filling", shape=SHAPE - 1))

    with pytest.raises(Refused, match="la version 9"):
        await streams.rebuild().run()

    async with streams.engine.connect() as connection:
        assert [one.version for one in await list_versions(connection)] == [1, 9]


@pytest.mark.parametrize(
    ("before", "used", "shape"),
    [
        ("0004", False, SHAPE),
        ("0004", True, 1),
        ("0005", True, 2),
        ("0006", False, SHAPE),
        ("0007", False, SHAPE),
        ("0007", True, 3),
    ],
)
async def test_an_upgrade_keeps_the_tables_that_hold_something(
    make_settings: MakeSettings, postgres: Postgres, before: str, *, used: bool, shape: int
) -> None:
    name = f"reporting_{uuid.uuid4().hex[:12]}"
    admin = await asyncpg.connect(postgres.dsn("postgres"))
    await admin.execute(f"CREATE DATABASE {name} OWNER reporting")
    await admin.close()
    url = make_settings("reporting", postgres.url("reporting", name)).database_url.get_secret_value()
    await asyncio.to_thread(command.upgrade, config_of(SERVICE.migrations, url), before)
    engine = create_async_engine(url)
    if used:
        async with engine.begin() as connection:
            await connection.execute(insert(position).values(projection=1, topic="t", partition=0, next_offset=1))

    await asyncio.to_thread(command.upgrade, config_of(SERVICE.migrations, url), "head")

    query = text("SELECT count(*) FROM pg_tables WHERE schemaname = 'projection_1' AND tablename = 'presence'")
    async with engine.connect() as connection:
        versions, old = await list_versions(connection), await connection.scalar(query)
        terms = await count_terms(connection, 1)
    await engine.dispose()
    assert [(one.version, one.shape) for one in versions] == [(1, shape)]
    assert old == (shape == 1)
    assert (terms is None) == (shape < 3)
