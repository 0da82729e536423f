"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from deploy.local.folders import PROJECT

DEFAULT_PARTNERS = PROJECT / "examples" / "partners.toml"

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="Dossier des données. Par défaut : CORDEES_DATA, sinon .data dans le projet (root : /var/lib/cordees).",
        show_default=False,
    ),
]
Partners = Annotated[
    Path,
    typer.Option(
        "--partners",
        help="Les partenaires et leurs systèmes, d'où viennent les topics d'entrée (examples/partners.toml).",
        show_default=False,
    ),
]


def need_partners(file: Path) -> Path:
    """Refuse a missing file as bad usage. Not typer's own check, which would run before `--help` of a sub-command."""
    if not file.is_file():
        raise typer.BadParameter(f"pas de fichier {file}", param_hint="--partners")
    return file
