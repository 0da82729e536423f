"""Makes every secret of docker-compose.yml once, in `secrets/` beside this file. A second run keeps what is there.

The standard library only, so that a machine with Docker and Python and nothing of ours can run it:
`python3 deploy/compose/make_secrets.py`. Nothing is printed but names.

Modes: the folder is 0700, so nobody else on the machine gets in; the files in it are 0644, because Compose mounts them
as they are, and the users that read them in containers (ours, PostgreSQL's, Grafana's) are nobody here.
"""

import argparse
import os
import secrets
import sys
import time
from collections.abc import Callable
from pathlib import Path

SERVICES = ("inscriptions", "sessions", "reporting")
# The first school year of the national programme « Cordées de la réussite » is 2008; some partners began before.
FIRST_YEAR = 2005


def make(folder: Path) -> list[str]:
    """Make what is missing; the names of what was made."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    made = []
    for role in ("postgres", "grafana", *SERVICES):
        made += _keep(folder / f"{role}_password", _password)
    for service in SERVICES:
        password = (folder / f"{service}_password").read_text()
        address = f"postgresql+asyncpg://{service}:{password}@postgres:5432/{service}"
        # Always from the password, so that the two cannot differ.
        _write(folder / f"{service}_database_url", address)
    # No key, so nobody gets in, until there is an issuer: yours, or the one of sign_token.py for trying.
    made += _keep(folder / "jwks.json", lambda: '{"keys": []}')
    return made + _make_record_keys(folder / "record_keys")


def _make_record_keys(folder: Path) -> list[str]:
    """Make a key a school year, up to the next one. One that was destroyed does not come back: `made` remembers."""
    folder.mkdir(mode=0o755, exist_ok=True)
    folder.chmod(0o755)
    ledger = folder / "made"
    known = set(ledger.read_text().split()) if ledger.exists() else set()
    fresh = []
    for year in map(str, range(FIRST_YEAR, time.gmtime().tm_year + 2)):
        if year not in known:
            fresh += _keep(folder / f"{year}.key", lambda: secrets.token_hex(32))
            known.add(year)
    _write(ledger, "\n".join(sorted(known)))
    return fresh


def _password() -> str:
    # Its alphabet needs no quoting in SQL and no escaping in an address.
    return secrets.token_urlsafe(24)


def _keep(file: Path, content: Callable[[], str]) -> list[str]:
    if file.exists():
        return []
    _write(file, content())
    return [file.name]


def _write(file: Path, content: str) -> None:
    """Write whole or not at all."""
    draft = file.with_name(f".{file.name}.new")
    draft.write_text(content)
    draft.chmod(0o644)
    os.replace(draft, file)  # noqa: PTH105  # says that it replaces


def main() -> None:
    """The command line."""
    parser = argparse.ArgumentParser(description="Crée les secrets de docker-compose.yml qui manquent.")
    default = Path(__file__).resolve().parent / "secrets"
    parser.add_argument("--folder", type=Path, default=default, help="où (par défaut à côté de ce script)")
    folder = parser.parse_args().folder
    made = make(folder)
    sys.stdout.write(f"{folder} : {f'{len(made)} secrets créés' if made else 'rien à créer'}\n")


if __name__ == "__main__":
    main()
