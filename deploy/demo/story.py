"""The demonstration from start to end, and its verdicts, which decide the exit code."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from deploy.demo import strangers
from deploy.demo.figures import Row
from deploy.demo.play import Corrections, Play
from deploy.demo.programme import Programme
from deploy.demo.settling import Counts, difference
from deploy.demo.table import show_again, show_corrections, show_end, show_table
from deploy.local.world import Steps, World


@dataclass(frozen=True)
class Setting:
    """What is played, and where. `began` is a `time.monotonic()`."""

    programme: Programme
    seed: int
    partners: Path
    data: Path
    steps: Steps
    began: float

    @property
    def messages(self) -> Path:
        """What the partners' systems would send."""
        return self.data / "messages"

    def play(self, world: World) -> Play:
        """On this world."""
        return Play(world, self.programme, self.messages, self.seed, self.steps)


@dataclass
class Told:
    """What was found; every verdict must hold."""

    rows: Sequence[Row] = ()
    verdicts: dict[str, bool] = field(default_factory=dict)
    measures: dict[str, float] = field(default_factory=dict)
    second_time: Mapping[str, int] = field(default_factory=dict)
    corrections: Corrections | None = None


async def tell(setting: Setting, *, as_json: bool) -> int:
    """Play everything; 0 if every verdict holds, else 1."""
    told, console = Told(), Console(stderr=as_json, highlight=False)
    preparing = asyncio.create_task(_prepare(setting))
    try:
        async with World.start(setting.data, setting.partners, steps=setting.steps) as world, world.guard():
            with setting.steps.step("Préparer l'environnement de l'expéditeur et ses messages"):
                python = await preparing
            play = setting.play(world)
            try:
                await _acts(play, setting, python, told, console)
            finally:
                await play.close()
            told.measures["mémoire au repos, tout compris (Mo)"] = world.memory() / 1e6
        await _restart(setting, told)
    finally:
        preparing.cancel()
    show_end(console, told.verdicts, told.measures)
    if as_json:
        print(json.dumps(_as_json(told), ensure_ascii=False))  # noqa: T201 - what --json is for
    return 0 if all(told.verdicts.values()) else 1


async def _prepare(setting: Setting) -> Path:
    await strangers.generate(setting.programme.file, setting.messages, seed=setting.seed)
    return await strangers.sender_environment()


async def _acts(play: Play, setting: Setting, python: Path, told: Told, console: Console) -> None:
    await play.register()
    counts = await play.send(python, "messages.ndjson", "Envoyer les messages, mélangés, un dixième deux fois")
    told.rows = await play.rows(setting.programme.lines)
    told.measures["du début aux chiffres (s)"] = time.monotonic() - setting.began
    show_table(console, f"{setting.programme.name} ({setting.programme.id})", told.rows)
    told.verdicts["aucun chiffre ne contredit ce qui est imprimé"] = all(
        row.read.verdict != "contradicted" for row in told.rows
    )
    told.verdicts["chaque chiffre est celui du recompte indépendant"] = all(row.agrees for row in told.rows)
    await _second_time(play, python, counts, told, console)
    told.corrections, told.rows = await play.corrections(python, told.rows)
    show_corrections(console, told.corrections)
    told.verdicts["corrigés, ils sont encore ceux du recompte"] = all(row.agrees for row in told.rows)
    told.verdicts["les faits nommés sont exactement ceux des deux corrections"] = told.corrections.named_exactly


async def _second_time(play: Play, python: Path, counts: Counts, told: Told, console: Console) -> None:
    again_counts = await play.send(python, "messages.ndjson", "Envoyer tout une seconde fois")
    again = await play.rows([row.read.line for row in told.rows])
    told.second_time = difference(counts, again_counts)
    show_again(console, told.second_time)
    only_duplicates = {outcome for outcome, number in told.second_time.items() if number} == {"duplicate"}
    told.verdicts["un second envoi n'est que doublons et ne déplace aucun chiffre"] = only_duplicates and _same(
        told.rows, again
    )


async def _restart(setting: Setting, told: Told) -> None:
    """The same folder again: how long until everything is ready, and are the figures the same."""
    started = time.monotonic()
    with setting.steps.step("Redémarrer sur les mêmes données"):
        async with World.start(setting.data, setting.partners) as world, world.guard():
            told.measures["redémarrage, jusqu'à prêt (s)"] = time.monotonic() - started
            play = setting.play(world)
            try:
                again = await play.rows([row.read.line for row in told.rows], more=["second_act.ndjson"])
            finally:
                await play.close()
    told.verdicts["après un redémarrage les chiffres sont les mêmes"] = _same(told.rows, again)


def _same(one: Sequence[Row], other: Sequence[Row]) -> bool:
    return all(old.read.value == new.read.value for old, new in zip(one, other, strict=True))


def _as_json(told: Told) -> dict[str, Any]:
    return {
        "rows": [row.as_json() for row in told.rows],
        "second_time": dict(told.second_time),
        "moved": [moved.as_json() for moved in (told.corrections.moved if told.corrections else ())],
        "verdicts": told.verdicts,
        "measures": told.measures,
    }
