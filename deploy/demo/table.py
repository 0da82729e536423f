"""What the demonstration shows in a terminal. Numbers in French style."""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import islice
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from deploy.demo.figures import Row, cells_of, pick
from deploy.demo.play import Corrections, Moved
from deploy.demo.programme import Programme
from deploy.demo.questions import Reply
from deploy.reporting.french import VERDICTS, french

_OUTCOMES = {
    "accepted": "acceptés",
    "stale": "périmés",
    "duplicate": "doublons",
    "rejected": "refusés",
    "held": "retenus",
}
_CELLS_SHOWN = 12
_WIDE = 120
"""Columns where the output is no terminal."""


def wide_console(*, on_stderr: bool) -> Console:
    """As wide as the terminal, or wide enough for the table."""
    console = Console(stderr=on_stderr, highlight=False)
    return console if console.is_terminal else Console(stderr=on_stderr, highlight=False, width=_WIDE)


def show_table(console: Console, programmes: Sequence[Programme], rows: Sequence[Row]) -> None:
    """One line per figure, programme by programme; one that differs from its independent count says so."""
    left = iter(rows)
    for programme in programmes:
        title = f"{programme.name} ({programme.id})"
        table = Table(title=title, title_justify="left", box=SIMPLE_HEAD, padding=(0, 1, 0, 0), pad_edge=False)
        table.add_column("Imprimé", overflow="fold", min_width=24)
        for name in ("Indic.", "Période"):
            table.add_column(name, no_wrap=True)
        for name in ("Calculé", "Recompté"):
            table.add_column(name, justify="right", overflow="fold")
        table.add_column("Verdict", no_wrap=True)
        table.add_column("Faits", justify="right", no_wrap=True)
        for row in islice(left, len(programme.lines)):
            table.add_row(*_cells(row))
        console.print(table)


def _cells(row: Row) -> tuple[str, ...]:
    line = row.read.line
    verdict = VERDICTS[row.read.verdict] if row.read.verdict else "(montré)"
    expected = _shown(row, row.expected) if row.counted_apart else "–"
    return (
        line.text,
        line.code,
        line.period,
        _shown(row, row.read.value),
        expected + ("" if row.agrees else " ≠"),
        verdict,
        french(row.read.facts),
    )


def _shown(row: Row, value: Any) -> str:
    """A list of cells is words, an interval two numbers; a year has no thousands."""
    if row.read.line.only is not None and isinstance(value, list):
        return ", ".join(value)
    return str(value) if row.read.line.code == "date" and value is not None else french(value)


def show_replies(console: Console, replies: Sequence[Reply]) -> None:
    """Each question, its figures, and the cells beside the whole."""
    for reply in replies:
        console.print(f"\n[bold]{reply.asked.text}[/bold]")
        for name in reply.names:
            console.print(f"  {name}")
        for row in reply.rows:
            value = french(row.read.value) + ("" if row.agrees else f" ≠ {french(row.expected)}")
            console.print(f"  {row.read.line.text} ({row.read.line.code}, {row.read.line.period}) : {value}")
            for cell in list(cells_of(row.read.body))[:_CELLS_SHOWN] if row.read.line.of == "whole" else ():
                console.print(f"      {cell:<32}{french(pick(row.read.body, f'cell:{cell}'))}")


def show_again(console: Console, outcomes: Mapping[str, int]) -> None:
    """What became of everything that was sent a second time."""
    found = ", ".join(f"{_OUTCOMES[outcome]} {french(number)}" for outcome, number in outcomes.items() if number)
    console.print(f"\nTout envoyé une seconde fois : {found}.")


def show_corrections(console: Console, corrections: Corrections) -> None:
    """Which figures moved, by how much, and the facts that did it."""
    roll, session = corrections.corrected[:8], corrections.cancelled[:8]
    console.print(f"\nUn appel corrigé (séance {roll}…) et une séance annulée ({session}…) :")
    table = Table("Indic.", "Avant", "Après", "Écart", "Faits qui l'expliquent (séance, version, motif)")
    for moved in corrections.moved:
        old, new = moved.before.value, moved.after.value
        change = french(new - old) if isinstance(old, int | float) and isinstance(new, int | float) else "–"
        table.add_row(moved.after.line.code, french(old), french(new), change, _named(moved))
    console.print(table)


def _named(moved: Moved) -> str:
    """Each session and version once, with how many of its facts count and the reasons of those that do not."""
    lines: dict[tuple[str, int], Counter[str]] = {}
    for fact in moved.facts:
        reason = "compté" if fact["counted"] else fact["reason"]
        lines.setdefault((fact["session"][:8], fact["version"]), Counter())[reason] += 1
    return "\n".join(
        f"{session}… v{version} : {', '.join(f'{number} {reason}' for reason, number in sorted(reasons.items()))}"
        for (session, version), reasons in sorted(lines.items())
    )


def show_end(console: Console, verdicts: Mapping[str, bool], measures: Mapping[str, float]) -> None:
    """The verdicts, then what was measured."""
    console.print()
    for sentence, holds in verdicts.items():
        console.print(f"{'✓' if holds else '✗'} {sentence}")
    console.print()
    for name, value in measures.items():
        console.print(f"{name} : {french(round(value, 1))}")
