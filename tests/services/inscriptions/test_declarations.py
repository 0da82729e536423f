"""Declared indicators over HTTP: written, corrected, read and paged like the rest of the registry."""

from typing import Any

import pytest

from contracts.declarations import DeclaredValue, IndicatorDeclared
from tests.conftest import Token
from tests.services.inscriptions.office import Office

PATH = "/declarations/boursiers-2018"
BODY: dict[str, Any] = {
    "indicator": "boursiers",
    "label": "Élèves boursiers",
    "programme": "ales",
    "organisation": "imt-mines-ales",
    "period": {"starts_on": "2018-09-01", "ends_on": "2019-09-01"},
    "unit": "percent",
    "value": {"number": 28, "wording": "environ"},
    "sentence": "environ 28 % d’élèves boursiers",
    "document": "Rapport annuel",
    "declarant": "Direction des études",
    "declared_on": "2019-10-01",
}
VALUE = {"number": 28, "numerator": None, "denominator": None, "wording": "environ"}


async def test_a_number_is_declared_published_and_read(office: Office) -> None:
    answer = await office.put(PATH, BODY)
    again = await office.put(PATH, BODY)

    assert (answer.status_code, again.status_code) == (201, 200)
    assert (await office.get(PATH)).json() == answer.json() == again.json()
    assert answer.json() == BODY | {
        "declaration": "boursiers-2018",
        "version": 1,
        "value": VALUE,
        "parts": [],
        "earlier": [],
    }
    (fact,) = await office.published(IndicatorDeclared)
    assert (fact.subject, fact.version) == ("declaration/boursiers-2018", 1)


async def test_a_correction_needs_a_reason_and_keeps_what_was_said(office: Office) -> None:
    await office.put(PATH, BODY)
    changed = BODY | {"value": {"numerator": 77, "denominator": 123}, "declarant": "Secrétariat général"}

    refused = await office.put(PATH, changed)
    corrected = await office.put(PATH, changed | {"reason": "Deux dossiers de plus"})

    assert (refused.status_code, refused.json()["title"], refused.json()["field"]) == (422, "reason_needed", "reason")
    assert not any(number in refused.text for number in ("77", "123", "28"))
    assert (corrected.status_code, corrected.json()["version"]) == (200, 2)
    assert corrected.json()["earlier"] == [
        {
            "value": VALUE,
            "unit": "percent",
            "period": {"starts_on": "2018-09-01", "ends_on": "2019-09-01"},
            "declarant": "Direction des études",
            "declared_on": "2019-10-01",
            "reason": "Deux dossiers de plus",
        }
    ]
    first, second = await office.published(IndicatorDeclared)
    assert isinstance(second, IndicatorDeclared)
    assert (second.value, second.earlier[0].value) == (DeclaredValue(numerator=77, denominator=123), first.value)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("changes", "title", "field"),
    [
        ({"value": {"number": 101}}, "above_percent", "value.number"),
        ({"indicator": "I20", "unit": "persons"}, "unit_of_indicator", "unit"),
        ({"indicator": "effectif", "unit": "persons", "value": {"number": 0}}, "heads_not_counted", "value.number"),
    ],
)
async def test_what_an_indicator_could_not_use_is_refused_by_its_field_in_french(
    office: Office, changes: dict[str, Any], title: str, field: str
) -> None:
    answer = await office.put(PATH, BODY | changes)

    assert (answer.status_code, answer.json()["title"], answer.json()["field"]) == (422, title, field)
    assert answer.json()["detail"].startswith(("Un pourcentage ne", "Cet indicateur se", "Un effectif est"))


async def test_a_typo_in_the_label_needs_none(office: Office) -> None:
    await office.put(PATH, BODY)

    answer = await office.put(PATH, BODY | {"label": "Part des élèves boursiers"})

    assert (answer.status_code, answer.json()["version"], answer.json()["earlier"]) == (200, 2, [])


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"programme": "nulle-part"}, "programme"),
        ({"organisation": "personne"}, "organisation"),
        ({"parts": ["boursiers-a", "inconnue"]}, "parts[1]"),
    ],
)
async def test_what_a_declaration_names_must_be_known(office: Office, changes: dict[str, Any], field: str) -> None:
    await office.put("/declarations/boursiers-a", BODY)

    answer = await office.put(PATH, BODY | changes)

    assert (answer.status_code, answer.json()["title"], answer.json()["field"]) == (409, "entry_unknown", field)


async def test_a_part_has_the_unit_and_the_period_of_the_whole_and_keeps_them(office: Office) -> None:
    for part in ("a", "b"):
        await office.put(f"/declarations/{part}", BODY)
    other_unit, other_period = {"unit": "persons"}, {"period": {"starts_on": "2019-01-01", "ends_on": "2020-01-01"}}
    await office.put("/declarations/c", BODY | other_unit)
    await office.put("/declarations/d", BODY | other_period)

    whole = await office.put("/declarations/somme", BODY | {"parts": ["a", "b"]})
    answers = [
        await office.put("/declarations/somme", BODY | {"parts": ["a", "c"]}),
        await office.put("/declarations/somme", BODY | {"parts": ["d"]}),
        await office.put("/declarations/a", BODY | other_unit | {"reason": "Ce sont des personnes"}),
        await office.put("/declarations/b", BODY | other_period | {"reason": "C’est l’année civile"}),
    ]
    freed = [
        await office.put("/declarations/somme", BODY | {"parts": ["b"]}),
        await office.put("/declarations/a", BODY | other_unit | {"reason": "Ce sont des personnes"}),
    ]

    assert (whole.status_code, whole.json()["parts"]) == (201, ["a", "b"])
    assert [(answer.status_code, answer.json()["title"], answer.json()["field"]) for answer in answers] == [
        (409, "part_unit_differs", "parts[1]"),
        (409, "part_period_differs", "parts[0]"),
        (409, "part_unit_differs", "unit"),
        (409, "part_period_differs", "period"),
    ]
    assert [answer.status_code for answer in freed] == [200, 200]


async def test_no_part_has_the_whole_among_its_own_parts(office: Office) -> None:
    await office.put("/declarations/a", BODY)
    await office.put("/declarations/b", BODY | {"parts": ["a"]})
    await office.put("/declarations/c", BODY | {"parts": ["b"]})

    answers = [await office.put("/declarations/a", BODY | {"parts": [part]}) for part in ("a", "b", "c")]

    assert [(answer.status_code, answer.json()["title"], answer.json()["field"]) for answer in answers] == [
        (409, "cycle", "parts[0]")
    ] * 3


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"period": {"starts_on": "2018-09-01"}}, "body.period.ends_on"),
        ({"period": {"starts_on": "2018-09-01", "ends_on": None}}, "body.period.ends_on"),
        ({"period": {"starts_on": "2018-09-01", "ends_on": "2018-09-01"}}, "body.period"),
        ({"value": {"number": 77_123, "numerator": 1, "denominator": 2}}, "body.value"),
        ({"value": {"numerator": 77_123}}, "body.value"),
        ({"value": {"numerator": 77_123, "denominator": 2}}, "body.value"),
        ({"value": {"number": -77_123}}, "body.value.number"),
        ({"value": {"number": 1, "percent": 77_123}}, "body.value"),
        ({"unit": "unknown"}, "body.unit"),
        ({"indicator": "Boursiers 77123"}, "body.indicator"),
        ({"programme": None, "organisation": None}, "body"),
        ({"parts": ["a", "a"]}, "body.parts"),
        ({"earlier": []}, "body"),
        ({"version": 1}, "body"),
    ],
)
async def test_a_declaration_out_of_shape_is_refused_by_its_field_and_not_repeated(
    office: Office, changes: dict[str, Any], field: str
) -> None:
    answer = await office.put(PATH, BODY | changes)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, field)
    assert "77123" not in answer.text


async def test_declarations_are_paged_and_an_unknown_one_is_not_found(office: Office) -> None:
    for name in ("c", "a", "b"):
        await office.put(f"/declarations/{name}", BODY)

    first = (await office.get("/declarations?limit=2")).json()
    second = (await office.get(f"/declarations?limit=2&after={first['next']}")).json()

    assert [fact["declaration"] for fact in first["items"]] == ["a", "b"]
    assert ([fact["declaration"] for fact in second["items"]], second["next"]) == (["c"], None)
    assert (await office.get("/declarations/none")).status_code == 404


async def test_operators_declare_everything_and_coordinators_for_their_programmes(office: Office, token: Token) -> None:
    await office.put("/programmes/albi", {"name": "Osez l'excellence"})
    ales, every = token("coordinator", programmes=["ales"]), token("coordinator", programmes=["*"])
    of_school = BODY | {"programme": None}

    answers = [
        await office.put("/declarations/a", BODY, ales),
        await office.put("/declarations/b", BODY | {"organisation": None}, ales),
        await office.put("/declarations/c", BODY | {"programme": "albi"}, ales),
        await office.put("/declarations/c", of_school, ales),
        await office.put("/declarations/c", of_school, every),
        await office.put("/declarations/c", of_school),
        await office.put("/declarations/c", BODY, ales),
        await office.put("/declarations/a", of_school, ales),
    ]

    assert [answer.status_code for answer in answers] == [201, 201, 403, 403, 403, 201, 403, 403]
    for role in ("partner", "reader"):
        assert (await office.put("/declarations/d", BODY, token(role, programmes=["*"]))).status_code == 403
        assert (await office.get("/declarations/a", token(role))).status_code == 200
