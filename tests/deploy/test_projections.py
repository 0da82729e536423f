"""`cordees projections`, as typed: bad usage, what fails, and how a comparison is shown."""

import shlex
from fractions import Fraction
from pathlib import Path

import pytest
from aiokafka.errors import KafkaConnectionError, OffsetOutOfRangeError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine
from typer.testing import CliRunner

from deploy.cli.main import app
from deploy.cli.projections_compare import lines_of, told
from deploy.cli.projections_errors import explain
from services.reporting.batches import Poison
from services.reporting.engine.compare import Bounds, Comparison, Difference
from services.reporting.engine.lane import TopicReplaced
from services.reporting.storage import Parked, Place

_HUGE = "99999999999999999999"


def _bounds(low: Fraction | float | None, high: Fraction | float | None) -> Bounds:
    return Bounds(*(None if end is None else Fraction(end) for end in (low, high)))


@pytest.mark.parametrize(
    "arguments",
    [
        ["retry", "--projection", _HUGE],
        ["gather-again", "--projection", _HUGE],
        ["compare", _HUGE],
        ["give-up", "cordees.sessions", _HUGE, "0", "--reason", "x"],
        ["give-up", "cordees.sessions", "0", _HUGE, "--reason", "x"],
    ],
)
def test_a_number_that_nothing_here_can_have_is_bad_usage(arguments: list[str], tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["projections", *arguments, "--data", str(tmp_path)])

    assert result.exit_code == 2


@pytest.mark.parametrize("period", ["abc", "2018-2020", "1066", ""])
def test_a_period_that_is_none_is_bad_usage_that_names_the_rule(period: str, tmp_path: Path) -> None:
    asked = ["projections", "compare", "2", "--period", "2019", "--period", period, "--data", str(tmp_path)]

    result = CliRunner().invoke(app, asked, env={"COLUMNS": "400"})

    assert result.exit_code == 2
    assert "--period" in result.output
    assert "2018-2019" in result.output


def test_a_period_is_taken_in_any_of_its_three_ways(tmp_path: Path) -> None:
    periods = [word for one in ("2019", "2018-2019", "2019-01-01/2019-07-01") for word in ("--period", one)]

    result = CliRunner().invoke(app, ["projections", "compare", "2", *periods, "--data", str(tmp_path)])

    assert (result.exit_code, "cordees run" in result.output) == (1, True)


def test_who_is_away_is_said_to_be_away() -> None:
    for error in (KafkaConnectionError("127.0.0.1"), ConnectionRefusedError(), TimeoutError()):
        assert explain(error, None) == f"Kafka ou PostgreSQL ne répond pas : {type(error).__name__}"


def test_a_postgresql_that_is_not_there_is_away(tmp_path: Path) -> None:
    (tmp_path / "jwks.json").write_text("{}")
    told = {
        "CORDEES_PROFILE": "local",
        "CORDEES_DATABASE_URL": "postgresql+asyncpg://nobody:x@127.0.0.1:1/reporting",
        "CORDEES_KAFKA_BOOTSTRAP": "127.0.0.1:1",
        "CORDEES_JWKS_FILE": str(tmp_path / "jwks.json"),
        "CORDEES_TOKEN_ISSUER": "urn:test",
        "CORDEES_RECORD_KEYS": str(tmp_path),
        "CORDEES_PARTNERS_FILE": str(tmp_path),
    }

    result = CliRunner().invoke(app, ["projections", "parked"], env=told)

    assert result.exit_code == 1
    assert "PostgreSQL ne répond pas : ConnectionRefusedError" in result.output


@pytest.mark.parametrize(
    ("statement", "state"), [("SELECT 1/0", "22012"), ("SELECT nothing", "42703"), ("SELECT pg_sleep(9)", "57014")]
)
async def test_what_postgresql_refuses_is_our_fault_and_nobody_is_away(
    statement: str, state: str, reporting_database: str
) -> None:
    hasty = {"server_settings": {"statement_timeout": "200"}}
    engine = create_async_engine(reporting_database, connect_args=hasty)
    with pytest.raises(DBAPIError) as refused:
        async with engine.connect() as connection:
            await connection.execute(text(statement))
    await engine.dispose()

    assert explain(refused.value, None).startswith(f"Erreur interne : {type(refused.value).__name__} {state}")


def test_a_fault_of_ours_is_one_line_with_its_class_and_place() -> None:
    with pytest.raises(AttributeError) as fault:
        list(lines_of(None))  # type: ignore[arg-type]

    said = explain(fault.value, None)
    assert said.startswith("Erreur interne : AttributeError (deploy/cli/projections_compare.py, ligne ")
    assert explain(OffsetOutOfRangeError(), None).startswith("Erreur interne : OffsetOutOfRangeError")


def test_what_stops_a_rebuild_is_named_with_the_command_that_gets_past_it(tmp_path: Path) -> None:
    poison = Poison(Place("cordees.sessions", 1, 7), Parked(12, "json_invalid", "data", "session/s-9"))
    folder = tmp_path / "mes données"

    first, *_, command = explain(poison, folder).splitlines()

    named = "topic cordees.sessions, partition 1, offset 12, sujet session/s-9, motif json_invalid (data)."
    assert first == f"Un message illisible arrête la version 7 : {named}"
    typed = shlex.split(command)
    assert typed == [
        *("cordees", "projections", "give-up", "cordees.sessions", "1", "12", "--reason", "…", "--data", str(folder))
    ]
    # It is understood: only the platform is missing.
    assert CliRunner().invoke(app, typed[1:]).exit_code == 1


def test_a_topic_that_was_made_anew_stops_a_rebuild_in_french() -> None:
    said = explain(TopicReplaced("cordees.people: id x, positions are of y"), None)

    assert "recréé sous le même nom" in said
    assert "projections drop" in said


def test_a_comparison_tells_each_cause_once_and_each_figure_in_one_line() -> None:
    behind, alone, other = "position : 9 de retard sur cordees.sessions", "lignes absentes : 3", "lignes en trop : 1"
    differences = [
        Difference("table session_fact", "4 lignes", "1 lignes", (behind, alone)),
        Difference("table session_roll", "4 lignes", "2 lignes", (behind, other)),
        *(
            Difference(
                f"{code} {year}", _bounds(Fraction(3384199, 10), Fraction(3384199, 10)), high, (behind, alone, other)
            )
            for code, high in (("I11", _bounds(1, 4)), ("I13", _bounds(None, None)))
            for year in (2018, 2019)
        ),
    ]

    lines = list(lines_of(Comparison(1, 2, 40, differences)))

    assert lines == [
        "Version 2 comparée à la version 1, en service : 40 tables et chiffres, 6 écarts.",
        "table session_fact : 4 lignes en service, 1 lignes dans la version 2",
        f"    {alone}",
        "table session_roll : 4 lignes en service, 2 lignes dans la version 2",
        f"    {other}",
        behind,
        "    touche session_fact, session_roll",
        "Indicateurs que cela touche : I11, I13",
        "    I11 2018 : 338\u202f419,9 en service, de 1 à 4 dans la version 2",
        "    I11 2019 : 338\u202f419,9 en service, de 1 à 4 dans la version 2",
        "    I13 2018 : 338\u202f419,9 en service, aucune valeur dans la version 2",
        "    I13 2019 : 338\u202f419,9 en service, aucune valeur dans la version 2",
    ]


def test_figures_that_are_nearly_the_same_are_told_apart() -> None:
    third, nearly = _bounds(Fraction(1, 3), Fraction(1, 3)), _bounds(Fraction(3334, 10_000), Fraction(3334, 10_000))

    assert told(third, nearly) == ("0,3333", "0,3334")
    assert told(_bounds(5, None), _bounds(5, 5)) == ("5 ou plus", "5")
