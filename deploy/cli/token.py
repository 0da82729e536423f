"""`cordees token`: a bearer token of the local issuer, for trying the APIs by hand."""

import datetime as dt
import re
from enum import StrEnum
from typing import Annotated

import typer

from deploy.cli.options import Data

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


class Role(StrEnum):
    """What a token's holder does."""

    PARTNER = "partner"
    COORDINATOR = "coordinator"
    READER = "reader"
    OPERATOR = "operator"


class Audience(StrEnum):
    """For whom figures are meant, which decides what is suppressed."""

    PUBLIC = "public"
    PARTENAIRE = "partenaire"
    INTERNE = "interne"


def register(app: typer.Typer) -> None:
    """Add the command."""
    app.command("token")(print_token)


def parse_ttl(text: str) -> dt.timedelta:
    """Read `90s`, `30m`, `8h` or `7d`."""
    if not (found := re.fullmatch(r"([1-9]\d{0,5})([smhd])", text)):
        raise typer.BadParameter("attendu : un nombre puis s, m, h ou d, par exemple 8h")
    return dt.timedelta(**{_UNITS[found[2]]: int(found[1])})


def print_token(  # noqa: PLR0913  # one option a claim
    *,
    role: Annotated[list[Role], typer.Option(help="Rôle ; l'option peut être répétée.")],
    audience: Annotated[Audience, typer.Option(help="Public des chiffres lus.")] = Audience.PUBLIC,
    organisation: Annotated[str | None, typer.Option(help="Organisation du porteur.")] = None,
    programme: Annotated[list[str] | None, typer.Option(help="Programme permis, « * » pour tous ; répétable.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Source au nom de laquelle écrire ; répétable.")] = None,
    ttl: Annotated[dt.timedelta, typer.Option(parser=parse_ttl, metavar="DURÉE", help="Validité : 30m, 8h, 7d.")] = (
        "8h"  # type: ignore[assignment]  # typer parses the default like what a user types
    ),
    data: Data = None,
) -> None:
    """Affiche un jeton d'accès aux API d'une plateforme locale, à passer en « Authorization: Bearer … ».

    Signé par l'émetteur de ce dossier de données : il ne vaut que pour la plateforme locale démarrée sur lui.
    """
    from deploy.local.folders import default_data
    from deploy.local.issuer import issue_token
    from deploy.local.secrets import Secrets

    folder = data or default_data()
    secrets = Secrets(folder / "secrets")
    if not secrets.jwks_file.exists():
        typer.echo(f"Aucune plateforme locale dans {folder} : lancez d'abord « cordees run ».", err=True)
        raise typer.Exit(1)
    typer.echo(
        issue_token(
            secrets,
            [one.value for one in role],
            organisation=organisation,
            programmes=programme or (),
            sources=source or (),
            audience=audience.value,
            ttl=ttl,
        )
    )
