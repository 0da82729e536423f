"""GET /programmes/{id}: what the registry says of a programme."""

from datetime import date
from typing import Any

from contracts.registry import Label, ProgrammeOpened
from tests.conftest import Token
from tests.services.reporting.facts import organisation, programme, run_by
from tests.services.reporting.test_api import Reader, reader

__all__ = ["reader"]

CORDEE = "cordee-de-la-reussite"


def _albi(version: int = 1, **said: Any) -> ProgrammeOpened:
    return ProgrammeOpened(programme="albi", version=version, name="Osez l'excellence", **said)


async def test_a_programme_tells_since_when_under_which_label_run_by_whom_and_what_is_inside(reader: Reader) -> None:
    label = Label(label=CORDEE, starts_on=date(2009, 1, 1))
    organisers = (run_by("imt-mines-albi"), run_by("isis", date(2020, 9, 1), date(2022, 9, 1)))
    await reader.reporting.receive(organisation("isis"))
    await reader.reporting.receive(_albi(opened_on=date(2006, 9, 1), labels=(label,), organisers=organisers))
    await reader.reporting.receive(programme("albi-parrainage", parent="albi"))

    body = await reader.get("/programmes/albi")

    assert body == {
        "programme": "albi",
        "name": "Osez l'excellence",
        "parent": None,
        "opened_on": "2006-09-01",
        "labels": [{"label": CORDEE, "starts_on": "2009-01-01", "ends_on": None}],
        "organisers": [
            {"organisation": "imt-mines-albi", "name": None, "starts_on": "2000-01-01", "ends_on": None},
            {"organisation": "isis", "name": "isis", "starts_on": "2020-09-01", "ends_on": "2022-09-01"},
        ],
        "programmes": [{"programme": "albi-parrainage", "name": "albi-parrainage", "opened_on": None}],
    }


async def test_a_newer_version_replaces_the_labels(reader: Reader) -> None:
    await reader.reporting.receive(_albi(labels=(Label(label=CORDEE, starts_on=date(2009, 1, 1)),)))
    await reader.reporting.receive(_albi(version=2))

    assert (await reader.get("/programmes/albi"))["labels"] == []


async def test_a_programme_is_read_with_a_token_that_names_it(reader: Reader, token: Token) -> None:
    await reader.reporting.receive(_albi())
    narrow = reader.as_(token("reader", audience="public", programmes=["ales"]))

    await narrow.get("/programmes/ales")
    await narrow.get("/programmes/albi", 403)
    await reader.as_({}).get("/programmes/ales", 401)
    assert (await reader.get("/programmes/nowhere", 404))["field"] == "programme"
