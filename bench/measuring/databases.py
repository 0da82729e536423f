"""Databases that live for one measurement: of reporting, migrated, or empty."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg

from chassis import migrations
from chassis.settings import Settings
from deploy.local.issuer import ISSUER
from deploy.local.world import World
from services.reporting.app import SERVICE

_ROLE = "reporting"


@dataclass(frozen=True)
class Database:
    """One database: its name, its address for SQLAlchemy, and how large it was when nothing stood in it."""

    name: str
    url: str
    empty_bytes: int


class Databases:
    """Makes and removes databases on the server of a platform."""

    def __init__(self, world: World) -> None:
        self._world = world

    async def migrate(self) -> None:
        """Bring reporting's own database to the newest revision; the others are copies of it."""
        url = self._world.postgres.url(_ROLE)
        # In a thread: Alembic's environment runs a loop of its own.
        await asyncio.to_thread(migrations.upgrade, SERVICE.migrations, self.settings(url))

    def settings(self, url: str) -> Settings:
        """Of the reporting service on a database."""
        return Settings.model_validate(self.environment(url))

    def environment(self, url: str) -> dict[str, str]:
        """The same by the names of the settings."""
        world = self._world
        return {
            "profile": "local",
            "database_url": url,
            "kafka_bootstrap": world.kafka.bootstrap,
            "jwks_file": str(world.secrets.jwks_file),
            "token_issuer": ISSUER,
            "record_keys": str(world.secrets.record_keys),
            "partners_file": str(no_partners(world.data)),
        }

    @asynccontextmanager
    async def fresh(self, name: str, *, migrated: bool) -> AsyncIterator[Database]:
        """A database for as long as the context lasts. Dirty pages of whoever was before are written first."""
        template = f" TEMPLATE {_ROLE} STRATEGY file_copy" if migrated else ""
        await self._admin(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        await self._admin(f"CREATE DATABASE {name} OWNER {_ROLE}{template}")
        await self._admin("CHECKPOINT")
        try:
            yield Database(name, self._world.postgres.url(_ROLE, name), await self.size(name))
        finally:
            await self._admin(f"DROP DATABASE {name} WITH (FORCE)")

    async def size(self, name: str = _ROLE) -> int:
        """Bytes on disk: tables, indexes and catalogue."""
        return int(await self._admin(f"SELECT pg_database_size('{name}')"))

    async def _admin(self, statement: str) -> Any:
        connection = await asyncpg.connect(self._world.postgres.dsn("postgres"))
        try:
            return await connection.fetchval(statement)
        finally:
            await connection.close()


def no_partners(data: Path) -> Path:
    """A folder of partners in which there is none: nobody writes to our topics but the year."""
    folder = data / "bench" / "partners"
    folder.mkdir(parents=True, exist_ok=True)
    return folder
