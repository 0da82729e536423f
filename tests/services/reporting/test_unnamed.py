"""Breakdowns that headcounts cannot answer, over HTTP: pupils whom nobody names may be in any cell (R12)."""

import pytest
import pytest_asyncio

from contracts.vocabulary import Activity, Gender, Level
from services.reporting.queries.question import By
from tests.conftest import Run, Token
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import DUMAS, counted, held, present, profiled, programme
from tests.services.reporting.test_api import Reader

FORUM = {"activity": Activity.FORUM}


@pytest_asyncio.fixture
async def reader(run_service: Run, reporting_database: str, token: Token) -> Reader:
    """A forum of 40 pupils and one of 20, 12 of them girls. Nobody is named."""
    running = await run_service("reporting", reporting_database)
    reporting = Reporting(running.context.engine)
    await reporting.receive(programme("ales"), held("h-1", counted(40), **FORUM))
    await reporting.receive(held("h-2", counted(20, DUMAS, girls=12), **FORUM))
    return Reader(running.http, token("reader", audience="interne", programmes=["*"]), reporting)


@pytest.mark.parametrize("code", ["I01", "I04"])
@pytest.mark.parametrize(
    ("by", "cells"),
    [
        ("gender", {"F": (12, 52), "M": (0, 48), "X": (0, 48), "non_renseigne": (0, 48)}),
        ("qpv", {"oui": (0, 60), "non": (0, 60), "non_renseigne": (0, 60)}),
        ("scholarship", {"oui": (0, 60), "non": (0, 60), "non_renseigne": (0, 60)}),
        ("rural", {"oui": (0, 60), "non": (0, 60), "non_renseigne": (0, 60)}),
        ("track", {"non_renseigne": (0, 60)}),
    ],
)
async def test_whoever_is_only_declared_may_be_in_every_cell(
    reader: Reader, code: str, by: str, cells: dict[str, tuple[int, int]]
) -> None:
    body = await reader.get(f"/indicators/{code}?period=2018-2019&by={by}")

    assert {cell["cell"]: (cell["low"], cell["high"]) for cell in body["cells"]} == cells


@pytest.mark.parametrize(
    ("by", "of", "low", "high"),
    [
        ("gender", "cell:M", 0, 48),
        ("gender", "cell:Z", 0, 0),
        ("gender", "cells", 1, 3),
        ("gender", "share:F", pytest.approx(100 * 12 / 108, abs=1e-4), 100),
        ("gender", "share:M", 0, 80),
        ("gender", "share:Z", 0, 0),
        ("qpv", "cells", 0, 2),
        ("qpv", "share:oui", 0, 100),
        # Nobody has named a track yet: the sixty may be in sixty of them, or all in one.
        ("track", "cell:pcsi", 0, 60),
        ("track", "cells", 0, 60),
        ("track", "share:pcsi", 0, 100),
        ("level", "cell:2GT", 60, 60),
        ("level", "cell:TG", 0, 0),
        ("level", "cells", 1, 1),
    ],
)
async def test_a_part_of_the_answer_is_as_wide_as_its_cells(
    reader: Reader, by: str, of: str, low: float, high: float
) -> None:
    body = await reader.get(f"/indicators/I04?period=2018-2019&by={by}&of={of}")

    assert (body["judged"]["low"], body["judged"]["high"]) == (low, high)


@pytest.mark.parametrize(
    ("of", "wording", "verdict"),
    [("cell:M", "0", "compatible"), ("cell:Z", "0", "established"), ("share:F", "la plupart", "compatible")],
)
async def test_nobody_named_does_not_mean_nobody_there(reader: Reader, of: str, wording: str, verdict: str) -> None:
    body = await reader.get(f"/indicators/I04?period=2018-2019&by=gender&of={of}&wording={wording}")

    assert body["wording"]["verdict"] == verdict


async def test_a_headcount_without_a_level_may_fill_any_level(reader: Reader) -> None:
    await reader.reporting.receive(held("h-3", counted(30, level=Level.NON_RENSEIGNE), **FORUM))
    asked = "/indicators/I04?period=2018-2019&by=level&of="

    judged = [(await reader.get(f"{asked}{of}"))["judged"] for of in ("cell:TG", "cell:non_renseigne", "cells")]

    levels = len(Level) - 2
    assert [(one["low"], one["high"]) for one in judged] == [(0, 30), (30, 30), (1, levels)]


async def test_named_pupils_leave_the_cells_that_nobody_can_fill_empty(reporting: Reporting) -> None:
    await reporting.receive(profiled("a-1", gender=Gender.FEMININ), held("s-1", present("a-1")))
    await reporting.receive(held("h-1", counted(8, DUMAS, girls=8)))

    cells = (await reporting.result("I04", by=By.GENDER)).cells

    assert {cell: (figure.low, figure.high) for cell, figure in cells.items()} == {"F": (9, 9)}


async def test_boys_are_not_taken_for_the_girls_who_are_named_on_the_same_roll(reporting: Reporting) -> None:
    """Ten pupils, five girls, all named: five others were there."""
    girls = [f"a-{n}" for n in range(5)]
    await reporting.receive([profiled(girl, gender=Gender.FEMININ) for girl in girls])
    await reporting.receive(held("s-1", *(present(girl) for girl in girls), counted(10, girls=5)))

    cells = (await reporting.result("I04", by=By.GENDER)).cells

    assert (cells["M"].low, cells["M"].high) == (0, 5)
