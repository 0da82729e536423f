"""The acts of the demonstration: first the figures, then everything a second time, then two corrections."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from chassis.references import session_id
from deploy.demo import strangers
from deploy.demo.figures import Json, Read, Reporting, Row, counted
from deploy.demo.programme import Line, Programme
from deploy.demo.registry import register
from deploy.demo.settling import Counts, Settling
from deploy.local.issuer import issue_token
from deploy.local.world import Steps, World

REPEATED = 0.1


@dataclass(frozen=True)
class Moved:
    """A figure before and after the corrections, and the facts that the explanation names."""

    before: Read
    after: Read
    facts: Sequence[Json]

    def as_json(self) -> Json:
        """For machines."""
        return {
            "indicator": self.after.line.indicator,
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


class Play:
    """One programme on one world. `folder` holds what the partners' systems would send."""

    def __init__(self, world: World, programme: Programme, folder: Path, seed: int, steps: Steps) -> None:
        self._programme, self._folder, self._seed, self._steps = programme, folder, seed, steps
        self._world = world
        self._operator = self._token("operator")
        self._settling = Settling(world, self._operator)
        self._reporting = Reporting(world.services["reporting"].url, self._token("reader"))
        self._sent = Counter[str]()

    def _token(self, role: str) -> dict[str, str]:
        token = issue_token(self._world.secrets, [role], programmes=["*"], audience="interne")  # type: ignore[list-item]
        return {"Authorization": f"Bearer {token}"}

    async def register(self) -> None:
        """The registry, over HTTP."""
        with self._steps.step("Inscrire organisations, établissements, programme et conventions (HTTP)"):
            url = self._world.services["inscriptions"].url
            await register(url, self._operator, self._folder / "registry.json")

    async def send(self, python: Path, file: str, label: str, repeat_share: float = REPEATED) -> Counts:
        """Send a file of messages, wait for rest; records by topic and outcome."""
        with self._steps.step(label):
            bootstrap = self._world.kafka.bootstrap
            sent = await strangers.send(
                python, bootstrap, self._folder / file, seed=self._seed, repeat_share=repeat_share
            )
            self._sent.update(sent)
        with self._steps.step("Attendre que les projections aient dépassé le dernier événement"):
            return await self._settling.wait(self._sent)

    async def rows(self, lines: Sequence[Line], more: Sequence[str] = ()) -> list[Row]:
        """The figures, each beside its independent count."""
        files = [self._folder / name for name in more]
        expected: dict[str, Json] = {}
        for period in {line.period for line in lines}:
            expected[period] = await strangers.recount(self._folder, period, programme=self._programme.id, more=files)
        reads = await self._reporting.read_all(self._programme.id, lines)
        return [Row(read, counted(expected[read.line.period], read.line.indicator)) for read in reads]

    async def corrections(self, python: Path, before: Sequence[Row]) -> tuple[Corrections, list[Row]]:
        """One roll corrected, one session cancelled; which figures moved, and the facts that did it."""
        watermark = before[0].read.body["watermark"]
        await self.send(python, "second_act.ndjson", "Corriger un appel et annuler une séance", repeat_share=0)
        after = await self.rows([row.read.line for row in before], more=["second_act.ndjson"])
        moved = [
            Moved(old.read, new.read, await self._reporting.explained(self._programme.id, new.read.line, watermark))
            for old, new in zip(before, after, strict=True)
            if old.read.value != new.read.value
        ]
        return Corrections(*self._concerned(), moved), after

    def _concerned(self) -> tuple[str, str]:
        """The two sessions of the last act, from the partner's references to our ids."""
        act = json.loads((self._folder / "second_act.json").read_text(encoding="utf-8"))
        ids = [session_id(act["source"], act[what]["session"], act["programme"]) for what in ("corrected", "cancelled")]
        return ids[0], ids[1]

    async def close(self) -> None:
        """Give back the connections."""
        await self._reporting.close()
