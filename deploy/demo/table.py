"""The table of the demonstration, in a terminal and as JSON. Numbers in French style."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from rich.console import Console
from rich.table import Table

from deploy.demo.figures import Row
from deploy.demo.play import Corrections, Moved

_VERDICTS = {"established": "établi", "compatible": "compatible", "contradicted": "CONTREDIT"}
_OUTCOMES = {
    "accepted": "acceptés",
    "stale": "périmés",
    "duplicate": "doublons",
    "rejected": "refusés",
    "held": "retenus",
}


def french(value: Any) -> str:
    """`4 011,5`; an interval as `296 à 310`; nothing as a dash."""
    if value is None:
        return "–"
    if isinstance(value, list):
        return " à ".join(french(end) for end in value)
    text = f"{value:,.1f}" if isinstance(value, float) and not value.is_integer() else f"{value:,.0f}"
    return text.replace(",", "\u202f").replace(".", ",")


def show_table(console: Console, title: str, rows: Sequence[Row]) -> None:
    """One line per figure; a figure that differs from its independent count says so."""
    table = Table(title=title, title_justify="left", show_lines=False)
    table.add_column("Imprimé", overflow="fold")
    for name in ("Indic.", "Période"):
        table.add_column(name, no_wrap=True)
    for name in ("Calculé", "Recompté"):
        table.add_column(name, justify="right", no_wrap=True)
    table.add_column("Verdict", no_wrap=True)
    table.add_column("Faits", justify="right")
    for row in rows:
        line = row.read.line
        verdict = _VERDICTS[row.read.verdict] if row.read.verdict else "(montré)"
        table.add_row(
            line.text,
            line.indicator,
            line.period,
            french(row.read.value),
            french(row.expected) + ("" if row.agrees else " ≠"),
            verdict,
            french(row.read.body["facts_counted"]),
        )
    console.print(table)


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
        change = "–" if isinstance(old, list) or isinstance(new, list) else french(new - old)
        table.add_row(moved.after.line.indicator, french(old), french(new), change, _named(moved))
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
