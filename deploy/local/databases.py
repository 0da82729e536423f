"""One database and one login role per service, and none that can look into another's."""

from typing import TYPE_CHECKING

import asyncpg

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from deploy.local.secrets import Secrets


async def make_databases(dsn: "Callable[[str], str]", names: "Iterable[str]", secrets: "Secrets") -> None:
    """Make what is missing. Every step can be repeated, so a start that was interrupted goes on.

    `dsn` gives the superuser's address of a database.
    """
    template = await asyncpg.connect(dsn("template1"))
    try:
        # Every database is cloned from this one. Temporal keys on identifiers need it, and only a superuser may.
        await template.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    finally:
        await template.close()
    connection = await asyncpg.connect(dsn("postgres"))
    try:
        await connection.execute("REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC")
        for name in names:
            await _make_database(connection, name, secrets.password(name))
    finally:
        await connection.close()


async def _make_database(connection: "asyncpg.Connection", name: str, password: str) -> None:
    # Utility statements take no parameters. Names are constants, and the password's alphabet has no quote.
    role_exists = await connection.fetchval("SELECT true FROM pg_roles WHERE rolname = $1", name)
    verb = "ALTER" if role_exists else "CREATE"
    await connection.execute(f"{verb} ROLE {name} LOGIN PASSWORD '{password}'")
    if not await connection.fetchval("SELECT true FROM pg_database WHERE datname = $1", name):
        await connection.execute(f"CREATE DATABASE {name} OWNER {name}")
    await connection.execute(f"REVOKE ALL ON DATABASE {name} FROM PUBLIC")
