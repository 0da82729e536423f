"""A comparison also holds what each version has gathered against its own rolls: figures come from there."""

import pytest
from sqlalchemy import text

from services.reporting.engine.compare import Difference
from services.reporting.gathering.filling import gather_all
from tests.services.reporting.facts import absent, held, present, tutor
from tests.services.reporting.streams import Streams, until

OURS = "projection_2.participation"
PUPILS, ACTING = "rassemblé ales 2019-01-01", "rassemblé ales 2019-01-01 (encadrants)"
AS_ROLLS = "rien d'autre que les appels"
STALE = "UPDATE projection_2.programme_term SET touched = touched + 1, stale_since = now()"

# Twelve sessions of an hour and six pupils; a correction leaves one pupil on one of them. And one more session.
ROLLS = {
    PUPILS: "68 présences, 4080 minutes, 0 de préparation, 1 absences",
    ACTING: "1 présences, 45 minutes, 30 de préparation, 0 absences",
}


async def _change(streams: Streams, statement: str) -> None:
    async with streams.engine.begin() as connection:
        await connection.execute(text(statement))


async def _found(streams: Streams) -> dict[str, Difference]:
    return {one.what: one for one in (await streams.compare(2, "2018-2019")).differences}


@pytest.mark.parametrize(
    ("spoilt", "what", "gathered"),
    [
        ("SET minutes[1] = minutes[1] + 1 WHERE record = 'p-1'", PUPILS, {"4080 minutes": "4081 minutes"}),
        ("SET places = '{}' WHERE record = 'q-1'", PUPILS, {"68 présences": "67 présences"}),
        ("SET absences = NULL", PUPILS, {"1 absences": "0 absences"}),
        ("SET preparations = NULL", ACTING, {"30 de préparation": "0 de préparation"}),
    ],
)
async def test_a_sealed_term_that_is_unlike_its_rolls_is_named_until_it_is_gathered_anew(
    streams: Streams, spoilt: str, what: str, gathered: dict[str, str]
) -> None:
    await streams.publish(held("s-50", present("q-1"), absent("q-2"), tutor("t-1", 45, preparation=30)))
    async with streams.following():
        await until(lambda: streams.passed(1))
    await gather_all(streams.engine, 1)
    await streams.rebuild().run()
    before = await _found(streams)

    await _change(streams, f"UPDATE {OURS} {spoilt}")
    found = (await _found(streams))[what]
    await _change(streams, STALE)
    passed_over = await _found(streams)
    await gather_all(streams.engine, 2)

    ((right, wrong),) = gathered.items()
    told = f"{ROLLS[what].replace(right, wrong)} (appels : {ROLLS[what]})"
    assert (found.live, found.other, found.causes) == (AS_ROLLS, told, ("à rassembler de nouveau",))
    assert (before, passed_over, await _found(streams)) == ({}, {}, {})


async def test_what_both_versions_have_gathered_wrongly_is_told_of_both_and_figures_with_its_cause(
    streams: Streams,
) -> None:
    await gather_all(streams.engine, 1)
    await streams.rebuild().run()
    for version in (1, 2):
        await _change(streams, f"DELETE FROM projection_{version}.participation WHERE record = 'p-{version}'")  # noqa: S608
    await _change(streams, "DELETE FROM projection_2.participation WHERE record = 'p-4'")

    found = await _found(streams)

    assert found[PUPILS].live.startswith("56 présences")
    assert found[PUPILS].other.startswith("44 présences")
    assert found["I11 2018-2019"].causes == found[PUPILS].causes
