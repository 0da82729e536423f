"""Where `cordees projections` works, reporting's database and the broker, and what their errors are to the caller."""

import json
import logging
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncEngine


INTEGER, LONG = 2**31 - 1, 2**63 - 1
"""The most of a version's or a partition's number, and of an offset."""
Json = Annotated[bool, typer.Option("--json", help="Le résultat en JSON.")]
OneVersion = Annotated[int | None, typer.Option("--projection", min=1, max=INTEGER, help="Une version seule.")]
Number = Annotated[int, typer.Argument(min=1, max=INTEGER, help="Numéro de la version ; status les liste.")]


@dataclass(frozen=True)
class Place:
    """Reporting's database and the broker."""

    engine: "AsyncEngine"
    bootstrap: str


def run_at(work: Callable[[Place], Awaitable[int]], data: Path | None) -> None:
    """Do it there and leave with its exit code: 3 for what is refused, 1 for what failed."""
    from deploy.local import lifetime

    raise typer.Exit(lifetime.run(_at_place(work, data)))


async def _at_place(work: Callable[[Place], Awaitable[int]], data: Path | None) -> int:
    from deploy.cli.projections_errors import explain, is_told_elsewhere
    from deploy.local.lifetime import FAILED, REFUSED
    from services.reporting.engine.versions import Refused
    from services.reporting.storage import NoLiveVersion

    try:
        async with _place(data) as place:
            return await work(place)
    except (Refused, NoLiveVersion) as refusal:
        typer.echo(refusal, err=True)
        return REFUSED
    except Exception as error:
        if is_told_elsewhere(error):
            raise
        typer.echo(explain(error, data), err=True)
    return FAILED


@asynccontextmanager
async def _place(data: Path | None) -> AsyncIterator[Place]:
    from chassis.database import create_engine
    from chassis.logs import configure_logs

    settings = _settings(data)
    configure_logs("reporting", "WARNING")
    for handler in logging.getLogger().handlers:
        # stdout is the command's own.
        if isinstance(handler, logging.StreamHandler):
            handler.setStream(sys.stderr)
    engine = create_engine(settings)
    try:
        yield Place(engine, settings.kafka_bootstrap)
    finally:
        await engine.dispose()


def _settings(data: Path | None) -> Any:
    """Those of the service where they are given (`CORDEES_…`, as in its container), else the local platform's."""
    from chassis.settings import Settings

    if data is None and {"CORDEES_DATABASE_URL", "CORDEES_SECRETS_DIR"} & os.environ.keys():
        return Settings()
    return Settings.model_validate(_local(data))


def _local(data: Path | None) -> Mapping[str, object]:
    from deploy.local.folders import default_data
    from deploy.local.issuer import ISSUER
    from deploy.local.postgres import Postgres
    from deploy.local.secrets import Secrets
    from deploy.reporting.place import NoPlatform

    folder = data or default_data()
    ports, secrets = folder / "ports.json", Secrets(folder / "secrets")
    if not ports.exists() or not secrets.jwks_file.exists():
        raise NoPlatform(f"Aucune plateforme locale dans {folder} : lancez d'abord « cordees run ».")
    known = json.loads(ports.read_text())
    return {
        "profile": "local",
        "database_url": Postgres(folder, secrets, known["postgres"]).url("reporting"),
        "kafka_bootstrap": f"127.0.0.1:{known['kafka']}",
        "jwks_file": secrets.jwks_file,
        "token_issuer": ISSUER,
        "record_keys": secrets.record_keys,
        "partners_file": folder,
    }


def print_rows(rows: Sequence[Mapping[str, Any]], *, as_json: bool) -> None:
    """A table, or JSON."""
    if as_json:
        typer.echo(json.dumps(rows, ensure_ascii=False))
        return
    if not rows:
        typer.echo("Rien.")
        return
    from rich.console import Console
    from rich.table import Table

    table = Table(*rows[0], box=None)
    for row in rows:
        table.add_row(*("" if value is None else str(value) for value in row.values()))
    Console(width=None if sys.stdout.isatty() else 200).print(table)
