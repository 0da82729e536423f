"""What our service answers over HTTP, beside what the year is known to amount to."""

from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx2

from bench.year.calendar import PERIOD
from chassis.api import create_app
from chassis.logs import configure_logs
from chassis.service import build_context
from chassis.settings import Settings
from deploy.local.issuer import issue_token
from deploy.local.secrets import Secrets
from services.reporting.app import SERVICE

NATIONAL = ""
Figures = Mapping[str, Mapping[str, int]]
"""By programme, and under `NATIONAL` of the country, by the names of the truth file."""

_MINUTES = 60
_TIMEOUT = 600.0
CODES = ("I14", "I13", "I11", "I12", "I08")
ANSWERED = frozenset(
    {
        "I14",
        "cancelled",
        "I13_minutes",
        "I11_minutes",
        "I11_headcount_minutes",
        "pupils_present",
        "I12_minutes",
        "I08",
    }
)
"""The truth file's counts that our service answers."""


class NoAnswer(Exception):
    """The service could not say a figure: most often PostgreSQL's time limit for a statement."""


def headers_of(secrets: Secrets) -> dict[str, str]:
    """Somebody who may read every exact figure."""
    return {"Authorization": f"Bearer {issue_token(secrets, ['reader'], programmes=['*'], audience='interne')}"}


@asynccontextmanager
async def client_of(settings: Settings, secrets: Secrets) -> AsyncIterator[httpx2.AsyncClient]:
    """The service's real application on a database, without a port and without its projections running."""
    # A fault is in the answer; the statement that made it is long.
    configure_logs("reporting", "CRITICAL")
    context, _ = build_context(SERVICE, settings)
    transport = httpx2.ASGITransport(app=create_app(SERVICE, context, {}), raise_app_exceptions=False)
    try:
        async with httpx2.AsyncClient(
            transport=transport, base_url="http://bench", headers=headers_of(secrets), timeout=_TIMEOUT
        ) as client:
            yield client
    finally:
        await context.engine.dispose()


async def read_figures(client: httpx2.AsyncClient) -> Figures:
    """Of the whole and by programme. Raises `NoAnswer`."""
    found: dict[str, dict[str, int]] = {}
    for code in CODES:
        answer = await client.get(f"/indicators/{code}", params={"period": PERIOD, "by": "programme"})
        if answer.is_error:
            raise NoAnswer(f"{code}: HTTP {answer.status_code}")
        said = answer.json()
        for one in (said, *said["cells"]):
            found.setdefault(one.get("cell", NATIONAL), {}).update(_named(code, one))
    return found


async def wrong_answers(client: httpx2.AsyncClient, truth: Mapping[str, Any]) -> list[str]:
    """What our service says wrongly, or not at all."""
    try:
        return differences(await read_figures(client), truth, ANSWERED)
    except NoAnswer as refusal:
        return [f"no answer, {refusal}"]


def _named(code: str, one: Mapping[str, Any]) -> dict[str, int]:
    """What the answer says of the truth file's counts."""
    details = one["details"]
    match code:
        case "I14":
            return {"I14": one["value"], "cancelled": details["cancelled"]}
        case "I11":
            headcounts = round(details["headcount_hours"] * _MINUTES)
            return {
                "I11_minutes": details["minutes"],
                "I11_headcount_minutes": headcounts,
                "pupils_present": details["persons"],
            }
        case "I08":
            return {"I08": one["value"]}
        case _:
            return {f"{code}_minutes": details["minutes"]}


def differences(found: Figures, truth: Mapping[str, Any], names: Collection[str]) -> list[str]:
    """Every number of these names that is not the expected one; one that is not said of the country is wrong.

    A programme of which nothing is said has nothing.
    """
    expected: Figures = {NATIONAL: truth["national"], **truth["programmes"]}
    return [*_unknown(found, expected), *_wrong(found, expected, names)]


def _unknown(found: Figures, expected: Figures) -> Iterator[str]:
    for scope in found.keys() - expected.keys():
        yield f"{scope}: not in the year"


def _wrong(found: Figures, expected: Figures, names: Collection[str]) -> Iterator[str]:
    for scope, numbers in expected.items():
        for name in sorted(names):
            said = found.get(scope, {}).get(name, "nothing" if scope == NATIONAL else 0)
            if said != numbers[name]:
                yield f"{scope or 'national'} {name}: {said}, not {numbers[name]}"
