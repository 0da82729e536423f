"""What a caller reads of an error: a code, a field, a rule; never what was sent, never the text of a fault."""

import asyncio
import socket

import asyncpg
import pytest
import uvicorn
from fastapi import FastAPI
from httpx2 import ASGITransport, AsyncClient
from pydantic import BaseModel, Field
from sqlalchemy.exc import DBAPIError

from chassis.database import create_engine
from chassis.errors import DomainError, field_path, install_errors, is_passing
from deploy.local.postgres import Postgres
from tests.conftest import MakeSettings

PERSONAL = "Amina Benali"


class TooManyPupils(DomainError):
    """The session has no place left."""

    field = "presences"


class Wish(BaseModel):
    minutes: int = Field(ge=0)


def application() -> FastAPI:
    app = FastAPI()
    install_errors(app, {TooManyPupils: 409})

    @app.post("/wish")
    async def wish(body: Wish) -> int:
        return body.minutes

    @app.get("/refused")
    async def refused() -> None:
        raise TooManyPupils

    @app.get("/fault")
    async def fault() -> None:
        raise RuntimeError(PERSONAL)

    @app.get("/away")
    async def away() -> None:
        raise ConnectionRefusedError(PERSONAL)

    return app


@pytest.fixture
def http() -> AsyncClient:
    return AsyncClient(transport=ASGITransport(app=application(), raise_app_exceptions=False), base_url="http://test")


async def test_a_refusal_is_a_problem_with_its_code_and_field(http: AsyncClient) -> None:
    answer = await http.get("/refused")

    assert answer.status_code == 409
    assert answer.headers["content-type"] == "application/problem+json"
    assert (answer.json()["title"], answer.json()["field"]) == ("too_many_pupils", "presences")
    assert answer.json()["detail"] == "The session has no place left."


@pytest.mark.parametrize("body", [{"minutes": PERSONAL}, {"minutes": -1, "Amina": 1}, {}, PERSONAL, [PERSONAL]])
async def test_a_422_names_field_and_rule_and_echoes_nothing(http: AsyncClient, body: object) -> None:
    answer = await http.post("/wish", json=body)

    assert answer.status_code == 422
    assert answer.json()["errors"][0]["rule"]
    assert "Amina" not in answer.text


async def test_a_fault_says_nothing_of_itself(http: AsyncClient) -> None:
    answer = await http.get("/fault")

    assert (answer.status_code, answer.json()["title"]) == (500, "fault")
    assert "Amina" not in answer.text


async def test_a_dependency_that_is_away_asks_to_come_back(http: AsyncClient) -> None:
    answer = await http.get("/away")

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert "Amina" not in answer.text


async def test_a_connection_that_the_server_ends_is_passing(postgres: Postgres, make_settings: MakeSettings) -> None:
    admin = await asyncpg.connect(postgres.dsn("postgres"))
    engine = create_engine(make_settings("sessions", postgres.url("sessions")))
    async with engine.connect() as connection:
        pid = (await connection.exec_driver_sql("SELECT pg_backend_pid()")).scalar_one()
        await admin.execute("SELECT pg_terminate_backend($1)", pid)
        with pytest.raises(DBAPIError) as caught:
            await connection.exec_driver_sql("SELECT 1")
        await connection.invalidate()
    await admin.close()
    await engine.dispose()

    assert is_passing(caught.value)


async def test_a_statement_that_takes_too_long_says_so(postgres: Postgres, make_settings: MakeSettings) -> None:
    settings = make_settings("sessions", postgres.url("sessions")).model_copy(update={"statement_seconds": 1})
    app, engine = application(), create_engine(settings)

    @app.get("/long")
    async def compute() -> None:
        async with engine.connect() as connection:
            await connection.exec_driver_sql("SELECT pg_sleep(60)")

    async with AsyncClient(transport=ASGITransport(app, raise_app_exceptions=False), base_url="http://test") as http:
        answer = await http.get("/long")
    await engine.dispose()

    assert (answer.status_code, answer.json()["title"]) == (503, "too_long")
    assert "retry-after" not in answer.headers


async def test_a_connection_that_ends_after_a_fault_is_said_to_end() -> None:
    """Whoever asks again on it meets a reset instead of an answer, so he has to know."""
    server = uvicorn.Server(uvicorn.Config(application(), log_config=None, lifespan="off"))
    with socket.create_server(("127.0.0.1", 0)) as listening:
        serving = asyncio.create_task(server.serve([listening]))
        # It listens already: whoever comes before it has started waits.
        reader, writer = await asyncio.open_connection(*listening.getsockname())
        writer.write(b"GET /fault HTTP/1.1\r\nHost: here\r\n\r\n")
        answer = await asyncio.wait_for(reader.read(), 10)
        writer.close()
        server.should_exit = True
        await serving

    assert answer.startswith(b"HTTP/1.1 500 ")
    assert b"\r\nconnection: close\r\n" in answer.lower()


def test_a_path_repeats_only_names_that_could_be_ours() -> None:
    assert field_path(("presences", 3, "minutes")) == "presences[3].minutes"
    assert field_path(("presences", 0, "Benali, Amina")) == "presences[0].?"
