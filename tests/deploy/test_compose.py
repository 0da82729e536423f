"""docker-compose.yml and what stands around it agree with the code. Nothing here needs Docker."""

import ast
import asyncio
import json
import re
import shutil
import stat
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import yaml
from joserfc.errors import JoseError
from typer.testing import CliRunner

from chassis.identity import Role, Verifier
from chassis.settings import Settings
from contracts.partners import load_partners
from deploy.cli.main import app
from deploy.compose import make_secrets
from deploy.compose.sign_token import ISSUER, make_issuer
from deploy.local.folders import PROJECT
from deploy.local.issuer import issue_token
from deploy.local.postgres import Postgres
from deploy.local.programs import postgres_programs
from deploy.local.service import SERVICES

COMPOSE: dict[str, Any] = yaml.safe_load((PROJECT / "docker-compose.yml").read_text(encoding="utf-8"))
CONTAINERS: dict[str, dict[str, Any]] = COMPOSE["services"]
DOCKERFILE = (PROJECT / "Dockerfile").read_text(encoding="utf-8")
SECRETS = "./deploy/compose/secrets/"


def _default(text: str) -> str:
    """A value as Compose reads it when no variable is set."""
    return re.sub(r"\$\{[A-Z_]+:-([^}]*)\}", r"\1", text)


@pytest.fixture
def made(tmp_path: Path) -> Path:
    """Give a folder of secrets, as the script makes it."""
    make_secrets.make(tmp_path / "secrets")
    return tmp_path / "secrets"


def _settings(service: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Read the settings as the container of this service would, with its secrets mounted in a folder."""
    mounted = folder.with_name(service)
    mounted.mkdir()
    for secret in CONTAINERS[service]["secrets"]:
        shutil.copy(folder / secret["source"], mounted / secret["target"])
    for name, value in CONTAINERS[service]["environment"].items():
        monkeypatch.setenv(name, _default(value))
    monkeypatch.setenv("CORDEES_SECRETS_DIR", str(mounted))
    monkeypatch.setenv("CORDEES_JWKS_FILE", str(folder / "jwks.json"))
    return Settings()


@pytest.mark.parametrize("name", CONTAINERS)
def test_every_container_that_stays_is_watched_and_comes_back(name: str) -> None:
    container = CONTAINERS[name]
    watched = "healthcheck" in container or container.get("build") is not None

    assert watched
    assert container["restart"] == ("on-failure:10" if name == "topics" else "unless-stopped")
    assert "no-new-privileges:true" in container["security_opt"]


@pytest.mark.parametrize("name", [*SERVICES, "topics"])
def test_ours_can_write_nowhere_and_do_nothing_special(name: str) -> None:
    container = CONTAINERS[name]

    assert container["read_only"] is True
    assert container["cap_drop"] == ["ALL"]


def test_every_port_is_this_machines_alone() -> None:
    ports = [port for container in CONTAINERS.values() for port in container.get("ports", [])]

    assert ports
    assert all(port.startswith("127.0.0.1:") for port in ports)


def test_every_image_has_a_version() -> None:
    images = {container["image"] for container in CONTAINERS.values() if "build" not in container}

    assert all(re.search(r":v?\d+(\.\d+)*$", image) for image in images), images


def test_whoever_is_waited_for_is_there() -> None:
    for container in CONTAINERS.values():
        assert container.get("depends_on", {}).keys() <= CONTAINERS.keys()


@pytest.mark.parametrize("service", SERVICES)
def test_each_setting_that_is_given_exists(service: str) -> None:
    given = set(CONTAINERS[service]["environment"]) - {"CORDEES_SECRETS_DIR"}

    assert given <= {f"CORDEES_{name}".upper() for name in Settings.model_fields}


@pytest.mark.parametrize("service", SERVICES)
def test_a_service_reads_its_settings_and_its_own_database_from_its_secrets(
    service: str, made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _settings(service, made, monkeypatch)

    password = (made / f"{service}_password").read_text()
    address = settings.database_url.get_secret_value()
    assert address == f"postgresql+asyncpg://{service}:{password}@postgres:5432/{service}"
    assert settings.profile == "production"


def test_the_environment_comes_before_the_folder_of_secrets(made: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CORDEES_DATABASE_URL", "postgresql+asyncpg://from-the-environment")

    settings = _settings("sessions", made, monkeypatch)

    assert settings.database_url.get_secret_value() == "postgresql+asyncpg://from-the-environment"


def test_the_script_makes_every_secret_that_compose_mounts(made: Path) -> None:
    files = [secret["file"] for secret in COMPOSE["secrets"].values()]
    files += [_default(COMPOSE["configs"]["jwks"]["file"]), CONTAINERS["sessions"]["volumes"][-1]["source"]]

    assert all(file.startswith(SECRETS) for file in files)
    assert [file for file in files if not (made / file.removeprefix(SECRETS)).exists()] == []


def test_the_script_needs_the_standard_library_alone(tmp_path: Path) -> None:
    script = PROJECT / "deploy" / "compose" / "make_secrets.py"

    subprocess.run([sys.executable, "-I", "-S", script, "--folder", tmp_path / "secrets"], check=True)

    assert (tmp_path / "secrets" / "jwks.json").exists()


def test_a_second_run_keeps_every_secret_and_brings_no_destroyed_key_back(made: Path) -> None:
    (made / "record_keys" / "2010.key").unlink()
    before = {file: file.read_text() for file in made.rglob("*") if file.is_file()}

    assert make_secrets.make(made) == []
    assert {file: file.read_text() for file in made.rglob("*") if file.is_file()} == before


def test_nobody_else_on_the_machine_gets_into_the_folder(made: Path) -> None:
    make_issuer(made)

    assert stat.S_IMODE(made.stat().st_mode) == 0o700
    assert stat.S_IMODE((made / "issuer.json").stat().st_mode) == 0o600


def test_git_and_the_builder_never_see_a_secret() -> None:
    ignored = subprocess.run(
        ["git", "check-ignore", "--quiet", "deploy/compose/secrets/postgres_password"], cwd=PROJECT, check=False
    )

    assert ignored.returncode == 0
    assert "deploy/compose/secrets" in (PROJECT / ".dockerignore").read_text().splitlines()


def test_nobody_gets_in_before_there_is_an_issuer_and_its_tokens_do_from_then_on(
    made: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    verifier = Verifier(_settings("reporting", made, monkeypatch))
    stranger = make_issuer(shutil.copytree(made, made.with_name("stranger")))
    token = issue_token(stranger, ["reader"], issuer=ISSUER)
    with pytest.raises(JoseError):
        verifier.principal(token)

    ours = make_issuer(made)

    # The same verifier: the services need no restart.
    principal = verifier.principal(issue_token(ours, ["reader"], issuer=ISSUER))
    assert principal.roles == {Role.READER}


def test_the_topics_that_compose_applies_are_those_of_a_partners_file_that_can_be_read() -> None:
    entrypoint, command = CONTAINERS["topics"]["entrypoint"], CONTAINERS["topics"]["command"]
    (mounted,) = CONTAINERS["topics"]["volumes"]
    partners = PROJECT / _default(mounted["source"])

    asked = [*entrypoint, *command]
    assert asked[:3] == ["cordees", "topics", "apply"]
    assert CliRunner().invoke(app, [*asked[1:3], "--help"]).exit_code == 0
    assert asked[asked.index("--partners") + 1] == mounted["target"]
    assert all(mounted in CONTAINERS[service]["volumes"] for service in SERVICES)
    assert load_partners(partners)


async def test_the_databases_that_postgresql_makes_at_first_are_closed_to_one_another(
    made: Path, server: Postgres
) -> None:
    script = (PROJECT / "deploy" / "compose" / "databases.sql").read_text().replace("/run/secrets", str(made))
    # Other names, because this server has those already.
    for service in SERVICES:
        script = re.sub(rf"\b{service}\b(?!_password)", f"compose_{service}", script)
        script = script.replace(f"/{service}_password", f"/{service}_password")
    psql = postgres_programs(made, None) / "psql"

    command = [psql, "-v", "ON_ERROR_STOP=1", server.dsn("postgres")]
    await asyncio.to_thread(subprocess.run, command, input=script, text=True, check=True)

    mine = f"compose_sessions:{(made / 'sessions_password').read_text()}@127.0.0.1:{server.port}"
    connection = await asyncpg.connect(f"postgresql://{mine}/compose_sessions")
    assert await connection.fetchval("SELECT extname FROM pg_extension WHERE extname = 'btree_gist'")
    await connection.close()
    for other in ("compose_reporting", "postgres"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(f"postgresql://{mine}/{other}")


def test_the_image_holds_every_package_and_no_package_index() -> None:
    packages = tomllib.loads((PROJECT / "pyproject.toml").read_text())["tool"]["hatch"]["build"]["targets"]["wheel"]
    allowed = (PROJECT / ".dockerignore").read_text().splitlines()

    for package in packages["packages"]:
        assert f"COPY {package} ./{package}" in DOCKERFILE
        assert f"!{package}" in allowed
    assert not re.search(r"index-url|https://|trusted-host", DOCKERFILE)
    assert re.search(r"^USER \$\{UID\}", DOCKERFILE, re.MULTILINE)


def test_the_images_health_check_is_a_program() -> None:
    found = re.search(r"HEALTHCHECK .*CMD (\[.*\])", DOCKERFILE.replace("\\\n", ""))
    assert found

    program = json.loads(found[1])

    assert program[:3] == ["python", "-P", "-c"]
    assert "/readyz" in program[3]
    ast.parse(program[3])
