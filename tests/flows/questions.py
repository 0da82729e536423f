"""Questions that no document asks: any indicator by any breakdown, of any programme, organisation and period.

The platform and the independent count answer them apart; what they say is compared cell by cell.
"""

import asyncio
import random
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from deploy.demo.figures import agree, cells_of, pick
from deploy.demo.programme import Question
from deploy.reporting.client import Json, Reporting

_AT_ONCE = 3


def periods(programme: Mapping[str, Any]) -> list[str]:
    """Of a programme file: its school years, the calendar years that they touch, and one that begins anywhere."""
    years = [year["school_year"] for year in programme["generator"]["school_years"]]
    calendar = sorted({year + more for year in years for more in (0, 1)})
    free = f"{years[0]}-11-13/{years[-1] + 1}-03-09"
    return [*(f"{year}-{year + 1}" for year in years), *map(str, calendar), free]


def scopes(files: Sequence[Path]) -> Iterator[tuple[str | None, str | None, str]]:
    """Programme, organisation, period: each alone, some together, and nothing but a period."""
    for file in files:
        programme = tomllib.loads(file.read_text(encoding="utf-8"))
        names = [programme["programme"]["programme"], *(one["programme"] for one in programme.get("programmes", ()))]
        organisers = [one["organisation"] for one in programme["organisations"]]
        for period in periods(programme):
            yield from ((name, None, period) for name in names)
            yield from ((None, one, period) for one in organisers)
            yield names[0], organisers[0], period
            yield None, None, period


def draw(catalogue: Sequence[Json], files: Sequence[Path], number: int, seed: int) -> list[Question]:
    """That many different ones."""
    every = [
        Question(one["code"], period, programme, organisation, by)
        for one in catalogue
        for by in (None, *one["breakdowns"])
        for programme, organisation, period in scopes(files)
    ]
    return random.Random(seed).sample(every, number)


async def answers(reporting: Reporting, questions: Sequence[Question]) -> list[Json]:
    """Of the platform, in their order."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def one(question: Question) -> Json:
        async with turn:
            return await reporting.figure(question.indicator, question.query)

    return await asyncio.gather(*map(one, questions))


def difference(question: Question, found: Json, counted: Json) -> str | None:
    """What the two say differently. A cell that one leaves out is empty to the other."""
    if not agree(pick(found, "whole"), pick(counted, "whole")):
        return f"{pick(found, 'whole')} ≠ {pick(counted, 'whole')}"
    if question.by is None:
        return None
    here, there = _filled(found), _filled(counted)
    wrong = {
        cell: (here.get(cell), there.get(cell))
        for cell in here.keys() | there.keys()
        if not agree(here.get(cell), there.get(cell))
    }
    return str(wrong) if wrong else None


def _filled(answer: Json) -> dict[str, Any]:
    values = {cell: pick(answer, f"cell:{cell}") for cell in cells_of(answer)}
    return {cell: value for cell, value in values.items() if value not in (0, None, [0, 0])}
