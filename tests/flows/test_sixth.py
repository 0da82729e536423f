"""A programme that no code has heard of is one more data file: the demonstration plays it, typed as a user would."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

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


@pytest.mark.timeout(240)
async def test_a_number_that_the_events_contradict_fails_the_demonstration(tmp_path: Path) -> None:
    wrong = tmp_path / "sixth.toml"
    text = SIXTH.read_text(encoding="utf-8")
    wrong.write_text(
        text.replace('wording = "exact"\nnumber = 14', 'wording = "plus de"\nnumber = 15'), encoding="utf-8"
    )

    code, out = await demo("--programme", wrong)

    verdicts = json.loads(out)["verdicts"]
    assert code == 1
    assert [sentence for sentence, holds in verdicts.items() if not holds] == [
        "aucun chiffre ne contredit ce qui est imprimé"
    ]
