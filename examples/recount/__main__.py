"""`python -m examples.recount --dir DIR --period 2019 [--with FILE]`: the expected figures, counted independently."""

import argparse
import json
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path

from examples.recount.facts import Data, latest, read_messages
from examples.recount.figures import Figures, figures
from examples.recount.period import parse_period
from examples.recount.persons import resolve_persons

PARTNERS = Path(__file__).parents[1] / "partners.toml"


def recount(
    folder: Path, period: str, *, programme: str | None = None, more: Sequence[Path] = (), partners: Path = PARTNERS
) -> Figures:
    """The figures of one programme (and those inside it) in one period. Raises ValueError for a wrong period."""
    entries = json.loads((folder / "registry.json").read_text(encoding="utf-8"))
    facts = latest(read_messages([folder / "messages.ndjson", *more]))
    return figures(
        facts,
        resolve_persons(facts, _stable_sources(partners)),
        programmes=_inside(entries, programme),
        sites={entry["id"]: entry["body"]["site"] for entry in entries if entry["kind"] == "establishment"},
        period=parse_period(period),
    )


def _inside(entries: list[Data], programme: str | None) -> set[str]:
    """The programme and whatever has it as parent, at any depth; without one, all that are registered."""
    parents = {entry["id"]: entry["body"].get("parent") for entry in entries if entry["kind"] == "programme"}
    if programme is None:
        return set(parents)
    found = {programme}
    while more := {child for child, parent in parents.items() if parent in found} - found:
        found |= more
    return found


def _stable_sources(partners: Path) -> set[str]:
    rows = tomllib.loads(partners.read_text(encoding="utf-8"))["partners"]
    return {system["source"] for row in rows for system in row["systems"] if system.get("stable_references")}


def main() -> int:
    """Print one JSON object. Exit code 0, or 2 when something asked for cannot be read."""
    parser = argparse.ArgumentParser(prog="python -m examples.recount", description=__doc__)
    parser.add_argument("--dir", type=Path, required=True, help="folder with registry.json and messages.ndjson")
    parser.add_argument("--period", required=True, help="2019, 2018-2019 or 2019-01-01/2019-07-01")
    parser.add_argument("--programme", help="all programmes of registry.json if not given")
    parser.add_argument("--with", type=Path, action="append", default=[], dest="more", help="more messages (ndjson)")
    parser.add_argument("--partners", type=Path, default=PARTNERS, help="whose references last from year to year")
    parser.add_argument("--json", action="store_true", help="on one line")
    asked = parser.parse_args()
    try:
        found = recount(asked.dir, asked.period, programme=asked.programme, more=asked.more, partners=asked.partners)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 2
    sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=None if asked.json else 2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
