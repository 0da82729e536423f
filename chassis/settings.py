"""The one list of settings. Each is an environment variable with the prefix `CORDEES_`.

Or a file of that name in lower case (`cordees_database_url`) in the folder that `CORDEES_SECRETS_DIR` names, as
containers get their secrets; the variable comes first.
"""

import os
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SecretsSettingsSource, SettingsConfigDict

LOCAL_ISSUER = "cordees-local"


class Settings(BaseSettings):
    """What a service needs to know of its surroundings. Nothing else is read from the environment."""

    model_config = SettingsConfigDict(env_prefix="CORDEES_", frozen=True)

    profile: Annotated[
        Literal["local", "production"],
        Field(description="`local` accepts the embedded platform's own token issuer and the crash points of tests."),
    ] = "production"
    database_url: Annotated[SecretStr, Field(description="postgresql+asyncpg://role:password@host:port/database")]
    database_connections: Annotated[int, Field(ge=2, le=200, description="Size of the connection pool.")] = 10
    statement_seconds: Annotated[
        int, Field(ge=1, le=86_400, description="After so long PostgreSQL gives a statement up")
    ] = 60
    kafka_bootstrap: Annotated[str, Field(description="host:port, several separated by commas")]
    http_host: str = "127.0.0.1"
    http_port: int = 8000
    metrics_port: Annotated[int, Field(description="Prometheus metrics, apart from the API")] = 9000
    jwks_file: Annotated[Path, Field(description="Public keys (JWK Set) of whoever issues tokens")]
    token_issuer: Annotated[str, Field(description="The `iss` that tokens must carry")]
    token_audience: str = "cordees"  # noqa: S105 - a claim, no secret
    record_keys: Annotated[Path, Field(description="Folder with one `<start year>.key` for each school year")]
    partners_file: Annotated[Path, Field(description="TOML: partners, their systems, sources and programmes")]
    held_days: Annotated[int, Field(ge=1, description="After so many days an unknown registry entry stays unknown")] = (
        30
    )
    max_event_bytes: Annotated[int, Field(description="Larger events are refused before their commit")] = 900_000
    batch_records: Annotated[int, Field(ge=1, description="Records handled in one transaction")] = 500
    relay_batch: Annotated[int, Field(ge=1, description="Outbox rows sent in one Kafka transaction")] = 500
    relay_lease: Annotated[float, Field(gt=0, description="Seconds after which a silent relay is replaced")] = 5.0
    seen_days: Annotated[int, Field(ge=1, description="How long the ids of inbound events are kept")] = 120
    gather_quiet: Annotated[
        float, Field(ge=0, description="Seconds without new sessions before a term is gathered")
    ] = 5.0
    gather_latest: Annotated[float, Field(ge=0, description="Seconds after which it is gathered all the same")] = 60.0
    gather_share: Annotated[float, Field(gt=0, le=1, description="Part of its time that a process may gather")] = 0.2
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # there is no such file here
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003  # its folder would be fixed at import
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Arguments, then the environment, then the folder of secrets."""
        folder = os.environ.get("CORDEES_SECRETS_DIR")
        return init_settings, env_settings, SecretsSettingsSource(settings_cls, secrets_dir=folder)
