"""Everything secret of a local platform, made at its first start, readable by its owner only, never printed."""

import datetime as dt
import json
import os
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from joserfc.jwk import ECKey, KeySet

# The first school year of the national programme « Cordées de la réussite » is 2008; some partners began before.
_FIRST_YEAR = 2005
_DATABASE_ROLES = ("postgres", "inscriptions", "sessions", "reporting")


@dataclass(frozen=True)
class Secrets:
    """Where the secrets stand. Values are read when they are needed, and no `repr` shows one."""

    folder: Path

    @classmethod
    def open(cls, data: Path) -> "Secrets":
        """Make what is missing in `<data>/secrets` and keep what is there."""
        made = cls(data / "secrets")
        made.folder.mkdir(mode=0o700, exist_ok=True)
        _keep(made.folder / "databases.json", _new_passwords)
        _keep(made.folder / "issuer.json", _new_issuer_key)
        _write(made.jwks_file, json.dumps(KeySet([made.issuer_key()]).as_dict(private=False)))
        made._make_record_keys(dt.datetime.now(dt.UTC).date().year)
        return made

    @property
    def jwks_file(self) -> Path:
        """The public half of the issuer's key, as services read it."""
        return self.folder / "jwks.json"

    @property
    def record_keys(self) -> Path:
        """The folder of the years' record keys: `<start year>.key`, 32 bytes in hexadecimal."""
        return self.folder / "record_keys"

    def password(self, role: str) -> str:
        """Give the password of a database role."""
        passwords: dict[str, str] = json.loads((self.folder / "databases.json").read_text())
        return passwords[role]

    def issuer_key(self) -> ECKey:
        """Give the private key that signs local tokens."""
        return ECKey.import_key(json.loads((self.folder / "issuer.json").read_text()))

    def _make_record_keys(self, this_year: int) -> None:
        """Make keys for the years up to the next one. One that was destroyed does not come back: `made` remembers."""
        self.record_keys.mkdir(mode=0o700, exist_ok=True)
        ledger = self.record_keys / "made"
        made = set(ledger.read_text().split()) if ledger.exists() else set()
        for year in map(str, range(_FIRST_YEAR, this_year + 2)):
            if year not in made:
                _keep(self.record_keys / f"{year}.key", lambda: secrets.token_hex(32))
                made.add(year)
        _write(ledger, "\n".join(sorted(made)))


def _new_passwords() -> str:
    return json.dumps({role: secrets.token_urlsafe(24) for role in _DATABASE_ROLES})


def _new_issuer_key() -> str:
    key = ECKey.generate_key("P-256", {"kid": secrets.token_hex(8), "use": "sig", "alg": "ES256"})
    return json.dumps(key.as_dict(private=True))


def _keep(file: Path, make: Callable[[], str]) -> None:
    if not file.exists():
        _write(file, make())


def _write(file: Path, content: str) -> None:
    """Write whole or not at all, and closed to others from the first byte."""
    draft = file.with_name(f".{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as output:
        output.write(content)
    draft.replace(file)
