"""A programme file: what its document prints, and what is shown beside it."""

import tomllib
from dataclasses import dataclass
from pathlib import Path

from deploy.local.folders import PROJECT

PROGRAMMES = PROJECT / "examples" / "programmes"


@dataclass(frozen=True)
class Line:
    """One line of the table; without a wording nothing was printed and nothing is judged."""

    text: str
    indicator: str
    period: str
    wording: str | None = None


@dataclass(frozen=True)
class Programme:
    """A programme of the demonstration."""

    id: str
    name: str
    file: Path
    lines: tuple[Line, ...]


def available() -> list[str]:
    """Ids of the programmes that can be played."""
    return sorted(file.stem for file in PROGRAMMES.glob("*.toml"))


def load(name: str) -> Programme:
    """Raises FileNotFoundError for one that there is not."""
    file = PROGRAMMES / f"{name}.toml"
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    printed = [
        Line(row["text"], row["indicator"], row["period"], _wording(row["wording"], row.get("number")))
        for row in data["printed"]
    ]
    shown = [Line(row["text"], row["indicator"], row["period"]) for row in data.get("shown", [])]
    return Programme(data["programme"]["programme"], data["programme"]["name"], file, (*printed, *shown))


def _wording(kind: str, number: int | None) -> str:
    """As the API reads it: `plus de 130`, `44`, `la plupart`."""
    if number is None:
        return kind
    return str(number) if kind == "exact" else f"{kind} {number}"
