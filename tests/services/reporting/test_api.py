"""Over HTTP: who may ask, what is answered, and refusals that name the field."""

import base64
import json
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from contracts.topics import SESSIONS_TOPIC
from tests.conftest import Run, Token
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import absent, cancelled, held, organisation, present, programme, pupil

ALES = "/indicators/I02?period=2018-2019&programme=ales"
EXPLAIN = "/indicators/I02/explanation?period=2019"


def _opaque(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


class Reader:
    """One reader with a token."""

    def __init__(self, http: httpx2.AsyncClient, headers: dict[str, str], reporting: Reporting) -> None:
        self._http, self._headers, self.reporting = http, headers, reporting

    async def get(self, path: str, status: int = 200) -> Any:
        """The JSON body of an answer with that status."""
        answer = await self._http.get(path, headers=self._headers)
        assert answer.status_code == status, answer.text
        return answer.json()

    def as_(self, headers: dict[str, str]) -> "Reader":
        """Another token."""
        return Reader(self._http, headers, self.reporting)


@pytest_asyncio.fixture
async def reader(run_service: Run, reporting_database: str, token: Token) -> Reader:
    """Two tutees at one session of a known programme."""
    running = await run_service("reporting", reporting_database)
    reporting = Reporting(running.context.engine)
    await reporting.receive(programme("ales"), organisation("imt-mines-ales"), pupil("a-1"), pupil("b-2"))
    await reporting.receive(held("s-1", present("a-1"), present("b-2")))
    return Reader(running.http, token("reader", audience="interne", programmes=["*"]), reporting)


async def test_a_figure_comes_with_its_definition_scope_quality_and_watermark(reader: Reader) -> None:
    body = await reader.get(f"{ALES}&by=level&wording=plus de 1")

    assert (body["value"], body["low"], body["high"], body["facts_counted"]) == (2, 2, 2, 2)
    assert (body["indicator"]["code"], body["indicator"]["definition_version"]) == ("I02", 1)
    assert (body["scope"]["starts_on"], body["scope"]["ends_on"]) == ("2018-09-01", "2019-09-01")
    assert body["cells"] == [
        {"cell": "2GT", "value": 2, "low": 2, "high": 2, "facts_counted": 2, "details": {}},
    ]
    assert body["coverage"] == {"known": 2, "total": 2}
    assert body["wording"] == {"wording": "plus de 1", "verdict": "contradicted", "label": "contredit"}
    assert body["data_quality"] == {"missing_rolls": 0, "unknown_references": 0, "unknown_establishments": 0}
    assert body["watermark"]


@pytest.mark.parametrize(
    ("code", "by", "of", "value", "wording", "suggested"),
    [
        ("I02", None, "whole", 2, "2", "2"),
        ("I02", "level", "cells", 1, "1", "1"),
        ("I02", "gender", "cells", 0, "0", "0"),
        ("I02", "level", "cell:2GT", 2, "2", "2"),
        ("I02", "level", "cell:TG", 0, "0", "0"),
        ("I02", "level", "share:2GT", 100, "la plupart", "100"),
        ("I02", "gender", "share:F", None, None, None),
        ("I11", None, "detail:minutes", 120, "au moins 120", "120"),
        ("I17", None, "whole", None, None, None),
        ("I32", "level", "cell:2GT", 1, "1", "1"),
        ("I32", "level", "cell:TG", None, None, None),
    ],
)
async def test_a_wording_is_judged_on_a_part_of_the_answer(  # noqa: PLR0913, PLR0917 - one case
    reader: Reader, code: str, by: str | None, of: str, value: float | None, wording: str | None, suggested: str | None
) -> None:
    asked = f"/indicators/{code}?period=2018-2019&of={of}&wording={wording or 'plus de 1'}"

    body = await reader.get(f"{asked}&by={by}" if by else asked)

    assert (body["judged"]["of"], body["judged"]["value"]) == (of, value)
    assert body["wording"]["verdict"] == ("established" if wording else "unknown")
    assert body["suggested_wording"] == suggested


async def test_the_explanation_pages_and_shows_what_changed_since_a_watermark(reader: Reader) -> None:
    mark = (await reader.get(ALES))["watermark"]
    await reader.reporting.receive(held("s-1", present("a-1"), absent("b-2"), version=2), cancelled("s-9"))
    explanation = ALES.replace("?", "/explanation?")

    first = await reader.get(f"{explanation}&limit=2&after={mark}")
    second = await reader.get(f"{explanation}&limit=1000&after={mark}&cursor={first['next_cursor']}")

    shown = [(fact["version"], fact["record"], fact["reason"]) for fact in first["facts"] + second["facts"]]
    assert sorted(shown, key=str) == [
        (1, "a-1", "superseded"),
        (1, "b-2", "superseded"),
        (1, None, "cancelled"),
        (2, "a-1", "present"),
        (2, "b-2", "absent"),
    ]
    assert second["next_cursor"] is None
    assert first["facts"][0]["position"]["topic"] == SESSIONS_TOPIC.name


async def test_projections_say_how_far_they_have_read(reader: Reader) -> None:
    (live,) = await reader.get("/projections")

    assert (live["version"], live["status"]) == (1, "live")
    assert live["terms"]["total"] == live["terms"]["stale"] > 0
    assert live["terms"]["stale_since"] is not None
    sessions = [place for place in live["positions"] if place["topic"] == SESSIONS_TOPIC.name]
    assert [(place["next_offset"], place["lag"], place["parked"]) for place in sessions] == [(1, 0, 0)]


async def test_the_catalogue_lists_every_indicator_with_its_breakdowns(reader: Reader) -> None:
    catalogue = {entry["code"]: entry for entry in await reader.get("/indicators")}

    assert set(catalogue) >= {"I02", "I04", "I05", "I05_uai", "I08", "I09", "I11", "I12", "I13", "I14", "I16", "I32"}
    assert "level" in catalogue["I02"]["breakdowns"]


async def test_every_offered_breakdown_is_answered(reader: Reader) -> None:
    for entry in await reader.get("/indicators"):
        for by in entry["breakdowns"]:
            body = await reader.get(f"/indicators/{entry['code']}?period=2018-2019&by={by}")
            await reader.get(f"/indicators/{entry['code']}/explanation?period=2018-2019&by={by}")

            assert body["scope"]["by"] == by


@pytest.mark.parametrize(
    ("path", "status", "field"),
    [
        ("/indicators/I99?period=2019", 404, "code"),
        ("/indicators/I02?period=2019-2021", 422, "period"),
        ("/indicators/I02?period=2019&programme=alse", 404, "programme"),
        ("/indicators/I02?period=2019&organisation=x", 404, "organisation"),
        ("/indicators/I02?period=2019&by=role", 422, "by"),
        ("/indicators/I02?period=2019&wording=beaucoup", 422, "wording"),
        ("/indicators/I02?period=2019&wording=la plupart", 422, "wording"),
        ("/indicators/I02?period=2019&programm=ales", 422, "programm"),
        ("/indicators/I02?period=2019&period=2020", 422, "period"),
        ("/indicators/I02/explanation?period=2019&limit=1&limit=2", 422, "limit"),
        ("/programmes/ales?of=x&of=y", 422, "of"),
        ("/indicators/I02/explanation?period=2019&wording=3", 422, "wording"),
        ("/indicators/I02?period=2019&of=cell", 422, "of"),
        ("/indicators/I02?period=2019&of=whole:2GT", 422, "of"),
        ("/indicators/I02?period=2019&of=cells", 422, "of"),
        ("/indicators/I02?period=2019&of=detail:age", 422, "of"),
        ("/indicators/I02?period=2019&by=level&of=cell:2GT&wording=la plupart", 422, "wording"),
        ("/projections?verbose=1", 422, "verbose"),
        ("/indicators/I02/explanation?period=2019&after=xyz", 422, "after"),
        ("/indicators/I02/explanation?period=2019&cursor=xyz", 422, "cursor"),
        ("/indicators/I02/explanation?period=2019&cursor=WzFd", 422, "cursor"),
    ],
)
async def test_a_refusal_names_the_field_and_the_rule(reader: Reader, path: str, status: int, field: str) -> None:
    body = await reader.get(path, status)

    assert body["field"] == field
    assert body["detail"]


@pytest.mark.parametrize(
    "path", ["/indicators/I02?period=2019&by=shoe_size", "/indicators/I02", f"{ALES}&threshold_hours=-1"]
)
async def test_a_malformed_question_is_a_problem_that_names_the_parameter(reader: Reader, path: str) -> None:
    body = await reader.get(path, 422)

    assert body["errors"][0]["field"].startswith("query.")


async def test_a_token_reads_the_programmes_that_it_names_and_no_other(reader: Reader, token: Token) -> None:
    await reader.reporting.receive(programme("other"))
    narrow = reader.as_(token("reader", audience="interne", programmes=["ales"]))

    for path in ("/indicators/I14", "/indicators/I14/explanation"):
        await narrow.get(f"{path}?period=2019&programme=ales")
        for scope in ("&programme=other", ""):
            problem = await narrow.get(f"{path}?period=2019{scope}", 403)
            assert problem["title"] == "forbidden"


@pytest.mark.parametrize("audience", ["public", "partenaire"])
async def test_other_audiences_are_told_that_they_will_see_publications(
    reader: Reader, token: Token, audience: str
) -> None:
    outside = reader.as_(token("reader", audience=audience))

    for path in (ALES, ALES.replace("?", "/explanation?")):
        body = await outside.get(path, 403)
        assert body["title"] == "only_publications"
    await outside.get("/indicators")


async def test_without_a_token_or_with_a_partner_s_there_is_nothing_to_see(reader: Reader, token: Token) -> None:
    for path in (ALES, "/indicators", "/projections"):
        await reader.as_({}).get(path, 401)
        await reader.as_(token("partner", audience="interne")).get(path, 403)


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/indicators/I02?period=2019&programme=%00", 422),
        ("/indicators/I02?period=2019&programme=';DROP TABLE programme;--", 422),
        ("/indicators/%00?period=2019", 404),
        ("/indicators/I02?period=%00", 422),
        (f"{EXPLAIN}&cursor={_opaque(['2019-01-01', chr(0), 0, '', '', '', '', 0])}", 422),
        (f"{EXPLAIN}&cursor={_opaque(['2019-01-01', chr(0xD800), 0, '', '', '', '', 0])}", 422),
        (f"{EXPLAIN}&cursor={_opaque(['2019-01-01', '', 2**70, '', '', '', '', 0])}", 422),
        (f"{EXPLAIN}&after={_opaque({'p': 1, 'o': [[chr(0), 0, 0]]})}", 422),
        (f"{EXPLAIN}&after={_opaque({'p': 1, 'o': [['cordees.people', 0, 2**70]]})}", 422),
    ],
)
async def test_hostile_text_is_refused(reader: Reader, path: str, status: int) -> None:
    await reader.get(path, status)
