"""Many entries of the registry in one request: all or none, each as its own PUT would be."""

from typing import Any

import pytest

from tests.conftest import Run, Token

CODES = ("0359901X", "0359902Y")


def establishment(code: str, **more: Any) -> dict[str, Any]:
    return {"kind": "establishment", "id": code, "body": {"name": "Lycée", "nature": "lycee_gt", **more}}


def programme(name: str, **more: Any) -> dict[str, Any]:
    return {"kind": "programme", "id": name, "body": {"name": "Cordée", **more}}


SCHOOL = {"kind": "organisation", "id": "ecole", "body": {"name": "École", "nature": "ecole"}}
CONVENTION = {
    "kind": "convention",
    "id": "cordee-lycee",
    "body": {"programme": "cordee", "establishment": CODES[0], "valid": {"starts_on": "2022-09-01"}},
}


@pytest.fixture
def operator(token: Token) -> dict[str, str]:
    return token("operator", programmes=["*"])


async def test_entries_find_those_before_them_and_the_same_again_changes_nothing(
    run_service: Run, inscriptions_database: str, operator: dict[str, str]
) -> None:
    service = await run_service("inscriptions", inscriptions_database)
    organiser = {"organisation": "ecole", "starts_on": "2022-09-01"}
    entries = [SCHOOL, *map(establishment, CODES), programme("cordee", organisers=[organiser]), CONVENTION]

    first = await service.http.put("/registry", json={"entries": entries}, headers=operator)
    again = await service.http.put(
        "/registry", json={"entries": [*entries[:-1], establishment(CODES[0], commune="Rennes")]}, headers=operator
    )
    read = await service.http.get(f"/establishments/{CODES[0]}", headers=operator)

    assert first.json() == {"created": 5, "changed": 0, "unchanged": 0}
    assert again.json() == {"created": 0, "changed": 1, "unchanged": 4}
    assert (read.json()["version"], read.json()["commune"]) == (2, "Rennes")


@pytest.mark.parametrize(
    ("wrong", "status", "field"),
    [
        (establishment(CODES[1], departement="75"), 422, "entries[1].body.departement"),
        (programme("cordee", parent="nowhere"), 409, "entries[1].body.parent"),
    ],
)
async def test_one_refusal_names_its_entry_and_nothing_is_entered(  # noqa: PLR0913, PLR0917 - what is wrong, and how
    run_service: Run, inscriptions_database: str, operator: dict[str, str], wrong: Any, status: int, field: str
) -> None:
    service = await run_service("inscriptions", inscriptions_database)

    answer = await service.http.put("/registry", json={"entries": [SCHOOL, wrong]}, headers=operator)

    assert (answer.status_code, answer.json()["field"]) == (status, field)
    assert (await service.http.get("/organisations/ecole", headers=operator)).status_code == 404


async def test_a_body_that_breaks_its_schema_is_named_by_position(
    run_service: Run, inscriptions_database: str, operator: dict[str, str]
) -> None:
    service = await run_service("inscriptions", inscriptions_database)

    answer = await service.http.put(
        "/registry", json={"entries": [SCHOOL, establishment("0359901A")]}, headers=operator
    )

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"].startswith("body.entries[1]")
    assert "0359901A" not in answer.text


async def test_a_kind_that_is_none_is_not_repeated(
    run_service: Run, inscriptions_database: str, operator: dict[str, str]
) -> None:
    service = await run_service("inscriptions", inscriptions_database)

    answer = await service.http.put("/registry", json={"entries": [SCHOOL | {"kind": "Amina B."}]}, headers=operator)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == "body.entries[0]"
    assert "'establishment'" in answer.json()["errors"][0]["message"]
    assert "Amina" not in answer.text


async def test_a_coordinator_enters_what_concerns_its_programmes_alone(
    run_service: Run, inscriptions_database: str, token: Token
) -> None:
    service = await run_service("inscriptions", inscriptions_database)
    coordinator = token("coordinator", programmes=["cordee"])

    own = await service.http.put("/registry", json={"entries": [SCHOOL, programme("cordee")]}, headers=coordinator)
    other = await service.http.put("/registry", json={"entries": [SCHOOL, programme("other")]}, headers=coordinator)
    reader = await service.http.put("/registry", json={"entries": [SCHOOL]}, headers=token("reader"))

    assert (own.status_code, other.status_code, reader.status_code) == (200, 403, 403)
