"""What every service answers besides its own routes: documentation without a CDN, health, correlation, counts."""

import re
from collections.abc import AsyncIterator

import pytest

from tests.conftest import MakeDatabase, Run, Token

SERVICES = ("inscriptions", "sessions", "reporting")


@pytest.mark.parametrize("name", SERVICES)
async def test_the_documentation_page_needs_nothing_from_elsewhere(
    name: str, make_database: MakeDatabase, run_service: Run
) -> None:
    running = await run_service(name, await make_database(name))

    page = (await running.http.get("/docs")).text
    assets = re.findall(r'(?:src|href)="([^"]+)"', page)

    assert assets
    assert all(asset.startswith("/docs/static/") for asset in assets)
    assert [(await running.http.get(asset)).status_code for asset in assets] == [200] * len(assets)
    assert (await running.http.get("/openapi.json")).json()["paths"]


async def test_an_answer_carries_the_correlation_id_of_its_request(sessions_database: str, run_service: Run) -> None:
    running = await run_service("sessions", sessions_database)

    given = await running.http.get("/livez", headers={"X-Correlation-ID": "abc-1"})
    unfit = await running.http.get("/livez", headers={"X-Correlation-ID": "a b; c"})

    assert given.headers["X-Correlation-ID"] == "abc-1"
    assert unfit.headers["X-Correlation-ID"] not in ("", "a b; c")


async def test_counts_are_for_operators(sessions_database: str, run_service: Run, token: Token) -> None:
    running = await run_service("sessions", sessions_database)

    statuses = [
        (await running.http.get("/inbound", headers=headers)).status_code
        for headers in ({}, token("reader", audience="interne"), token("operator"))
    ]

    assert statuses == [401, 403, 200]


@pytest.mark.parametrize(
    "bearer", ["", "x", "a.b.c", "eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4Iiwicm9sZXMiOlsib3BlcmF0b3IiXX0."]
)
async def test_a_token_that_nobody_signed_opens_nothing(sessions_database: str, run_service: Run, bearer: str) -> None:
    running = await run_service("sessions", sessions_database)

    answer = await running.http.get("/inbound", headers={"Authorization": f"Bearer {bearer}"})

    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == "Bearer"


async def test_readiness_names_what_is_wrong(sessions_database: str, run_service: Run) -> None:
    running = await run_service("sessions", sessions_database)

    async def well() -> None:
        return None

    async def broken() -> str:
        return "the disk is full"

    running.app.state.checks = {"one": well}
    ready = await running.http.get("/readyz")
    running.app.state.checks = {"one": well, "two": broken}
    not_ready = await running.http.get("/readyz")

    assert (ready.status_code, not_ready.status_code) == (200, 503)
    assert not_ready.json()["checks"] == {"one": "ok", "two": "the disk is full"}


async def test_a_body_is_bounded_before_it_is_read(sessions_database: str, run_service: Run, token: Token) -> None:
    running = await run_service("sessions", sessions_database)
    headers = token("operator")
    path = "/sessions/6f9619ff-8b86-4d01-b42d-00cf4fc964ff"

    async def chunks() -> AsyncIterator[bytes]:
        yield b"{}"

    announced = await running.http.put(path, content=b" " * 4_000_001, headers=headers)
    unannounced = await running.http.put(path, content=chunks(), headers=headers)

    assert (announced.status_code, announced.json()["title"]) == (413, "body_too_large")
    assert unannounced.status_code == 411
