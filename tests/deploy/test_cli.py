"""The program `cordees`, as typed."""

import asyncio
import json
from dataclasses import replace
from pathlib import Path

import pytest
from joserfc import jwt
from typer.testing import CliRunner

from contracts.topics import inbound_topic
from deploy.cli.main import app
from deploy.cli.token import parse_ttl
from deploy.local.kafka import Kafka
from deploy.local.secrets import Secrets
from deploy.topics import apply_topics

PARTNERS = """
[[partners]]
partner = "mines-ales"
systems = [{source = "https://mines-ales.example/scolarite", programmes = ["ales"]}]
"""


@pytest.fixture
def partners(tmp_path: Path) -> Path:
    """Give a file with one partner."""
    file = tmp_path / "partners.toml"
    file.write_text(PARTNERS)
    return file


@pytest.fixture
def other_partners(tmp_path: Path) -> Path:
    """Give a file with another one."""
    file = tmp_path / "other.toml"
    file.write_text(PARTNERS.replace("mines-ales", "other"))
    return file


@pytest.mark.parametrize("command", [[], ["run"], ["topics"], ["topics", "apply"], ["token"]])
def test_every_command_explains_itself(command: list[str]) -> None:
    result = CliRunner().invoke(app, [*command, "--help"])

    assert result.exit_code == 0, result.output


def test_topics_are_listed_with_those_of_the_partners(partners: Path) -> None:
    result = CliRunner().invoke(app, ["topics", "--json", "--partners", str(partners)])

    names = [row["name"] for row in json.loads(result.stdout)]
    assert {"cordees.sessions", "cordees.inbound.sessions.mines-ales"} <= set(names)


@pytest.mark.parametrize("command", [["topics"], ["run"]])
def test_a_missing_partners_file_is_bad_usage(command: list[str], tmp_path: Path) -> None:
    missing = tmp_path / "missing.toml"

    result = CliRunner().invoke(app, [*command, "--partners", str(missing)])

    assert result.exit_code == 2
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ('[[partners]]\npartner = "Not a slug"\nsystems = []', "partner"),
        ("[[partners]", "line 1"),
        (2 * PARTNERS, "twice"),
    ],
)
def test_a_partners_file_with_a_fault_is_bad_usage_that_names_it(content: str, said: str, tmp_path: Path) -> None:
    file = tmp_path / "partners.toml"
    file.write_text(content)

    result = CliRunner().invoke(app, ["run", "--data", str(tmp_path / "data"), "--partners", str(file)])

    assert result.exit_code == 2
    assert said in result.output
    assert not (tmp_path / "data").exists()


def test_a_token_needs_a_platform_first(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["token", "--role", "reader", "--data", str(tmp_path)])

    assert result.exit_code == 1
    assert "cordees run" in result.stderr


def test_a_token_carries_what_was_asked(tmp_path: Path) -> None:
    secrets = Secrets.open(tmp_path)
    asked = ["--role", "reader", "--audience", "interne", "--programme", "ales", "--programme", "fos", "--ttl", "30m"]

    result = CliRunner().invoke(app, ["token", *asked, "--data", str(tmp_path)])
    claims = jwt.decode(result.stdout.strip(), secrets.issuer_key(), algorithms=["ES256"]).claims

    assert (claims["roles"], claims["programmes"], claims["audience"]) == (["reader"], ["ales", "fos"], "interne")
    assert claims["exp"] - claims["iat"] == 1800


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("30m", 1800), ("8h", 28800), ("7d", 604800)])
def test_a_duration_is_a_number_and_a_unit(text: str, seconds: int) -> None:
    assert parse_ttl(text).total_seconds() == seconds


@pytest.mark.parametrize("text", ["", "8", "h", "0h", "-1h", "8 h", "8w"])
def test_any_other_duration_is_bad_usage(text: str, tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["token", "--role", "reader", "--ttl", text, "--data", str(tmp_path)])

    assert result.exit_code == 2


async def test_topics_apply_makes_what_is_missing_once(broker: Kafka, partners: Path) -> None:
    apply = ["topics", "apply", "--bootstrap", broker.bootstrap, "--partners", str(partners)]
    # In a thread: the command runs a loop of its own.
    made = await asyncio.to_thread(CliRunner().invoke, app, apply)
    again = await asyncio.to_thread(CliRunner().invoke, app, apply)

    assert (made.exit_code, again.exit_code) == (0, 0)
    assert "créé      cordees.people" in made.stdout
    assert "créé" not in again.stdout


async def test_topics_apply_refuses_to_change_partitions_with_code_3(broker: Kafka, other_partners: Path) -> None:
    topic = inbound_topic("sessions", "other")
    await apply_topics(broker.bootstrap, [replace(topic, partitions=2)])

    apply = ["topics", "apply", "--bootstrap", broker.bootstrap, "--partners", str(other_partners)]
    refused = await asyncio.to_thread(CliRunner().invoke, app, apply)

    assert refused.exit_code == 3
    assert f"{topic.name}: 2 in the cluster, {topic.partitions} declared" in refused.stderr
