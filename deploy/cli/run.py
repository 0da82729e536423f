"""`cordees run`: keeps a world on this machine and says where it is."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from deploy.cli.options import DEFAULT_PARTNERS, Data, Partners, need_partners
from deploy.cli.readiness import Readiness
from deploy.cli.steps import show_steps

if TYPE_CHECKING:
    from deploy.local.world import World


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("run")(run_world)


def run_world(data: Data = None, partners: Partners = DEFAULT_PARTNERS) -> None:
    """Démarre toute la plateforme sur cette machine et affiche ses adresses, jusqu'à Ctrl-C.

    PostgreSQL, Kafka et les trois services tournent en processus fils, sur des ports libres de cette machine.
    Un nouveau démarrage sur le même dossier reprend les données. Un service qui répond sans être prêt est annoncé, et
    le reste continue : des messages illisibles ou des tables d'une autre version se réparent pendant ce temps.
    """
    from deploy.local import folders, lifetime

    ready: list[bool] = []
    code = lifetime.run(_keep(data or folders.default_data(), need_partners(partners), ready))
    # Once everything is ready, being interrupted is how this command ends.
    raise typer.Exit(lifetime.OK if ready and code == lifetime.INTERRUPTED else code)


async def _keep(data: Path, partners: Path, ready: list[bool]) -> int:
    from deploy.local.world import World

    readiness = Readiness(data, lambda line: typer.echo(line, err=True))
    with show_steps() as steps:
        async with World.start(data, partners, steps=steps, unready=readiness.tell) as world, world.guard():
            seconds = f"{steps.elapsed:.1f}".replace(".", ",")
            but = f", sauf {' et '.join(readiness.missing)}," if readiness.missing else ""
            typer.echo(_addresses(world))
            typer.echo(f"\nPrêt{but} en {seconds} s. Ctrl-C pour arrêter.", err=True)
            ready.append(True)
            await readiness.watch(world.services)
    return 0


def _addresses(world: "World") -> str:
    rows = [("Kafka", world.kafka.bootstrap), ("PostgreSQL", f"127.0.0.1:{world.postgres.port}")]
    for name, service in world.services.items():
        rows += [(name, f"{service.url}  (documentation : {service.url}/docs)"), ("", f"{service.metrics_url}")]
    rows += [("données", str(world.data)), ("journaux", str(world.data / "logs"))]
    table = "\n".join(f"{name:<14}{address}" for name, address in rows)
    return f"{table}\n\nPour un autre terminal :\n{_exports(world)}"


def _exports(world: "World") -> str:
    """One line to copy: the names under which the documentation speaks of these addresses."""
    services = (f"{name.upper()}={service.url}" for name, service in world.services.items())
    data = f"CORDEES_DATA={shlex.quote(str(world.data.absolute()))}"
    return " ".join(("export", data, f"KAFKA={world.kafka.bootstrap}", *services))
