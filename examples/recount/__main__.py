"""The figures, counted independently of the platform.

`python -m examples.recount --dir DIR [--dir DIR] --questions FILE.json`: one answer for each question.
`python -m examples.recount --dir DIR --period 2019 [--programme ID]`: the counts of one programme and period.
"""

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from examples.recount.answers import answer_row
from examples.recount.figures import Figures, figures
from examples.recount.period import parse_period
from examples.recount.world import PARTNERS, read_world


def recount(folder: Path, period: str, *, programme: str | None = None, more: Sequence[Path] = ()) -> Figures:
    """The counts of one programme (and those inside it) in one period. Raises ValueError for a wrong period."""
    return figures(read_world([folder], more), parse_period(period), programme)


def _answers(asked: argparse.Namespace) -> Any:
    world = read_world(asked.dir, asked.more, asked.partners or PARTNERS)
    if asked.questions:
        return [answer_row(world, row) for row in json.loads(asked.questions.read_text(encoding="utf-8"))]
    return figures(world, parse_period(asked.period), asked.programme)


def main() -> int:
    """Print JSON. Exit code 0, or 2 when something asked for cannot be read or counted."""
    parser = argparse.ArgumentParser(prog="python -m examples.recount", description=__doc__)
    parser.add_argument("--dir", type=Path, action="append", required=True, help="with registry.json, messages.ndjson")
    asks = parser.add_mutually_exclusive_group(required=True)
    asks.add_argument("--questions", type=Path, help="a JSON list of questions; the answers come in the same order")
    asks.add_argument("--period", help="2019, 2018-2019 or 2019-01-01/2019-07-01")
    parser.add_argument("--programme", help="with --period; all registered programmes if not given")
    parser.add_argument("--with", type=Path, action="append", default=[], dest="more", help="more messages (ndjson)")
    parser.add_argument("--partners", type=Path, action="append", help="file or folder (TOML): whose references last")
    parser.add_argument("--json", action="store_true", help="on one line")
    asked = parser.parse_args()
    try:
        found = _answers(asked)
    except (OSError, ValueError) as error:
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        return 2
    sys.stdout.write(json.dumps(found, ensure_ascii=False, indent=None if asked.json else 2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
