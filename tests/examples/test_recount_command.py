"""The command: several folders read together, many questions answered at once, and what it refuses."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from examples.recount.answers import answer_row
from examples.recount.facts import Data
from examples.recount.registry import registry_of
from examples.recount.world import stable_sources
from tests.examples.spoken import (
    REGISTERED,
    acting,
    cancelled,
    declared,
    engaged,
    enrolled,
    held,
    joined,
    organisation,
    profiled,
    programme,
    world,
)

ROOT = Path(__file__).parents[2]


def written(folder: Path, entries: list[Data], *facts: Data, structured: bool = False) -> Path:
    """A folder as the generator writes it."""
    folder.mkdir()
    (folder / "registry.json").write_text(json.dumps(entries), encoding="utf-8")
    lines = [json.dumps(_message(fact, structured=structured)) for fact in facts]
    (folder / "messages.ndjson").write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return folder


def _message(fact: Data, *, structured: bool) -> Data:
    about = {"type": f"fr.cordees.{fact['said']}.v1", "source": fact["source"], "time": "2019-01-01T00:00:00Z"}
    data = {name: value for name, value in fact.items() if name not in {"said", "source", "at"}}
    if structured:
        return {"headers": {"content-type": "application/cloudevents+json"}, "value": {**about, "data": data}}
    headers = {"content-type": "application/json", **{f"ce_{name}": text for name, text in about.items()}}
    return {"headers": headers, "value": data}


def ran(*arguments: str | Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "examples.recount", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def answers(tmp_path: Path, *arguments: str | Path, questions: list[Data]) -> Any:
    (tmp_path / "questions.json").write_text(json.dumps(questions), encoding="utf-8")
    done = ran(*arguments, "--questions", tmp_path / "questions.json", "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_folders_are_one_world_and_persons_are_joined_across_them(tmp_path: Path) -> None:
    ipp = [*REGISTERED, programme("other", "x")]
    one = written(tmp_path / "one", REGISTERED, profiled("a1"), enrolled("a1"), held("s1", "a1"))
    two = written(
        tmp_path / "two", ipp, profiled("b1", source="two"), joined(("app", "a1", 2018), ("two", "b1", 2018)),
        {**held("s2", "b1", programme="other"), "source": "two"}, structured=True,
    )  # fmt: skip
    asks = [{"indicator": "I04", "period": "2018-2019", "programme": which} for which in ("ales", "other", None)]

    found = answers(tmp_path, "--dir", one, "--dir", two, questions=[*asks, {**asks[1], "indicator": "I02"}])

    assert [each["value"] for each in found] == [1, 1, 1, 1]
    assert found[0] == {"value": 1, "low": 1, "high": 1, "details": {"nominative": 1}, "cells": {}}
    assert [each["value"] for each in answers(tmp_path, "--dir", two, questions=[{**asks[1], "indicator": "I02"}])] == [
        0
    ]


def test_more_messages_correct_the_first(tmp_path: Path) -> None:
    folder = written(tmp_path / "one", REGISTERED, engaged("t1"), held("s1", acting=acting("t1")))
    more = written(tmp_path / "more", [], cancelled("s1", version=2)) / "messages.ndjson"
    asks = [{"indicator": "I14", "period": "2019", "by": "activity"}]

    before, after = (answers(tmp_path, "--dir", folder, *rest, questions=asks) for rest in ([], ["--with", more]))

    assert (before[0]["cells"], after[0]["cells"]) == ({"tutorat": {"value": 1}}, {})
    assert after[0]["details"] == {"cancelled": 1, "rate_percent": 0}


def test_a_page_of_counts_is_still_told_for_one_programme_and_period(tmp_path: Path) -> None:
    folder = written(tmp_path / "one", REGISTERED, profiled("a1"), held("s1", "a1"))

    done = ran("--dir", folder, "--period", "2019", "--programme", "ales", "--json")

    assert json.loads(done.stdout)["I04"] == {"nominative": 1, "low": 1, "high": 1}


@pytest.mark.parametrize(
    "row",
    [
        {"indicator": "I99", "period": "2019"},
        {"indicator": "I14", "period": "2019", "by": "level"},
        {"indicator": "I08", "period": "2019", "by": "level"},
        {"indicator": "I18b", "period": "2019", "by": "school"},
        {"indicator": "I14", "period": "2019", "programme": "nowhere"},
        {"indicator": "I14", "period": "2019", "organisation": "nobody"},
        {"indicator": "I14", "period": "19"},
        {"declaration": "nothing"},
    ],
)
def test_what_cannot_be_answered_is_refused(row: Data) -> None:
    with pytest.raises(ValueError, match=r"no rule|nobody|period|isoformat"):
        answer_row(world([]), row)


def test_a_wrong_question_ends_the_command_with_its_reason(tmp_path: Path) -> None:
    folder = written(tmp_path / "one", REGISTERED)
    (tmp_path / "questions.json").write_text('[{"indicator": "I99", "period": "2019"}]', encoding="utf-8")

    done = ran("--dir", folder, "--questions", tmp_path / "questions.json")

    assert (done.returncode, done.stdout) == (2, "")
    assert "I99" in done.stderr


def test_one_entry_has_one_body_in_all_folders() -> None:
    assert registry_of([organisation("x"), organisation("x")]).organisations["x"]["nature"] == "ecole"
    with pytest.raises(ValueError, match="organisation x"):
        registry_of([organisation("x"), organisation("x", "centre")])


def test_an_unknown_kind_of_fact_is_not_passed_over() -> None:
    with pytest.raises(ValueError, match=r"pupil\.flown"):
        world([{**profiled("a1"), "said": "pupil.flown"}])


def test_lasting_references_are_told_by_files_and_by_folders_of_files(tmp_path: Path) -> None:
    def partner(source: str, *, stable: bool) -> str:
        return f'[[partners]]\npartner = "p"\n[[partners.systems]]\nsource = "{source}"\nstable_references = {stable}\n'

    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "a.toml").write_text(partner("a", stable=True).lower(), encoding="utf-8")
    (tmp_path / "folder" / "b.toml").write_text('[programme]\nprogramme = "b"\n', encoding="utf-8")
    (tmp_path / "folder" / "c.toml").write_text(partner("a", stable=True).lower(), encoding="utf-8")
    (tmp_path / "single.toml").write_text(partner("s", stable=False).lower() + partner("t", stable=True).lower(),
                                          encoding="utf-8")  # fmt: skip

    assert stable_sources([tmp_path / "folder"]) == {"a"}
    assert stable_sources([tmp_path / "folder", tmp_path / "single.toml"]) == {"a", "t"}


@pytest.mark.parametrize(
    ("said", "value", "low", "high"),
    [
        ({"number": 120}, 120, 120, 120),
        ({"number": 800_000, "wording": "plus_de"}, None, 800_000, 960_000),
        ({"number": 40, "wording": "pres_de"}, None, 38, 40),
        ({"number": 10, "wording": "environ"}, None, 9.5, 10.5),
        ({"number": 700, "wording": "au_moins"}, None, 700, None),
        ({"numerator": 1, "denominator": 3, "unit": "percent"}, 100 / 3, 100 / 3, 100 / 3),
    ],
)
def test_a_declaration_is_a_number_or_the_bounds_of_its_wording(
    said: dict[str, Any], value: float | None, low: float, high: float | None
) -> None:
    found = answer_row(world([], [declared("it", "arbre-de-noel", **said)]), {"declaration": "it"})

    assert (found["value"], found["low"], found["high"]) == (value, low, high)
    assert found["details"]["unit"] == said.get("unit", "persons")


def test_a_declaration_is_checked_against_the_sum_of_its_parts() -> None:
    parts = [declared(f"part-{number}", "stages", number=number) for number in (65, 5, 85)]
    whole = {"number": 155, "parts": ["part-65", "part-5", "part-85"]}
    said = [*parts, declared("right", "stages", **whole), declared("wrong", "stages", **whole | {"number": 156}),
            declared("half", "stages", number=1, parts=["part-5", "third"]),
            declared("third", "apprentis", numerator=1, denominator=3)]  # fmt: skip

    def found(name: str) -> tuple[Any, Any]:
        details = answer_row(world([], said), {"declaration": name})["details"]
        return details["parts_sum"], details["parts_agree"]

    assert found("right") == (155, True)
    assert found("wrong") == (155, False)
    assert found("half") == (None, False)
