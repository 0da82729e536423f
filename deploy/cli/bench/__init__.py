"""`cordees bench`: what speed is measured with, one module a sub-command."""

import typer

from deploy.cli.bench.backlog import backlog
from deploy.cli.bench.catchup import catchup
from deploy.cli.bench.cost import cost
from deploy.cli.bench.generate import generate


def register(app: typer.Typer) -> None:
    """Add the command and its sub-commands."""
    bench = typer.Typer(
        help="Mesure la vitesse de la plateforme (generate, catchup, backlog, cost).", no_args_is_help=True
    )
    for command in (generate, catchup, backlog, cost):
        bench.command(command.__name__)(command)
    app.add_typer(bench, name="bench")
