"""Programme files: what each document prints, what is shown beside it, and the questions asked in the end."""

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from deploy.local.folders import PROJECT

PROGRAMMES = PROJECT / "examples" / "programmes"
QUESTIONS = PROJECT / "examples" / "questions.toml"


@dataclass(frozen=True)
class Question:
    """What is asked of an indicator. No programme: all of them."""

    indicator: str
    period: str
    programme: str | None = None
    organisation: str | None = None
    by: str | None = None
    threshold_hours: int | None = None

    @property
    def query(self) -> dict[str, str]:
        """As the API takes it."""
        return {name: str(value) for name, value in vars(self).items() if name != "indicator" and value is not None}


@dataclass(frozen=True)
class Declared:
    """A declared indicator, by its id."""

    declaration: str


@dataclass(frozen=True)
class DateOf:
    """A year of the programme itself: `opened_on`, or `label:<label>`."""

    programme: str
    what: str


Ask = Question | Declared | DateOf


@dataclass(frozen=True)
class Line:
    """One line of the table. Without wording and `only` nothing was printed and nothing is judged.

    `of` says which number of the answer: `whole`, `cells`, `cell:<name>`, `share:<cell>`, `detail:<name>`; `only`
    that every cell with somebody in it is one of these.
    """

    text: str
    ask: Ask
    of: str = "whole"
    wording: str | None = None
    only: tuple[str, ...] | None = None

    @property
    def code(self) -> str:
        """What stands in the table's second column."""
        match self.ask:
            case Question():
                return self.ask.indicator
            case Declared():
                return "déclaré"
            case DateOf():
                return "date"

    @property
    def period(self) -> str:
        """Of an indicator."""
        return self.ask.period if isinstance(self.ask, Question) else "–"


@dataclass(frozen=True)
class Programme:
    """A programme of the demonstration."""

    id: str
    name: str
    file: Path
    lines: tuple[Line, ...]


@dataclass(frozen=True)
class Asked:
    """A question put to the API when the programmes that it needs were played."""

    text: str
    lines: tuple[Line, ...]
    needs: frozenset[str] = field(default_factory=frozenset)
    names: tuple[str, ...] = ()
    """Entries of the registry whose names are shown beside: `establishment/<uai>`."""


def available(folder: Path = PROGRAMMES) -> list[str]:
    """Ids of the programmes that can be played."""
    return sorted(file.stem for file in folder.glob("*.toml"))


def load(file: Path) -> Programme:
    """Raises FileNotFoundError for one that there is not."""
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    own = data["programme"]["programme"]
    lines = (_line(row, own) for row in (*data.get("printed", ()), *data.get("shown", ())))
    return Programme(own, data["programme"]["name"], file, tuple(lines))


def load_questions(played: Iterable[str], file: Path = QUESTIONS) -> list[Asked]:
    """Those of which every programme was played."""
    known = set(played)
    rows = tomllib.loads(file.read_text(encoding="utf-8"))["questions"]
    asked = [
        Asked(
            text=row["text"],
            lines=tuple(_line(figure, None) for figure in row["figures"]),
            needs=frozenset(row["needs"]),
            names=tuple(row.get("names", ())),
        )
        for row in rows
    ]
    return [one for one in asked if one.needs <= known]


def _line(row: dict[str, Any], own: str | None) -> Line:
    only = row.get("only")
    return Line(
        text=row["text"],
        ask=_ask(row, own),
        of=row.get("of", "whole"),
        wording=_wording(row.get("wording"), row.get("number")),
        only=None if only is None else tuple(only),
    )


def _ask(row: dict[str, Any], own: str | None) -> Ask:
    if "declaration" in row:
        return Declared(row["declaration"])
    if "date_of" in row:
        return DateOf(row.get("programme") or own or "", row["date_of"])
    return Question(
        indicator=row["indicator"],
        period=row["period"],
        programme=row.get("programme", own) or None,
        organisation=row.get("organisation"),
        by=row.get("by"),
        threshold_hours=row.get("threshold_hours"),
    )


def _wording(kind: str | None, number: float | None) -> str | None:
    """As the API reads it: `plus de 130`, `44`, `la plupart`."""
    if number is None:
        return kind
    return str(number) if kind in {None, "exact"} else f"{kind} {number}"
