"""Lines as a reporting consumer reads them, each beside the same number of the independent count."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from deploy.demo.programme import DateOf, Declared, Line, Question
from deploy.reporting.client import Json, Reporting

UNSAID = "non_renseigne"
_LAST_DECIMAL = 0.0001
_AT_ONCE = 3


@dataclass(frozen=True)
class Read:
    """One answer of the API: the number that the line is about, and what is said of its wording."""

    line: Line
    body: Json
    value: Any
    verdict: str | None

    @property
    def facts(self) -> int | None:
        """How many facts were counted."""
        found: int | None = self.body.get("facts_counted")
        return found


async def read(reporting: Reporting, line: Line) -> Read:
    """Ask the API about one line."""
    match line.ask:
        case Question():
            return await _read_figure(reporting, line, line.ask)
        case Declared():
            query = {"wording": line.wording} if line.wording else {}
            body = await reporting.declaration(line.ask.declaration, query)
            return Read(line, body, _number(body), _verdict(body))
        case DateOf():
            body = await reporting.programme(line.ask.programme)
            year = year_of(body, line.ask.what)
            return Read(line, body, year, None if line.wording is None else _exactly(year, line.wording))


async def read_all(reporting: Reporting, lines: Sequence[Line]) -> list[Read]:
    """Ask about every line, a few at once, as a page with many figures would."""
    turn = asyncio.Semaphore(_AT_ONCE)

    async def one(line: Line) -> Read:
        async with turn:
            return await read(reporting, line)

    return await asyncio.gather(*map(one, lines))


async def _read_figure(reporting: Reporting, line: Line, question: Question) -> Read:
    query = question.query
    if line.wording is not None:
        query |= {"wording": line.wording, "of": line.of}
    body = await reporting.figure(question.indicator, query)
    if line.only is not None:
        return Read(line, body, _filled(cells_of(body)), _within(cells_of(body), line.only))
    return Read(line, body, pick(body, line.of), _verdict(body))


def year_of(programme: Json, what: str) -> int | None:
    """The year in which the programme opened, or got a label."""
    if what == "opened_on":
        date = programme.get("opened_on")
    else:
        label = what.removeprefix("label:")
        found = [one["starts_on"] for one in programme.get("labels", ()) if one["label"] == label]
        date = min(found, default=None)
    return int(date[:4]) if date else None


def pick(answer: Mapping[str, Any], of: str) -> Any:
    """The number of an answer that a line is about; answers of the API and of the count have one shape."""
    kind, _, name = of.partition(":")
    cells = cells_of(answer)
    match kind:
        case "cells":
            return len(_filled(cells))
        case "cell":
            return _number(cells[name]) if name in cells else 0
        case "share":
            known = sum(_number(cell) for key, cell in cells.items() if key != UNSAID)
            return 100 * (_number(cells[name]) if name in cells else 0) / known if known else None
        case "detail":
            return answer["details"].get(name)
        case _:
            return _number(answer)


def cells_of(answer: Mapping[str, Any]) -> dict[str, Json]:
    """By name."""
    cells = answer.get("cells") or {}
    return dict(cells) if isinstance(cells, Mapping) else {cell["cell"]: cell for cell in cells}


def _filled(cells: Mapping[str, Json]) -> list[str]:
    return sorted(name for name, cell in cells.items() if name != UNSAID and _number(cell))


def _within(cells: Mapping[str, Json], only: Sequence[str]) -> str:
    return "established" if set(_filled(cells)) <= set(only) else "contradicted"


def _exactly(year: int | None, wording: str) -> str:
    return "established" if str(year) == wording else "contradicted"


def _verdict(body: Json) -> str | None:
    verdict: str | None = body["wording"]["verdict"] if body.get("wording") else None
    return verdict


def _number(answer: Mapping[str, Any]) -> Any:
    """The value, or [low, high]."""
    if answer.get("value") is not None:
        return answer["value"]
    low, high = answer.get("low"), answer.get("high")
    return low if low == high else [low, high]


def question_of(line: Line) -> Json | None:
    """The line as the independent count is asked; it does not count the dates of a programme."""
    match line.ask:
        case Question():
            return {**vars(line.ask), "threshold_hours": line.ask.threshold_hours or 10}
        case Declared():
            return {"declaration": line.ask.declaration}
        case DateOf():
            return None


def counted(line: Line, answer: Mapping[str, Any]) -> Any:
    """The same number in the independent count."""
    return _filled(cells_of(answer)) if line.only is not None else pick(answer, line.of)


def agree(one: Any, other: Any) -> bool:
    """Equal to the four decimals that are shown."""
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(agree(left, right) for left, right in zip(one, other, strict=True))
    if isinstance(one, str) or isinstance(other, str):
        return bool(one == other)
    if isinstance(one, list) or isinstance(other, list) or one is None or other is None:
        return one is None and other is None
    return bool(abs(one - other) < _LAST_DECIMAL)


@dataclass(frozen=True)
class Row:
    """A line beside its independent count; `counted_apart` is False for what only the registry says."""

    read: Read
    expected: Any
    counted_apart: bool = True

    @property
    def agrees(self) -> bool:
        """The same as counted independently."""
        return not self.counted_apart or agree(self.read.value, self.expected)

    def as_json(self) -> Json:
        """For machines."""
        line = self.read.line
        return {
            "printed": line.text,
            "wording": line.wording,
            "indicator": line.code,
            "period": line.period,
            "of": line.of,
            "computed": self.read.value,
            "recounted": self.expected,
            "verdict": self.read.verdict,
            "facts_counted": self.read.facts,
            "agrees": self.agrees,
        }
