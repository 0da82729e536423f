"""docs/premier-evenement.md does what it says: its commands, as they stand there, in their order."""

import asyncio
import os
import re
import shutil
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from contracts.partners import load_partners
from deploy.local.folders import PROJECT
from tests.flows.conftest import PLAYED, Played, Stage

PAGE = PROJECT / "docs" / "premier-evenement.md"
PROGRAMME = PLAYED[-1]
# On the stage the page's partner is one of those that the stage was started with.
ON_STAGE = {
    "urn:example:asso-exemple:appli": "urn:example:lycee-dumas:vie-scolaire",
    "asso-exemple": "lycee-dumas",
    "cordee-essai": PROGRAMME,
}
DONE_BEFORE = ("cordees run", "python3 -m venv")

_BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_FILE = re.compile(r"# \.\./essai/(\S+)\n")
_SENT = re.compile(r"^(cordees\.inbound\.\S+)/\d+/\d+$", re.MULTILINE)

pytestmark = pytest.mark.skipif(not (shutil.which("bash") and shutil.which("curl")), reason="needs bash and curl")


@dataclass(frozen=True)
class Block:
    """A fenced block: a file if its first line names one, else commands with what they print as comments."""

    language: str
    text: str

    @property
    def file(self) -> str | None:
        found = _FILE.match(self.text)
        return found[1] if found else None

    @property
    def commands(self) -> str:
        lines = self.text.splitlines()
        return "\n".join(line for line in lines if not any(done in line for done in DONE_BEFORE))

    @property
    def printed(self) -> Iterator[str]:
        for line in self.text.splitlines():
            if line.startswith("# "):
                yield from (part.strip() for part in line[2:].split("…"))


def blocks() -> list[Block]:
    return [Block(*found) for found in _BLOCK.findall(PAGE.read_text(encoding="utf-8"))]


def replaced(text: str, words: Mapping[str, str]) -> str:
    for word, other in words.items():
        text = text.replace(word, other)
    return text


class Terminal:
    """The second terminal of the page: what `cordees run` says to paste there is its environment."""

    def __init__(self, stage: Stage, folder: Path) -> None:
        services = {name.upper(): service.url for name, service in stage.world.services.items()}
        kafka = {"KAFKA": stage.world.kafka.bootstrap, "CORDEES_DATA": str(stage.world.data)}
        self._environment = os.environ | services | kafka
        self._words = {
            "../essai/venv/bin/python": str(stage.sender),
            "../essai": str(folder),
            ".venv/bin/cordees": str(Path(sys.executable).with_name("cordees")),
            "cordee-essai": PROGRAMME,
        }

    async def run(self, commands: str) -> str:
        text = replaced(commands, self._words)
        process = await asyncio.create_subprocess_exec(
            *("bash", "-euo", "pipefail", "-c", text),
            cwd=PROJECT,
            env=self._environment,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        assert process.returncode == 0, f"{commands}\n{output.decode()}"
        return output.decode()


async def test_the_first_event_of_the_page_becomes_the_figure_of_the_page(world: Stage, tmp_path: Path) -> None:
    terminal = Terminal(world, tmp_path)

    for block in blocks():
        if block.file is not None:
            words = ON_STAGE if block.language == "python" else {}
            (tmp_path / block.file).write_text(replaced(block.text, words), encoding="utf-8")
            continue
        printed = await terminal.run(block.commands)
        world.sent.update(Counter(_SENT.findall(printed)))
        await world.settle()
        for part in block.printed:
            assert part in printed

    figures = await Played(world, PROGRAMME, tmp_path, seed=0).figures("2025-2026", ("I11", "I14"))
    assert figures == {"I11": 3, "I14": 1}


def test_the_partners_file_of_the_page_lets_its_sender_speak(tmp_path: Path) -> None:
    file = tmp_path / "partenaires.toml"
    (text,) = (block.text for block in blocks() if block.language == "toml")
    file.write_text(text, encoding="utf-8")
    sender = "\n".join(block.text for block in blocks() if block.language == "python")

    (partner,) = load_partners(file)

    assert f'"{partner.partner}"' in sender
    assert [f'"{system.source}"' in sender for system in partner.systems] == [True]
    assert [f'"{name}"' in sender for system in partner.systems for name in system.programmes] == [True]
