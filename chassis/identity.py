"""Bearer tokens: who calls, and what the token allows (DESIGN §9)."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from chassis.errors import Forbidden
from chassis.settings import LOCAL_ISSUER, Settings

ALGORITHMS = ["EdDSA", "Ed25519", "ES256", "RS256"]
EVERY_PROGRAMME = "*"


class Role(StrEnum):
    """What a token's holder does."""

    PARTNER = "partner"
    COORDINATOR = "coordinator"
    READER = "reader"
    OPERATOR = "operator"


class Audience(StrEnum):
    """For whom figures may be shown (privacy.md §6)."""

    PUBLIC = "public"
    PARTENAIRE = "partenaire"
    INTERNE = "interne"


@dataclass(frozen=True)
class Principal:
    """The holder of a valid token."""

    subject: str
    roles: frozenset[Role]
    organisation: str | None = None
    programmes: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    audience: Audience = Audience.PUBLIC

    def may_speak_of(self, programme: str) -> bool:
        """True for the programmes that the token names, or for all (`*`)."""
        return EVERY_PROGRAMME in self.programmes or programme in self.programmes

    def require_programme(self, programme: str) -> None:
        """Raise `Forbidden` for a programme that the token does not name."""
        if not self.may_speak_of(programme):
            raise Forbidden("programme")


class Verifier:
    """Checks signature, issuer, audience and expiry. The key file is read again when it changes."""

    def __init__(self, settings: Settings) -> None:
        if settings.token_issuer == LOCAL_ISSUER and settings.profile != "local":
            raise ValueError("the embedded issuer is for the local profile alone (CORDEES_TOKEN_ISSUER)")
        self._path: Path = settings.jwks_file
        self._stamp, self._keys = -1, KeySet([])
        self._claims = jwt.JWTClaimsRegistry(
            leeway=30,
            iss={"essential": True, "value": settings.token_issuer},
            aud={"essential": True, "value": settings.token_audience},
            exp={"essential": True},
            sub={"essential": True},
        )

    def principal(self, token: str) -> Principal:
        """Raises JoseError or ValueError for whatever is wrong with the token."""
        decoded = jwt.decode(token, self._current_keys(), algorithms=ALGORITHMS)
        self._claims.validate(decoded.claims)
        return _principal(decoded.claims)

    def _current_keys(self) -> KeySet:
        stamp = self._path.stat().st_mtime_ns
        if stamp != self._stamp:
            self._keys, self._stamp = KeySet.import_key_set(_load(self._path)), stamp
        return self._keys


def _load(path: Path) -> Any:
    import json

    return json.loads(path.read_text(encoding="utf-8"))


def _principal(claims: dict[str, Any]) -> Principal:
    organisation = claims.get("organisation")
    return Principal(
        subject=str(claims["sub"]),
        roles=frozenset(Role(role) for role in _words(claims, "roles")),
        organisation=organisation if isinstance(organisation, str) else None,
        programmes=frozenset(_words(claims, "programmes")),
        sources=frozenset(_words(claims, "sources")),
        audience=Audience(claims.get("audience", "public")),
    )


def _words(claims: dict[str, Any], name: str) -> list[str]:
    value = claims.get(name, [])
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise ValueError(f"claim {name} must be a list of words")
    return value


_bearer = HTTPBearer(auto_error=False, description="JWT ; en local : `cordees token --help`")
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def allow(*roles: Role) -> Callable[..., Principal]:
    """A dependency that answers 401 without a valid token and 403 without one of `roles`; none named: any role."""

    def authenticate(request: Request, credentials: Credentials) -> Principal:
        unauthorised = HTTPException(401, "Jeton absent ou non valable.", {"WWW-Authenticate": "Bearer"})
        if credentials is None:
            raise unauthorised
        try:
            principal: Principal = request.app.state.verifier.principal(credentials.credentials)
        except (JoseError, ValueError):
            raise unauthorised from None
        if roles and not principal.roles.intersection(roles):
            raise HTTPException(403, "Ce jeton ne donne pas ce droit.")
        return principal

    return authenticate
