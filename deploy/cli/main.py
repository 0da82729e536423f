"""The program `cordees`: one command for each module below. Imports of the platform wait until a command runs."""

import typer

from deploy.cli import bench, demo, indicator, projections, report, run, token, topics

app = typer.Typer(
    name="cordees",
    help="Cordées : des faits publiés par les partenaires aux indicateurs expliqués.",
    epilog=(
        "Codes de sortie : 0 tout va bien ; 1 une étape ou un verdict a échoué ; 2 mauvais usage ; "
        "3 refusé pour ne rien abîmer ; 130 interrompu."
    ),
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_show_locals=False,
)

for module in (demo, run, report, indicator, topics, projections, token, bench):
    module.register(app)
