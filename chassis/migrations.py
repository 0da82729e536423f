"""Alembic for every service, forward only. `run()` is all that a service's `env.py` calls."""

import asyncio
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from alembic import command, context
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from chassis.settings import Settings

# Two replicas that start at once migrate one after the other.
_LOCK = 0x6D696772


def config_of(migrations: Path, url: str = "") -> Config:
    """Alembic's configuration without a file."""
    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.attributes["url"] = url
    return config


def upgrade(migrations: Path, settings: Settings) -> None:
    """Bring the database to the newest revision."""
    command.upgrade(config_of(migrations, settings.database_url.get_secret_value()), "head")


def head(migrations: Path) -> str | None:
    """The newest revision that this code knows."""
    return ScriptDirectory.from_config(config_of(migrations)).get_current_head()


async def current(connection: AsyncConnection) -> str | None:
    """The revision of the database; None before the first migration."""
    exists = await connection.scalar(sa.text("SELECT to_regclass('alembic_version')"))
    if exists is None:
        return None
    revision: str | None = await connection.scalar(sa.text("SELECT version_num FROM alembic_version"))
    return revision


def run() -> None:
    """Called by `env.py`."""
    if context.is_offline_mode():
        context.configure(dialect_name="postgresql", literal_binds=True)
        with context.begin_transaction():
            _bounded(context.execute)
            context.run_migrations()
        return
    asyncio.run(_run())


def print_sql(migrations: Path) -> None:
    """Print the statements of all revisions on stdout, for whoever reviews or lints them."""
    command.upgrade(config_of(migrations), "head", sql=True)


async def _run() -> None:
    engine = create_async_engine(context.config.attributes["url"], poolclass=NullPool)
    async with engine.begin() as connection:
        await connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        await connection.run_sync(_migrate)
    await engine.dispose()


def _migrate(connection: sa.Connection) -> None:
    context.configure(connection=connection, transaction_per_migration=False)
    with context.begin_transaction():
        _bounded(context.execute)
        context.run_migrations()


def _bounded(execute: Callable[[str], None]) -> None:
    """A migration that waits for a lock makes everybody behind it wait too: it gives up instead."""
    execute("SET LOCAL lock_timeout = '10s'")
    execute("SET LOCAL statement_timeout = '30min'")


def create_tables_v1(op: Any) -> None:
    """The chassis' tables as of their first version. Frozen: a change is a new function and a new revision."""
    for statement in TABLES_V1:
        op.execute(statement)


TABLES_V1 = (
    """CREATE TABLE outbox (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        topic text NOT NULL,
        key bytea NOT NULL,
        value bytea NOT NULL,
        headers text[] NOT NULL,
        subject text,
        version integer,
        created_at timestamptz NOT NULL DEFAULT now(),
        CONSTRAINT outbox_one_event_per_version UNIQUE (subject, version)
    )""",
    """CREATE FUNCTION tell_relay() RETURNS trigger LANGUAGE plpgsql AS
       $$ BEGIN PERFORM pg_notify('cordees_outbox', ''); RETURN NULL; END $$""",
    "CREATE TRIGGER outbox_written AFTER INSERT ON outbox FOR EACH STATEMENT EXECUTE FUNCTION tell_relay()",
    """CREATE TABLE relay_owner (
        shard integer PRIMARY KEY,
        epoch bigint NOT NULL DEFAULT 0,
        alive_at timestamptz NOT NULL DEFAULT '-infinity'
    )""",
    """CREATE TABLE inbox_seen (
        source text,
        event_id text,
        digest bytea NOT NULL,
        seen_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (source, event_id)
    )""",
    "CREATE INDEX inbox_seen_by_age ON inbox_seen (seen_at)",
    """CREATE TABLE inbox_position (
        topic text,
        partition integer,
        next_offset bigint NOT NULL,
        PRIMARY KEY (topic, partition)
    )""",
    """CREATE TABLE inbox_count (
        topic text,
        partition integer,
        outcome text,
        records bigint NOT NULL,
        PRIMARY KEY (topic, partition, outcome)
    )""",
    """CREATE TABLE held (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        topic text NOT NULL,
        partition integer NOT NULL,
        "offset" bigint NOT NULL,
        waits_for text NOT NULL,
        source text NOT NULL,
        event_id text NOT NULL,
        type text NOT NULL,
        data bytea NOT NULL,
        correlation text NOT NULL,
        since timestamptz NOT NULL,
        CONSTRAINT held_once UNIQUE (topic, partition, "offset")
    )""",
    "CREATE INDEX held_by_subject ON held (waits_for)",
)


if __name__ == "__main__":
    print_sql(Path(sys.argv[1]))
