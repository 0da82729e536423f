"""The demonstration from start to end, and its verdicts, which decide the exit code."""

import asyncio
import json
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rich.console import Console

from deploy.cli.steps import Steps
from deploy.demo import play, questions
from deploy.demo.figures import Row, agree
from deploy.demo.play import Corrections, Play, Script
from deploy.demo.programme import Line, Programme
from deploy.demo.questions import Reply
from deploy.demo.settling import Counts, difference
from deploy.demo.table import show_again, show_corrections, show_end, show_replies, show_table, wide_console
from deploy.local.world import World


@dataclass(frozen=True)
class Setting:
    """What is played, and where: `messages` is for a while, `platform` what the platform keeps.

    `partners` is a folder of programme files; `began` is a `time.monotonic()`.
    """

    programmes: Sequence[Programme]
    seed: int
    partners: Path
    messages: Path
    platform: Path
    steps: Steps
    began: float

    @property
    def script(self) -> Script:
        """Folders of messages, one for each programme."""
        folders = {programme.id: self.messages / programme.id for programme in self.programmes}
        return Script(folders, self.partners, self.seed)

    @property
    def files(self) -> dict[str, Path]:
        """By programme."""
        return {programme.id: programme.file for programme in self.programmes}

    @property
    def lines(self) -> list[Line]:
        """The whole table."""
        return [line for programme in self.programmes for line in programme.lines]


@dataclass
class Told:
    """What was found; every verdict must hold."""

    rows: Sequence[Row] = ()
    replies: Sequence[Reply] = ()
    verdicts: dict[str, bool] = field(default_factory=dict)
    measures: dict[str, float] = field(default_factory=dict)
    second_time: Mapping[str, int] = field(default_factory=dict)
    corrections: Corrections | None = None
    corrected: Sequence[Path] = ()
    """Files of messages that were sent beside the first ones."""

    @property
    def code(self) -> int:
        """The exit code: 0 if every verdict holds, else 1."""
        return 0 if all(self.verdicts.values()) else 1

    def judge(self) -> None:
        """The table: against what is printed, and against the independent count."""
        self.verdicts["aucun chiffre ne contredit ce qui est imprimé"] = all(
            row.read.verdict != "contradicted" for row in self.rows
        )
        self.verdicts["chaque chiffre est celui du recompte indépendant"] = all(row.agrees for row in self.rows)


async def tell(setting: Setting, *, as_json: bool) -> int:
    """Play everything; 0 if every verdict holds, else 1."""
    told, console = Told(), wide_console(on_stderr=as_json)
    preparing = asyncio.create_task(play.prepare(setting.files, setting.script))
    try:
        async with World.start(setting.platform, setting.partners, steps=setting.steps) as world, world.guard():
            with setting.steps.step("Préparer l'environnement de l'expéditeur et ses messages"):
                python = await preparing
            on_stage = Play(world, setting.script, setting.steps)
            try:
                await _acts(on_stage, setting, python, told, console)
            finally:
                await on_stage.close()
            told.measures["mémoire au repos, tout compris (Mo)"] = world.memory() / 1e6
        await _restart(setting, told, console)
    finally:
        preparing.cancel()
    told.measures["en tout (s)"] = time.monotonic() - setting.began
    show_end(console, told.verdicts, told.measures)
    if as_json:
        print(json.dumps(_as_json(told), ensure_ascii=False))  # noqa: T201 - what --json is for
    return told.code


async def _acts(stage: Play, setting: Setting, python: Path, told: Told, console: Console) -> None:
    await stage.register()
    recounting = asyncio.create_task(stage.recount(setting.lines))
    try:
        counts = await stage.send(python, stage.messages, "Envoyer les messages, mélangés, un dixième deux fois")
        with setting.steps.step("Lire les chiffres"):
            told.rows = await stage.rows(setting.lines, await recounting)
    finally:
        recounting.cancel()
    told.measures["du début aux chiffres (s)"] = time.monotonic() - setting.began
    told.measures["messages décidés"] = sum(sum(outcomes.values()) for outcomes in counts.values())
    show_table(console, setting.programmes, told.rows)
    told.judge()
    await _second_time(stage, python, counts, told, console)
    await _corrections(stage, setting, python, told, console)


async def _corrections(stage: Play, setting: Setting, python: Path, told: Told, console: Console) -> None:
    """In the programme with the fewest messages: its lines are read and counted again."""
    smallest = min(setting.programmes, key=lambda programme: stage.size_of(programme.id))
    end = 0
    for programme in setting.programmes:
        first, end = end, end + len(programme.lines)
        if programme is smallest:
            break
    rows = list(told.rows)
    told.corrections, rows[first:end] = await stage.corrections(python, rows[first:end], smallest.id)
    told.rows, told.corrected = rows, stage.corrected
    show_corrections(console, told.corrections)
    told.verdicts["corrigés, ils sont encore ceux du recompte"] = all(row.agrees for row in rows[first:end])
    told.verdicts["les faits nommés sont exactement ceux des deux corrections"] = told.corrections.named_exactly


async def _second_time(stage: Play, python: Path, counts: Counts, told: Told, console: Console) -> None:
    again_counts = await stage.send(python, stage.messages, "Envoyer tout une seconde fois")
    again = await stage.rows([row.read.line for row in told.rows], [None for _ in told.rows])
    told.second_time = difference(counts, again_counts)
    show_again(console, told.second_time)
    only_duplicates = {outcome for outcome, number in told.second_time.items() if number} == {"duplicate"}
    told.verdicts["un second envoi n'est que doublons et ne déplace aucun chiffre"] = only_duplicates and _same(
        told.rows, again
    )


async def _restart(setting: Setting, told: Told, console: Console) -> None:
    """The same folder again: how long until everything is ready, are the figures the same; then the questions."""
    started = time.monotonic()
    with setting.steps.step("Redémarrer sur les mêmes données"):
        async with World.start(setting.platform, setting.partners) as world, world.guard():
            told.measures["redémarrage, jusqu'à prêt (s)"] = time.monotonic() - started
            stage = Play(world, setting.script, setting.steps, told.corrected)
            try:
                again = await stage.rows([row.read.line for row in told.rows], [None for _ in told.rows])
                told.replies = await questions.ask(stage, setting.programmes)
            finally:
                await stage.close()
    told.verdicts["après un redémarrage les chiffres sont les mêmes"] = _same(told.rows, again)
    show_replies(console, told.replies)
    if told.replies:
        told.verdicts["les réponses aux questions sont celles du recompte"] = all(one.agrees for one in told.replies)


def _same(one: Sequence[Row], other: Sequence[Row]) -> bool:
    return all(agree(old.read.value, new.read.value) for old, new in zip(one, other, strict=True))


def _as_json(told: Told) -> dict[str, Any]:
    return {
        "rows": [row.as_json() for row in told.rows],
        "questions": [one.as_json() for one in told.replies],
        "second_time": dict(told.second_time),
        "moved": [moved.as_json() for moved in (told.corrections.moved if told.corrections else ())],
        "verdicts": told.verdicts,
        "measures": told.measures,
    }
