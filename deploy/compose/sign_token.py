"""Tokens for trying the platform of docker-compose.yml: `python -m deploy.compose.sign_token --role reader …`.

At its first use it makes an issuer's key pair and adds the public half to `secrets/jwks.json`, where the services take
it up. A platform in use has an issuer of its own (CORDEES_TOKEN_ISSUER, CORDEES_JWKS), and this command no part in it.
"""

import datetime as dt
import json
import os
import secrets
from pathlib import Path
from typing import Annotated

import typer
from joserfc.jwk import ECKey

from deploy.cli.token import Audience, Role, parse_ttl
from deploy.local.issuer import issue_token
from deploy.local.secrets import Secrets

ISSUER = "cordees-compose"
FOLDER = Path(__file__).resolve().parent / "secrets"


def make_issuer(folder: Path) -> Secrets:
    """Make the key pair unless it is there. Raises FileNotFoundError before make_secrets.py."""
    made = Secrets(folder)
    private = folder / "issuer.json"
    if not private.exists():
        trusted = json.loads(made.jwks_file.read_text())
        key = ECKey.generate_key("P-256", {"kid": secrets.token_hex(8), "use": "sig", "alg": "ES256"})
        trusted["keys"].append(key.as_dict(private=False))
        # In place: a container sees the file that it was started with, not one that takes its name later.
        made.jwks_file.write_text(json.dumps(trusted))
        with os.fdopen(os.open(private, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as output:
            json.dump(key.as_dict(private=True), output)
    return made


def sign_token(  # noqa: PLR0913  # one option a claim
    *,
    role: Annotated[list[Role], typer.Option(help="Rôle ; l'option peut être répétée.")],
    audience: Annotated[Audience, typer.Option(help="Public des chiffres lus.")] = Audience.PUBLIC,
    organisation: Annotated[str | None, typer.Option(help="Organisation du porteur.")] = None,
    programme: Annotated[list[str] | None, typer.Option(help="Programme permis, « * » pour tous ; répétable.")] = None,
    source: Annotated[list[str] | None, typer.Option(help="Source au nom de laquelle écrire ; répétable.")] = None,
    ttl: Annotated[dt.timedelta, typer.Option(parser=parse_ttl, metavar="DURÉE", help="Validité : 30m, 8h, 7d.")] = (
        "8h"  # type: ignore[assignment]  # typer parses the default like what a user types
    ),
    folder: Annotated[Path, typer.Option(help="Dossier des secrets.", show_default=False)] = FOLDER,
) -> None:
    """Affiche un jeton pour essayer la plateforme de docker-compose.yml, à passer en « Authorization: Bearer … »."""
    if not (folder / "jwks.json").exists():
        typer.echo("Pas de secrets : lancez d'abord « python3 deploy/compose/make_secrets.py ».", err=True)
        raise typer.Exit(1)
    typer.echo(
        issue_token(
            make_issuer(folder),
            [one.value for one in role],
            organisation=organisation,
            programmes=programme or (),
            sources=source or (),
            audience=audience.value,
            ttl=ttl,
            subject="compose",
            issuer=ISSUER,
        )
    )


if __name__ == "__main__":
    typer.run(sign_token)
