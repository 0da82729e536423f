"""An operator has terms gathered again: stale at once, so that figures read their rolls; the service does the rest."""

import json
from collections.abc import AsyncIterator
from datetime import date

import pytest
import pytest_asyncio
from sqlalchemy import text

from services.reporting.engine.dropping import drop_version
from services.reporting.engine.versions import Refused, begin_version
from services.reporting.gathering.again import gather_again
from services.reporting.gathering.background import Gathering, Pace
from services.reporting.gathering.filling import gather_all
from services.reporting.gathering.gather import ProgrammeTerm, gather
from services.reporting.gathering.stale import stale_terms
from services.reporting.storage import use_projection
from tests.conftest import MakeSettings
from tests.services.reporting.command_process import run_command
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import at, held, present, pupil
from tests.services.reporting.gathered import check_gathered, check_sealed
from tests.services.reporting.streams import Streams

AUTUMN, SPRING = date(2018, 9, 1), date(2019, 1, 1)
OCTOBER, MARCH = at(date(2018, 10, 3)), at(date(2019, 3, 6))
ALES = {("ales", AUTUMN), ("ales", SPRING)}
ALBI = {("albi", AUTUMN)}
SPOILT = "UPDATE projection_1.participation SET minutes[1] = minutes[1] + 600 WHERE programme = 'ales'"


@pytest_asyncio.fixture
async def year(reporting: Reporting) -> AsyncIterator[Reporting]:
    """Three terms of two programmes, all of them gathered."""
    await reporting.receive(
        pupil("a-1"),
        held("s-1", present("a-1"), starts_at=OCTOBER, minutes=60),
        held("s-2", present("a-1"), starts_at=MARCH, minutes=60),
        held("s-3", present("a-1"), starts_at=OCTOBER, minutes=60, programme="albi"),
    )
    await gather_all(reporting.engine, 1)
    yield reporting


async def _stale(reporting: Reporting, version: int = 1) -> set[tuple[str, date]]:
    async with reporting.engine.connect() as connection:
        return set(await stale_terms(connection, version))


async def _spoil(reporting: Reporting) -> None:
    async with reporting.engine.begin() as connection:
        await connection.execute(text(SPOILT))


async def test_figures_are_right_at_once_and_the_service_gathers_again(year: Reporting) -> None:
    await _spoil(year)
    wrong = await year.value("I11")

    marked = await gather_again(year.engine, programme="ales")
    stale = await _stale(year)
    read = await year.value("I11")
    await gather_again(year.engine, 1, "ales")
    await Gathering(year.engine, Pace(quiet=0, latest=0, share=1)).round()

    assert (wrong, marked, stale, read) == (23, {1: 2}, ALES, 3)
    assert await _stale(year) == set()
    assert await check_sealed(year.engine) == 3
    assert await year.value("I11") == 3


@pytest.mark.parametrize(
    ("version", "programme", "marked", "stale"),
    [
        (None, None, {1: 3, 2: 0}, ALES | ALBI),
        (1, None, {1: 3}, ALES | ALBI),
        (None, "albi", {1: 1, 2: 0}, ALBI),
        (2, None, {2: 0}, set()),
    ],
)
async def test_all_versions_and_programmes_are_meant_unless_one_is_said(
    year: Reporting, version: int | None, programme: str | None, marked: dict[int, int], stale: set[tuple[str, date]]
) -> None:
    await begin_version(year.engine)

    assert await gather_again(year.engine, version, programme) == marked

    assert await _stale(year) == stale
    await check_gathered(year.engine)


async def test_what_is_not_there_is_refused(year: Reporting) -> None:
    await begin_version(year.engine)
    await drop_version(year.engine, 2)
    for version, programme in ((2, None), (None, "aless"), (1, "aless")):
        with pytest.raises(Refused):
            await gather_again(year.engine, version, programme)

    assert await _stale(year) == set()


async def test_tables_of_another_release_are_passed_over_and_refused_where_they_are_named(year: Reporting) -> None:
    await begin_version(year.engine)
    async with year.engine.begin() as connection:
        await connection.execute(text("UPDATE projection SET shape = shape - 1 WHERE version = 2"))

    assert await gather_again(year.engine) == {1: 3}
    with pytest.raises(Refused):
        await gather_again(year.engine, 2)


async def test_whoever_gathers_one_meanwhile_does_not_seal_it(year: Reporting) -> None:
    await gather_again(year.engine)
    async with year.engine.begin() as connection:
        await use_projection(connection)
        query = "SELECT touched FROM programme_term WHERE programme = 'albi'"
        touched = await connection.scalar(text(query))
        await gather_again(year.engine)
        sealed = await gather(connection, ProgrammeTerm("albi", AUTUMN, touched))
        await connection.rollback()

    assert not sealed
    assert await _stale(year) == ALES | ALBI


async def test_the_command_ends_what_a_comparison_reports(streams: Streams, make_settings: MakeSettings) -> None:
    url = streams.engine.url.render_as_string(hide_password=False)
    settings = make_settings("reporting", url, kafka_bootstrap=streams.bootstrap)
    await gather_all(streams.engine, 1)
    await streams.rebuild().run()
    await _spoil(streams.desk)

    before = [one.what for one in (await streams.compare(2)).differences]
    code, told = await run_command(settings, "gather-again", "--projection", "1", "--programme", "ales", "--json")
    shown = await run_command(settings, "gather-again")
    refused = await run_command(settings, "gather-again", "--programme", "aless")

    assert "rassemblé ales 2019-01-01" in before
    assert (code, json.loads(told)) == (0, [{"version": 1, "terms": 1}])
    assert (shown[0], shown[1].split()) == (0, ["version", "terms", "1", "1", "2", "1"])
    assert refused == (3, "")
    assert await _stale(streams.desk, 2) == {("ales", SPRING)}
    for version in (1, 2):
        await gather_all(streams.engine, version)
    assert (await streams.compare(2)).differences == []
