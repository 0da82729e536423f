"""The embedded platform's own token issuer. Good for the local profile alone: services refuse it anywhere else."""

import datetime as dt
from collections.abc import Iterable
from typing import Literal

from joserfc import jwt

from deploy.local.secrets import Secrets

ISSUER = "cordees-local"
AUDIENCE = "cordees"

Role = Literal["partner", "coordinator", "reader", "operator"]
Audience = Literal["public", "partenaire", "interne"]


def issue_token(  # noqa: PLR0913  # one argument a claim
    secrets: Secrets,
    roles: Iterable[Role],
    *,
    organisation: str | None = None,
    programmes: Iterable[str] = (),
    sources: Iterable[str] = (),
    audience: Audience = "public",
    ttl: dt.timedelta = dt.timedelta(hours=8),
    subject: str = "local",
    issuer: str = ISSUER,
) -> str:
    """Sign a bearer token with the claims that services read.

    `programmes` may be `*`; `sources` are the only ones a partner speaks as; `audience` is the reader's, which
    decides what is suppressed, and has nothing to do with the claim `aud`. Another `issuer` is for a platform that
    trusts these keys under that name (deploy/compose).
    """
    key = secrets.issuer_key()
    now = dt.datetime.now(dt.UTC)
    claims = {
        "iss": issuer,
        "aud": AUDIENCE,
        "sub": subject,
        "iat": int(now.timestamp()),
        "exp": int((now + ttl).timestamp()),
        "roles": list(roles),
        "organisation": organisation,
        "programmes": list(programmes),
        "sources": list(sources),
        "audience": audience,
    }
    return jwt.encode({"alg": "ES256", "kid": key.kid}, claims, key)
