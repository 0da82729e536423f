"""Secrets are made once, closed to others, and tokens are signed with them."""

import datetime as dt
import json
import stat
from pathlib import Path

from joserfc import jwt
from joserfc.jwk import KeySet

from deploy.local.issuer import issue_token
from deploy.local.secrets import Secrets


def _contents(folder: Path) -> dict[str, str]:
    return {str(file): file.read_text() for file in sorted(folder.rglob("*")) if file.is_file()}


def test_a_second_start_keeps_every_secret(tmp_path: Path) -> None:
    first = _contents(Secrets.open(tmp_path).folder)

    assert _contents(Secrets.open(tmp_path).folder) == first


def test_nobody_else_can_read_them(tmp_path: Path) -> None:
    folder = Secrets.open(tmp_path).folder

    for path in (folder, *folder.rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_there_is_a_key_of_32_bytes_for_each_school_year_up_to_the_next(tmp_path: Path) -> None:
    keys = {file.stem: bytes.fromhex(file.read_text()) for file in Secrets.open(tmp_path).record_keys.glob("*.key")}

    assert keys.keys() == {str(year) for year in range(2005, dt.datetime.now(dt.UTC).year + 2)}
    assert {len(key) for key in keys.values()} == {32}
    assert len(set(keys.values())) == len(keys)


def test_a_destroyed_key_does_not_come_back(tmp_path: Path) -> None:
    destroyed = Secrets.open(tmp_path).record_keys / "2010.key"
    destroyed.unlink()

    Secrets.open(tmp_path)

    assert not destroyed.exists()


def test_the_public_half_verifies_a_token_and_holds_nothing_private(tmp_path: Path) -> None:
    secrets = Secrets.open(tmp_path)
    public = json.loads(secrets.jwks_file.read_text())

    token = issue_token(secrets, ["reader"], programmes=["ales"], audience="interne", ttl=dt.timedelta(minutes=5))
    claims = jwt.decode(token, KeySet.import_key_set(public), algorithms=["ES256"]).claims

    assert all("d" not in key for key in public["keys"])
    assert claims["exp"] - claims["iat"] == 300
    assert claims | {"iat": 0, "exp": 0} == {
        "iss": "cordees-local",
        "aud": "cordees",
        "sub": "local",
        "iat": 0,
        "exp": 0,
        "roles": ["reader"],
        "organisation": None,
        "programmes": ["ales"],
        "sources": [],
        "audience": "interne",
    }
