"""The acts of the demonstration: the registry, the messages, the figures, and two corrections."""

import asyncio
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from chassis.references import session_id
from deploy.demo import strangers
from deploy.demo.figures import Read, Row, counted, question_of, read_all
from deploy.demo.programme import Line, Question
from deploy.demo.registry import register
from deploy.demo.settling import Counts, Settling
from deploy.local.issuer import issue_token
from deploy.local.world import Steps, World
from deploy.reporting.client import Json, Reporting

REPEATED = 0.1
MESSAGES, SECOND_ACT = "messages.ndjson", "second_act.ndjson"


@dataclass(frozen=True)
class Moved:
    """A figure before and after the corrections, and the facts that the explanation names."""

    before: Read
    after: Read
    facts: Sequence[Json]

    def as_json(self) -> Json:
        """For machines."""
        return {
            "indicator": self.after.line.code,
            "before": self.before.value,
            "after": self.after.value,
            "facts": [
                {name: fact[name] for name in ("session", "version", "counted", "reason")} for fact in self.facts
            ],
        }


@dataclass(frozen=True)
class Corrections:
    """What the last act did: the sessions concerned, in our ids, and what moved."""

    corrected: str
    cancelled: str
    moved: Sequence[Moved]

    @property
    def named_exactly(self) -> bool:
        """Every moved figure is explained by these two sessions and no other."""
        allowed = {self.corrected, self.cancelled}
        named = [{fact["session"] for fact in one.facts} for one in self.moved]
        return bool(named) and all(found and found <= allowed for found in named) and set.union(*named) == allowed


@dataclass(frozen=True)
class Script:
    """What is played: by programme, the folder of what its partners' systems would send; and the partners' files.

    `seed` invents the people; `order` (without it the seed) shuffles the messages and says which are sent twice.
    """

    folders: Mapping[str, Path]
    partners: Path
    seed: int
    order: int | None = None

    def files(self, name: str) -> list[Path]:
        """That file of every programme."""
        return [folder / name for folder in self.folders.values()]


class Play:
    """A script on a world. `corrected` are the files of corrections that were sent already."""

    def __init__(self, world: World, script: Script, steps: Steps, corrected: Sequence[Path] = ()) -> None:
        self._world, self._script, self._steps = world, script, steps
        self._operator = self._token("operator")
        self._settling = Settling(world, self._operator)
        self.reporting = Reporting(world.services["reporting"].url, self._token("reader"))
        self._sent = Counter[str]()
        self.corrected: list[Path] = list(corrected)

    def _token(self, role: str) -> dict[str, str]:
        token = issue_token(self._world.secrets, [role], programmes=["*"], audience="interne")  # type: ignore[list-item]
        return {"Authorization": f"Bearer {token}"}

    @property
    def operator(self) -> tuple[str, Mapping[str, str]]:
        """Address of the registry, and headers that may read it."""
        return self._world.services["inscriptions"].url, self._operator

    async def register(self) -> None:
        """The registry, over HTTP."""
        with self._steps.step("Inscrire organisations, établissements, programmes, conventions, déclarations (HTTP)"):
            await register(*self.operator, self._script.files("registry.json"))

    async def send(self, python: Path, files: Sequence[Path], label: str, repeat_share: float = REPEATED) -> Counts:
        """Send files of messages, wait for rest; records by topic and outcome."""
        with self._steps.step(label):
            await self.deliver(python, files, repeat_share)
        return await self.settle()

    async def deliver(self, python: Path, files: Sequence[Path], repeat_share: float = REPEATED) -> None:
        """Until Kafka has acknowledged everything."""
        order = self._script.seed if self._script.order is None else self._script.order
        bootstrap = self._world.kafka.bootstrap
        self._sent.update(await strangers.send(python, bootstrap, files, seed=order, repeat_share=repeat_share))

    async def settle(self) -> Counts:
        """Until everything that was delivered is in the figures."""
        with self._steps.step("Attendre que les projections aient dépassé le dernier événement") as say:
            return await self._settling.wait(self._sent, say=say)

    async def decided(self) -> int:
        """How many records of the inbound topics were decided so far."""
        return sum(sum(outcomes.values()) for outcomes in (await self._settling.counts()).values())

    @property
    def messages(self) -> list[Path]:
        """All messages of all programmes."""
        return self._script.files(MESSAGES)

    def size_of(self, programme: str) -> int:
        """Bytes of its messages."""
        return (self._script.folders[programme] / MESSAGES).stat().st_size

    async def rows(self, lines: Sequence[Line], expected: Sequence[Any] | None = None) -> list[Row]:
        """The figures, each beside its independent count (`expected`, or made now)."""
        if expected is None:
            expected = await self.recount(lines)
        found = await read_all(self.reporting, lines)
        return [
            Row(one, None if number is None else counted(one.line, number), number is not None)
            for one, number in zip(found, expected, strict=True)
        ]

    async def recount(self, lines: Sequence[Line]) -> list[Json | None]:
        """The independent count of everything that was sent; None where there is nothing to count."""
        questions = [question_of(line) for line in lines]
        asked = [question for question in questions if question is not None]
        folders, partners = list(self._script.folders.values()), self._script.partners
        answers = iter(await strangers.recount(folders, asked, partners=partners, more=self.corrected))
        return [None if question is None else next(answers) for question in questions]

    async def corrections(self, python: Path, before: Sequence[Row], programme: str) -> tuple[Corrections, list[Row]]:
        """One roll corrected, one session cancelled; which figures moved, and the facts that did it."""
        act = self._script.folders[programme] / SECOND_ACT
        watermark = next(row.read.body["watermark"] for row in before if "watermark" in row.read.body)
        self.corrected.append(act)
        await self.send(python, [act], "Corriger un appel et annuler une séance", repeat_share=0)
        after = await self.rows([row.read.line for row in before])
        moved = [
            await self._moved(old.read, new.read, watermark)
            for old, new in zip(before, after, strict=True)
            if old.read.value != new.read.value
        ]
        return Corrections(*_concerned(act.with_suffix(".json")), moved), after

    async def _moved(self, old: Read, new: Read, watermark: str) -> Moved:
        if not isinstance(new.line.ask, Question):
            return Moved(old, new, ())
        query = new.line.ask.query | {"after": watermark}
        return Moved(old, new, await self.reporting.facts(new.line.ask.indicator, query))

    async def close(self) -> None:
        """Give back the connections."""
        await self.reporting.close()


def _concerned(file: Path) -> tuple[str, str]:
    """The two sessions of the last act, from the partner's references to our ids."""
    act = json.loads(file.read_text(encoding="utf-8"))
    ids = [session_id(act["source"], act[what]["session"], act["programme"]) for what in ("corrected", "cancelled")]
    return ids[0], ids[1]


async def prepare(files: Mapping[str, Path], script: Script, scale: float = 1) -> Path:
    """Make what the partners' systems would send, and the sender's environment; its Python."""
    making = asyncio.gather(
        *(strangers.generate(file, script.folders[name], seed=script.seed, scale=scale) for name, file in files.items())
    )
    python, _ = await asyncio.gather(strangers.sender_environment(), making)
    return python
