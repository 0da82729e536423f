"""Options that several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from deploy.local.folders import PROJECT

DEFAULT_PARTNERS = PROJECT / "examples" / "programmes"

Data = Annotated[
    Path | None,
    typer.Option(
        "--data",
        help="Dossier des données. Par défaut : CORDEES_DATA, sinon .data dans le projet (root : /var/lib/cordees).",
        show_default=False,
    ),
]
Url = Annotated[
    str | None,
    typer.Option(envvar="CORDEES_URL", help="Service reporting ; par défaut celui de la plateforme locale."),
]
Partners = Annotated[
    Path,
    typer.Option(
        "--partners",
        help=(
            "Fichier, ou dossier de fichiers TOML, des partenaires et de leurs systèmes, d'où viennent les topics "
            "d'entrée (examples/programmes)."
        ),
        show_default=False,
    ),
]


def need_partners(file: Path) -> Path:
    """Refuse a missing or unreadable file or folder as bad usage, before anything is started for it.

    Not typer's own check, which would run before `--help` of a sub-command.
    """
    if not file.exists():
        raise typer.BadParameter(f"ni fichier ni dossier {file}", param_hint="--partners")
    from contracts.partners import load_partners

    try:
        load_partners(file)
    except ValueError as error:
        raise typer.BadParameter(f"{file} : {_first_fault(error)}", param_hint="--partners") from None
    return file


def _first_fault(error: ValueError) -> str:
    from pydantic import ValidationError

    if not isinstance(error, ValidationError):
        return str(error)
    fault = error.errors(include_url=False)[0]
    return f"{'.'.join(map(str, fault['loc']))} : {fault['msg']} (reçu : {fault['input']!r})"
