"""Where the reporting service is and as whom to ask: what was given, or the local platform's own."""

import json
import os
from pathlib import Path

from deploy.local.errors import PlatformError


class NoPlatform(PlatformError):
    """There is no local platform in this folder."""


def where(url: str | None, data: Path | None) -> tuple[str, dict[str, str]]:
    """Address and headers. With `url` the token is that of CORDEES_TOKEN. Raises `NoPlatform`."""
    if url is not None:
        return url, {"Authorization": f"Bearer {os.environ.get('CORDEES_TOKEN', '')}"}
    from deploy.local.folders import default_data
    from deploy.local.issuer import issue_token
    from deploy.local.secrets import Secrets

    folder = data or default_data()
    ports, secrets = folder / "ports.json", Secrets(folder / "secrets")
    if not ports.exists() or not secrets.jwks_file.exists():
        raise NoPlatform(f"Aucune plateforme locale dans {folder} : lancez d'abord « cordees run ».")
    port = json.loads(ports.read_text())["reporting-http"]
    token = issue_token(secrets, ["reader"], programmes=["*"], audience="interne")
    return f"http://127.0.0.1:{port}", {"Authorization": f"Bearer {token}"}
