"""What schools declare of their own students (I20, I21), and the values that a wording allows (R15)."""

from datetime import date
from fractions import Fraction
from typing import Any

import pytest

from contracts.base import Span
from contracts.vocabulary import DeclaredUnit, DeclaredWording, OrganisationKind
from services.reporting.indicators.declared import Said, bounds
from services.reporting.indicators.indicator import Figure
from services.reporting.queries.question import By
from services.reporting.wording import Verdict, judge, parse_wording
from tests.services.reporting.bonds import body, declares, said
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import END, RENTREE, member_of, organisation, programme, run_by

NEARLY = DeclaredWording.PRES_DE


def girls(name: str, value: Any, of: str | None = "x", **more: Any) -> Any:
    """I20 of a school."""
    return declares(name, value, **({"indicator": "I20", "organisation": of, "unit": DeclaredUnit.PERCENT} | more))


def verdict(figure: Figure, wording: str) -> Verdict:
    """As the API judges it."""
    return judge(parse_wording(wording), figure.low, figure.high, high_in=figure.high_in)


@pytest.mark.parametrize(
    ("wording", "low", "high", "high_in"),
    [
        ("exact", 40, 40, True),
        ("plus_de", 40, 48, False),
        ("pres_de", 38, 40, False),
        ("environ", 38, 42, True),
        ("au_moins", 40, None, True),
        ("unknown", None, None, True),
    ],
)
def test_a_wording_allows_the_values_of_r15(wording: str, low: int | None, high: int | None, high_in: bool) -> None:  # noqa: FBT001
    figure = bounds(Said(wording, 40, None, None))

    assert (figure.low, figure.high, figure.high_in) == (low, high, high_in)


@pytest.mark.parametrize("wording", ["exact", "plus_de", "pres_de", "environ", "au_moins"])
def test_what_is_declared_bears_its_own_wording_out(wording: str) -> None:
    printed = {
        "exact": "",
        "plus_de": "plus de ",
        "pres_de": "près de ",
        "environ": "environ ",
        "au_moins": "au moins ",
    }

    assert verdict(bounds(Said(wording, 40, None, None)), f"{printed[wording]}40") is Verdict.ESTABLISHED


def test_a_fraction_is_a_percentage() -> None:
    assert bounds(Said("exact", None, 1, 3)).value == Fraction(100, 3)


async def test_the_only_percentage_declared_is_the_figure_as_it_is_worded(reporting: Reporting) -> None:
    await reporting.receive(organisation("x"), girls("g-1", said(40, wording=NEARLY)))

    figure = await reporting.figure("I20")

    assert (figure.low, figure.high, figure.value, figure.facts) == (38, 40, None, 1)
    assert verdict(figure, "près de 40") is Verdict.ESTABLISHED
    assert verdict(figure, "40") is Verdict.CONTRADICTED
    assert (await reporting.figure("I21")).low is None


async def test_fractions_of_several_schools_are_added_and_a_bare_percentage_cannot_be(reporting: Reporting) -> None:
    await reporting.receive(organisation("x"), organisation("y"), organisation("z"))
    await reporting.receive(girls("g-1", said(30, of=100), "x"), girls("g-2", said(150, of=300), "y"))
    await reporting.receive(girls("g-3", said(90), "z"))

    figure = await reporting.figure("I20")

    assert (figure.value, figure.facts) == (45, 2)
    assert await reporting.reasons("I20", "declaration") == {
        ("g-1", "declared"),
        ("g-2", "declared"),
        ("g-3", "not_a_fraction"),
    }
    by_school = await reporting.result("I20", by=By.SCHOOL)
    assert {cell: one.value for cell, one in by_school.cells.items()} == {"x": 30, "y": 50, "z": 90}
    assert (by_school.whole.value, by_school.whole.facts) == (45, 2)


async def test_two_bare_percentages_make_no_figure(reporting: Reporting) -> None:
    await reporting.receive(organisation("x"), organisation("y"))
    await reporting.receive(girls("g-1", said(30), "x"), girls("g-2", said(50), "y"))

    for by in (None, By.SCHOOL):
        figure = await reporting.figure("I20", by=by)
        assert (figure.low, figure.high, figure.facts) == (None, None, 0)


@pytest.mark.parametrize(
    ("period", "counts"),
    [("2018-2019", True), ("2018", False), ("2018-09-01/2019-09-01", True), ("2018-09-01/2019-08-31", False)],
)
async def test_the_period_is_the_very_one_that_was_declared(reporting: Reporting, period: str, counts: bool) -> None:  # noqa: FBT001
    await reporting.receive(organisation("x"), girls("g-1", said(30)))

    assert ((await reporting.figure("I20", period)).low is not None) == counts
    assert await reporting.reasons("I20", "declaration", period=period) == {
        ("g-1", "declared" if counts else "out_of_period")
    }


async def test_a_school_counts_that_is_a_member_on_the_first_day_declared(reporting: Reporting) -> None:
    """A school that left, one that joined a day late, a lycée, a programme's own number."""
    lycee = body("lycee", OrganisationKind.LYCEE, member_of("ipp"))
    await reporting.receive(organisation("ipp"), lycee, organisation("x", member_of("ipp", RENTREE)))
    await reporting.receive(organisation("gone", member_of("ipp", ends_on=RENTREE)))
    await reporting.receive(organisation("late", member_of("ipp", date(2018, 9, 2))))
    await reporting.receive(programme("ales", organisers=[run_by("ipp")]))
    for name in ("x", "gone", "late", "lycee"):
        await reporting.receive(girls(f"g-{name}", said(30, of=100), name))
    await reporting.receive(girls("g-none", said(30, of=100), None, programme="ales"))

    expected = {
        ("g-x", "declared"),
        ("g-gone", "not_a_member_school"),
        ("g-late", "not_a_member_school"),
        ("g-lycee", "not_a_member_school"),
        ("g-none", "no_school"),
    }
    assert await reporting.reasons("I20", "declaration", organisation="ipp") == expected
    assert await reporting.reasons("I20", "declaration", programme="ales") == expected
    assert (await reporting.figure("I20")).details["declarations"] == 3


async def test_a_corrected_declaration_moves_the_figure(reporting: Reporting) -> None:
    await reporting.receive(organisation("x"), girls("g-1", said(30)), girls("g-1", said(32), version=2))
    assert await reporting.value("I20") == 32

    gone = Span(starts_on=END, ends_on=date(2020, 9, 1))
    await reporting.receive(girls("g-1", said(33), version=3, period=gone))

    assert await reporting.value("I20") is None
    assert await reporting.value("I20", "2019-2020") == 33
