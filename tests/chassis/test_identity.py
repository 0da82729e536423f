"""Which tokens open the door, and what they allow."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey, KeySet, OctKey

from chassis.errors import Forbidden
from chassis.identity import Audience, Role, Verifier
from chassis.settings import LOCAL_ISSUER, Settings

KEY = ECKey.generate_key("P-256", {"kid": "one"})
OTHER = ECKey.generate_key("P-256", {"kid": "one"})


def settings(folder: Path, **more: object) -> Settings:
    jwks = folder / "jwks.json"
    jwks.write_text(json.dumps(KeySet([KEY]).as_dict(private=False)))
    values: dict[str, object] = {
        "profile": "local",
        "database_url": "postgresql+asyncpg://nobody@nowhere/none",
        "kafka_bootstrap": "127.0.0.1:1",
        "jwks_file": jwks,
        "token_issuer": LOCAL_ISSUER,
        "record_keys": folder,
        "partners_file": folder / "none",
    }
    return Settings.model_validate(values | more)


def claims(**changes: Any) -> dict[str, Any]:
    now = int(dt.datetime.now(dt.UTC).timestamp())
    known = {"iss": LOCAL_ISSUER, "aud": "cordees", "sub": "s", "iat": now, "exp": now + 60, "roles": ["reader"]}
    return {name: value for name, value in (known | changes).items() if value is not None}


def signed(key: Any = KEY, alg: str = "ES256", **changes: Any) -> str:
    return jwt.encode({"alg": alg, "kid": "one"}, claims(**changes), key)


def test_a_good_token_gives_its_holder(tmp_path: Path) -> None:
    token = signed(roles=["coordinator"], programmes=["ales"], sources=["urn:x"], audience="interne")

    principal = Verifier(settings(tmp_path)).principal(token)

    assert principal.roles == {Role.COORDINATOR}
    assert (principal.audience, principal.sources) == (Audience.INTERNE, {"urn:x"})
    assert principal.may_speak_of("ales")
    with pytest.raises(Forbidden):
        principal.require_programme("x")


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "somebody-else"},
        {"aud": "another-platform"},
        {"exp": 1},
        {"exp": None},
        {"sub": None},
        {"roles": ["king"]},
        {"roles": "operator"},
        {"programmes": "*"},
        {"audience": "everybody"},
    ],
)
def test_a_token_with_a_wrong_claim_is_refused(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises((JoseError, ValueError)):
        Verifier(settings(tmp_path)).principal(signed(**changes))


def test_a_token_of_another_key_is_refused_also_when_it_takes_the_public_key_for_a_secret(tmp_path: Path) -> None:
    verifier = Verifier(settings(tmp_path))
    confused = OctKey.import_key(json.dumps(KEY.as_dict(private=False)))

    for forged in (signed(OTHER), signed(confused, alg="HS256")):
        with pytest.raises((JoseError, ValueError)):
            verifier.principal(forged)


def test_a_new_key_is_read_without_a_restart(tmp_path: Path) -> None:
    known = settings(tmp_path)
    verifier = Verifier(known)
    verifier.principal(signed())

    known.jwks_file.write_text(json.dumps(KeySet([OTHER]).as_dict(private=False)) + "\n")

    assert verifier.principal(signed(OTHER)).subject == "s"


def test_the_embedded_issuer_is_refused_out_of_the_local_profile(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="local profile"):
        Verifier(settings(tmp_path, profile="production"))
