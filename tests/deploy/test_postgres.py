"""The embedded PostgreSQL: starts, goes on, keeps roles apart."""

from pathlib import Path

import asyncpg
import pytest

from deploy.local.postgres import Postgres
from deploy.local.secrets import Secrets


async def _ask(dsn: str, query: str) -> object:
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval(query)
    finally:
        await connection.close()


async def test_a_second_start_finds_what_the_first_one_stored(data: Path) -> None:
    secrets = Secrets.open(data)
    async with Postgres.start(data, secrets) as postgres:
        await _ask(postgres.dsn("sessions"), "CREATE TABLE kept AS SELECT 42 AS answer")

    async with Postgres.start(data, secrets) as postgres:
        answer = await _ask(postgres.dsn("sessions"), "SELECT answer FROM kept")

    assert answer == 42


async def test_a_role_reads_its_own_database_and_no_other(server: Postgres) -> None:
    own = await _ask(server.dsn("sessions"), "SELECT current_database()")
    for other in ("inscriptions", "reporting", "postgres", "template1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await _ask(server.dsn("sessions", other), "SELECT 1")

    assert own == "sessions"


async def test_a_wrong_password_is_refused(server: Postgres) -> None:
    wrong = server.dsn("sessions").replace("sessions:", "sessions:not-", 1)

    with pytest.raises(asyncpg.InvalidPasswordError):
        await _ask(wrong, "SELECT 1")


async def test_identifiers_can_stand_in_temporal_keys(server: Postgres) -> None:
    table = "CREATE TABLE t (id uuid, valid daterange, PRIMARY KEY (id, valid WITHOUT OVERLAPS))"

    await _ask(server.dsn("inscriptions"), table)

    assert str(await _ask(server.dsn("inscriptions"), "SHOW server_version_num")).startswith("18")


async def test_a_killed_server_comes_back_on_its_port_with_what_was_committed(data: Path) -> None:
    async with Postgres.start(data, Secrets.open(data)) as postgres:
        await _ask(postgres.dsn("reporting"), "CREATE TABLE kept AS SELECT 42 AS answer")
        port = postgres.port
        postgres.kill()
        await postgres.launch()
        answer = await _ask(postgres.dsn("reporting"), "SELECT answer FROM kept")

    assert (answer, postgres.port) == (42, port)
