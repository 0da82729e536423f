"""`cordees report`, typed as a programme head would: the page's numbers are those of the independent count."""

import asyncio
import json
import os
import sys
from pathlib import Path

from deploy.demo import strangers
from deploy.demo.figures import agree, pick, question_of
from tests.flows.conftest import Played, Stage, lines_of


async def report(stage: Stage, *options: str, token: str | None = None) -> tuple[int, str, str]:
    """Run the command against the reporting service; exit code, stdout, stderr."""
    bearer = stage.headers("reader")["Authorization"].removeprefix("Bearer ") if token is None else token
    process = await asyncio.create_subprocess_exec(
        Path(sys.executable).with_name("cordees"),
        "report",
        *options,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "CORDEES_URL": stage.world.services["reporting"].url, "CORDEES_TOKEN": bearer},
    )
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


async def played(stage: Stage) -> Played:
    programme = await stage.new_programme(seed=21, scale=0.2)
    await programme.register()
    await programme.send()
    await stage.settle()
    return programme


async def test_the_page_says_what_the_count_says_in_all_three_forms(world: Stage) -> None:
    programme = await played(world)
    asked = ("--programme", programme.programme, "--period", "2019")

    code, out, err = await report(world, *asked, "--json")
    page = json.loads(out)
    lines = lines_of(programme.programme, "2019", (entry["code"] for entry in page["entries"]))
    counts = await strangers.recount([programme.folder], [question_of(line) for line in lines], partners=world.partners)

    assert code == 0, err
    expected = {line.code: pick(answer, "whole") for line, answer in zip(lines, counts, strict=True)}
    found = {entry["code"]: entry["value"] for entry in page["entries"]}
    assert {name: (found[name], number) for name, number in expected.items() if not agree(found[name], number)} == {}
    assert {"I02", "I08", "I11", "I14"} <= found.keys()
    assert all(entry["rule"] and entry["definition_version"] >= 1 for entry in page["entries"])
    assert any("référence" in remark and "I04" in remark for remark in page["remarks"])
    children = next(one for one in page["declared"] if one["label"] == "Enfants à l'arbre de Noël")
    assert (children["value"], children["sentence"][:11]) == (120, "120 enfants")
    whole = next(one for one in page["declared"] if one["value"] == 155)
    assert whole["remarks"] == ["somme de ses parties : vérifiée"]

    _, markdown, _ = await report(world, *asked, "--format", "markdown")
    _, terminal, _ = await report(world, *asked)
    assert markdown.startswith("# Les @ de la Fraternité, 2019")
    assert f"| Élèves tutorés (I02) | {found['I02']} personnes |" in markdown
    assert "Élèves tutorés (I02)" in terminal
    assert "Remarques" in markdown


async def test_what_cannot_be_shown_is_said_and_exits_with_1(world: Stage) -> None:
    unknown, _, said = await report(world, "--programme", "nowhere", "--period", "2019")
    period, _, wrong = await report(world, "--programme", "nowhere", "--period", "19")
    nobody, _, refused = await report(world, "--programme", "nowhere", "--period", "2019", token="nothing")

    assert (unknown, period, nobody) == (1, 1, 1)
    assert "404" in said
    assert wrong
    assert "401" in refused
