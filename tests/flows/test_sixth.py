"""A programme that no code has heard of is one more data file: the demonstration plays it, typed as a user would."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from deploy.demo.figures import Read, Row
from deploy.demo.programme import load
from deploy.demo.story import Told

SIXTH = Path(__file__).parent / "sixth.toml"


async def demo(*options: str | Path) -> tuple[int, str]:
    """Run the command; exit code and what it printed."""
    program = Path(sys.executable).with_name("cordees")
    process = await asyncio.create_subprocess_exec(
        program, "demo", *options, "--json", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE
    )
    out, err = await process.communicate()
    assert process.returncode is not None, err.decode()
    return process.returncode, out.decode()


@pytest.mark.timeout(240)
async def test_a_sixth_programme_is_one_more_data_file() -> None:
    code, out = await demo("--programme", SIXTH)

    found = json.loads(out)
    assert (code, [sentence for sentence, holds in found["verdicts"].items() if not holds]) == (0, [])
    judged = {row["printed"]: row["computed"] for row in found["rows"] if row["verdict"] == "established"}
    assert judged == {
        "14 élèves tutorés": 14,
        "six étudiants": 6,
        "un seul niveau": ["2GT"],
        "un lycée encordé": 1,
        "une fondation marraine": 1,
        "7 clubs": 7,
        "ouverte en 2021": 2021,
    }


@pytest.mark.parametrize(
    ("verdict", "counted", "fails"),
    [
        ("established", 14, []),
        ("compatible", 14, []),
        ("contradicted", 14, ["aucun chiffre ne contredit ce qui est imprimé"]),
        ("established", 15, ["chaque chiffre est celui du recompte indépendant"]),
    ],
)
def test_a_contradicted_or_miscounted_line_fails_the_demonstration(
    verdict: str, counted: int, fails: list[str]
) -> None:
    line = load(SIXTH).lines[0]
    told = Told(rows=[Row(Read(line, {}, 14, verdict), counted)])

    told.judge()

    assert [sentence for sentence, holds in told.verdicts.items() if not holds] == fails
    assert told.code == (1 if fails else 0)
