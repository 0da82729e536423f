"""Declarations over HTTP: the whole of what was said, sums of parts, verdicts, and who may read them."""

from datetime import date
from typing import Any

import pytest
import pytest_asyncio

from contracts.base import Span
from contracts.vocabulary import DeclaredUnit, DeclaredWording
from tests.conftest import Run, Token
from tests.services.reporting.bonds import convention, declares, earlier, said
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import organisation, programme
from tests.services.reporting.test_api import Reader

YEAR = Span(starts_on=date(2019, 1, 1), ends_on=date(2020, 1, 1))


def of_2019(name: str, value: Any, **more: Any) -> Any:
    """About the programme and the calendar year."""
    return declares(name, value, **({"programme": "ales", "period": YEAR} | more))


@pytest_asyncio.fixture
async def reader(run_service: Run, reporting_database: str, token: Token) -> Reader:
    """The 155 interns of the report, and works over three years."""
    running = await run_service("reporting", reporting_database)
    reporting = Reporting(running.context.engine)
    await reporting.receive(programme("ales"), programme("sub", parent="ales"), programme("other"))
    await reporting.receive(organisation("imt-mines-ales"), organisation("x"))
    parts = {"stagiaires": 65, "apprentis": 5, "doctorants": 85}
    await reporting.receive(of_2019(name, said(number)) for name, number in parts.items())
    await reporting.receive(of_2019("diversite", said(155), parts=tuple(parts)))
    works = {"unit": DeclaredUnit.EUROS, "period": Span(starts_on=date(2017, 1, 1), ends_on=date(2020, 1, 1))}
    await reporting.receive(of_2019("travaux", said(800_000, wording=DeclaredWording.PLUS_DE), **works))
    return Reader(running.http, token("reader", audience="interne", programmes=["*"]), reporting)


async def test_a_declaration_is_whole_with_what_was_said_before(reader: Reader) -> None:
    before = (
        earlier(said(155), "Cinq oubliés."),
        earlier(said(31), "Un pourcentage.", unit=DeclaredUnit.PERCENT, period=Span(starts_on=date(2018, 1, 1))),
    )
    await reader.reporting.receive(of_2019("diversite", said(160), version=2, earlier=before))

    body = await reader.get("/declarations/diversite")

    assert {name: body[name] for name in ("declaration", "version", "indicator", "label", "unit", "number")} == {
        "declaration": "diversite",
        "version": 2,
        "indicator": "diversite",
        "label": "Déclaration diversite",
        "unit": "persons",
        "number": 160,
    }
    assert (body["programme"], body["organisation"]) == ("ales", "imt-mines-ales")
    assert (body["starts_on"], body["ends_on"], body["declared_on"]) == ("2019-01-01", "2020-01-01", "2019-09-01")
    assert (body["sentence"], body["document"]) == ("Une phrase du document.", "Rapport (démonstration)")
    assert body["declarant"] == "Direction (démonstration)"
    assert [(one["number"], one["value"], one["reason"], one["declared_on"]) for one in body["earlier"]] == [
        (155, 155, "Cinq oubliés.", "2019-03-06"),
        (31, 31, "Un pourcentage.", "2019-03-06"),
    ]
    assert [(one["unit"], one["starts_on"], one["ends_on"]) for one in body["earlier"]] == [
        ("persons", "2018-09-01", "2019-09-01"),
        ("percent", "2018-01-01", None),
    ]
    assert (body["parts"], body["parts_sum"], body["sum_holds"]) == ([], None, None)


async def test_a_sum_is_checked_against_its_parts(reader: Reader) -> None:
    body = await reader.get("/declarations/diversite")
    assert [(part["declaration"], part["number"]) for part in body["parts"]] == [
        ("stagiaires", 65),
        ("apprentis", 5),
        ("doctorants", 85),
    ]
    assert (body["parts_sum"], body["sum_holds"]) == (155, True)

    await reader.reporting.receive(of_2019("apprentis", said(6), version=2))

    body = await reader.get("/declarations/diversite")
    assert (body["parts_sum"], body["sum_holds"]) == (156, False)


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        (said(150, wording=DeclaredWording.PLUS_DE), True),
        (said(155, wording=DeclaredWording.PRES_DE), False),
        (said(156, wording=DeclaredWording.PRES_DE), True),
        (said(155, wording=DeclaredWording.AU_MOINS), True),
        (said(156, wording=DeclaredWording.AU_MOINS), False),
    ],
)
async def test_a_worded_sum_holds_where_it_allows_its_parts(reader: Reader, value: Any, holds: bool) -> None:  # noqa: FBT001
    names = ("stagiaires", "apprentis", "doctorants")
    await reader.reporting.receive(of_2019("diversite", value, parts=names, version=2))

    assert (await reader.get("/declarations/diversite"))["sum_holds"] is holds


@pytest.mark.parametrize(
    "part",
    [
        of_2019("apprentis", said(5, wording=DeclaredWording.ENVIRON), version=2),
        of_2019("apprentis", said(5, of=10), version=2),
        of_2019("apprentis", said(5), version=2, unit=DeclaredUnit.HOURS),
        of_2019("diversite", said(155), version=2, parts=("stagiaires", "nobody-said")),
    ],
)
async def test_a_sum_over_what_is_not_exactly_known_is_not_judged(reader: Reader, part: Any) -> None:
    await reader.reporting.receive(part)

    body = await reader.get("/declarations/diversite")

    assert (body["parts_sum"], body["sum_holds"]) == (None, None)


async def test_a_wording_is_judged_as_that_of_an_indicator(reader: Reader) -> None:
    for declaration, wording, verdict in (
        ("travaux", "plus de 800 000", "established"),
        ("travaux", "800000", "compatible"),
        ("travaux", "environ 300", "contradicted"),
        ("diversite", "155", "established"),
        ("diversite", "plus de 155", "established"),
    ):
        body = await reader.get(f"/declarations/{declaration}?wording={wording}")
        assert (body["wording"]["wording"], body["wording"]["verdict"]) == (wording, verdict)

    body = await reader.get("/declarations/travaux")
    assert (body["value"], body["low"], body["high"], body["high_in"]) == (None, 800_000, 960_000, False)
    assert body["wording"] is None


async def test_a_fraction_is_shown_in_percent_and_most_of_it_may_be_said(reader: Reader) -> None:
    await reader.reporting.receive(of_2019("filles", said(69, of=100), unit=DeclaredUnit.PERCENT))

    body = await reader.get("/declarations/filles?wording=la plupart")

    assert (body["value"], body["numerator"], body["denominator"]) == (69, 69, 100)
    assert body["wording"]["verdict"] == "established"
    assert (await reader.get("/declarations/diversite?wording=la plupart", 422))["field"] == "wording"


async def test_a_figure_s_explanation_names_the_declaration_and_the_convention(reader: Reader) -> None:
    share = {"indicator": "I20", "unit": DeclaredUnit.PERCENT}
    await reader.reporting.receive(of_2019("filles", said(40, wording=DeclaredWording.PRES_DE), **share))
    await reader.reporting.receive(convention("c-1", organisation="x"))

    figure = await reader.get("/indicators/I20?period=2019&wording=près de 40")
    (declared,) = (await reader.get("/indicators/I20/explanation?period=2019"))["facts"]
    (bound,) = (await reader.get("/indicators/I27/explanation?period=2019&programme=ales"))["facts"]

    assert (figure["low"], figure["high"], figure["wording"]["verdict"]) == (38, 40, "established")
    assert (declared["declaration"], declared["number"], declared["reason"]) == ("filles", 40, "declared")
    assert (bound["convention"], bound["organisation"], bound["reason"]) == ("c-1", "x", "in_force")
    assert (bound["starts_on"], bound["ends_on"], bound["position"]) == ("2018-09-01", None, None)


async def _listed(reader: Reader, query: str = "") -> list[str]:
    return [one["declaration"] for one in await reader.get(f"/declarations{query}")]


async def test_declarations_are_found_by_programme_organisation_and_period(reader: Reader) -> None:
    in_sub = of_2019("sub-1", said(1), programme="sub", organisation=None)
    of_x = of_2019("x-1", said(1), programme=None, organisation="x", period=Span(starts_on=date(2020, 1, 1)))
    await reader.reporting.receive(in_sub, of_x)
    ales = ["apprentis", "diversite", "doctorants", "stagiaires"]

    assert await _listed(reader) == [*ales, "sub-1", "travaux", "x-1"]
    assert await _listed(reader, "?programme=ales") == [*ales, "sub-1", "travaux"]
    assert await _listed(reader, "?programme=sub") == ["sub-1"]
    assert await _listed(reader, "?organisation=x") == ["x-1"]
    assert await _listed(reader, "?period=2018") == ["travaux"]
    assert await _listed(reader, "?period=2020-2021") == ["x-1"]
    assert (await reader.get("/declarations/x-1"))["ends_on"] is None


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/declarations/nobody-said", 404, "declaration_id"),
        ("/declarations?programme=alse", 404, "programme"),
        ("/declarations?organisation=y", 404, "organisation"),
        ("/declarations?period=demain", 422, "period"),
        ("/declarations?programm=ales", 422, "programm"),
        ("/declarations?programme=ales&programme=ales", 422, "programme"),
        ("/declarations/diversite?wording=beaucoup", 422, "wording"),
    ],
)
async def test_a_refusal_names_the_field(reader: Reader, path: str, status: int, field: str) -> None:
    assert (await reader.get(path, status))["field"] == field


async def test_a_token_reads_the_declarations_of_its_programmes_and_of_none(reader: Reader, token: Token) -> None:
    of_other = of_2019("other-1", said(9), programme="other")
    total = of_2019("total", said(74), parts=("stagiaires", "other-1"))
    of_school = of_2019("school-1", said(3), programme=None)
    await reader.reporting.receive(of_other, total, of_school)
    narrow = reader.as_(token("reader", audience="interne", programmes=["ales"]))

    assert "other-1" not in await _listed(narrow)
    assert "school-1" in await _listed(narrow)
    await narrow.get("/declarations/school-1")
    await narrow.get("/declarations/other-1", 403)
    await narrow.get("/declarations?programme=other", 403)
    hidden = await narrow.get("/declarations/total")
    assert [part["number"] for part in hidden["parts"]] == [65, None]
    assert (hidden["parts_sum"], hidden["sum_holds"]) == (None, None)
    assert (await reader.get("/declarations/total"))["sum_holds"] is True


@pytest.mark.parametrize("path", ["/declarations", "/declarations/diversite"])
async def test_other_audiences_and_nobody_are_refused(reader: Reader, token: Token, path: str) -> None:
    for audience in ("public", "partenaire"):
        assert (await reader.as_(token("reader", audience=audience)).get(path, 403))["title"] == "only_publications"
    await reader.as_({}).get(path, 401)
    await reader.as_(token("partner", audience="interne")).get(path, 403)


@pytest.mark.parametrize("path", ["/declarations/%00", "/declarations?programme=%00", "/declarations?period=%00"])
async def test_hostile_text_is_refused(reader: Reader, path: str) -> None:
    await reader.get(path, 422)
