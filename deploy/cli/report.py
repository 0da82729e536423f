"""`cordees report`: one programme's page, as its head would read it."""

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from deploy.cli.options import Data, Url


class Form(StrEnum):
    """How the page is written."""

    TERMINAL = "terminal"
    MARKDOWN = "markdown"
    JSON = "json"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("report")(report)


def report(  # noqa: PLR0913 - one option per parameter of the page
    *,
    programme: Annotated[str, typer.Option(help="Le programme, avec ses sous-programmes.")],
    period: Annotated[str, typer.Option(help="2019, 2023-2024, ou 2019-01-01/2019-07-01 (fin exclue).")],
    form: Annotated[Form, typer.Option("--format", help="Forme de la page.")] = Form.TERMINAL,
    json_output: Annotated[bool, typer.Option("--json", help="Comme --format json.")] = False,
    url: Url = None,
    data: Data = None,
) -> None:
    """Affiche la page d'un programme : ses indicateurs, ce qu'on peut en écrire, leur couverture et les remarques.

    Chaque chiffre est calculé à l'instant à partir des événements. Sur la plateforme locale rien d'autre n'est
    nécessaire ; ailleurs, donnez --url et CORDEES_TOKEN. Code 0 si la page est complète, 1 sinon.
    """
    from deploy.local import lifetime

    raise typer.Exit(lifetime.run(_report(programme, period, Form.JSON if json_output else form, url, data)))


async def _report(programme: str, period: str, form: Form, url: str | None, data: Path | None) -> int:
    from deploy.cli.steps import show_steps
    from deploy.reporting.client import Reporting
    from deploy.reporting.page import read_page
    from deploy.reporting.place import where
    from deploy.reporting.rendering import as_markdown, show

    with show_steps() as steps:
        async with Reporting(*where(url, data)) as reporting:
            with steps.step(f"Calculer les indicateurs de {programme}, {period}") as say:
                page = await read_page(reporting, programme, period, say)
    if form is Form.JSON:
        typer.echo(json.dumps(page.as_json(), ensure_ascii=False))
    elif form is Form.MARKDOWN:
        typer.echo(as_markdown(page))
    else:
        show(page)
    return 0
