"""Work in a process of its own, so that nobody's memory, collector or imports are another's."""

import json
import os
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from deploy.local.processes import Child, ChildDied, wait_for
from deploy.reporting.french import rounded

Say = Callable[[str], None]

_JOB, _PLACE = "CORDEES_BENCH_JOB", "CORDEES_BENCH_RESULT"
_WEEK = 7 * 24 * 3600.0
_EVERY = 1.0


async def run_apart(  # noqa: PLR0913 - what runs, with what, and how it is shown
    name: str, module: str, job: Mapping[str, Any], folder: Path, *, env: Mapping[str, str], say: Say = lambda _: None
) -> dict[str, Any]:
    """`python -m module` with a job; gives what it answered. Raises `ChildDied` with its last words."""
    folder.mkdir(parents=True, exist_ok=True)
    result = folder / f"{name}.json"
    # Of an earlier one of this name.
    result.unlink(missing_ok=True)
    _beside(result).unlink(missing_ok=True)
    # Not as arguments, which everybody on the machine may read: a job holds addresses with passwords.
    own = {_JOB: json.dumps(job), _PLACE: str(result)}
    child = Child(name, [sys.executable, "-m", module], log=folder / f"{name}.log", env=_clean() | dict(env) | own)
    child.wanted = False
    try:
        await wait_for(lambda: _over(child, result, say), _WEEK, name)
        if child.returncode != 0:
            raise ChildDied(child)
    finally:
        child.kill()
    answer: dict[str, Any] = json.loads(result.read_text())
    return answer


async def _over(child: Child, result: Path, say: Say) -> bool:
    progress = _beside(result)
    if progress.exists():
        say(progress.read_text())
    return child.returncode is not None


def _clean() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if not name.startswith("CORDEES_")}


def _beside(result: Path) -> Path:
    return result.with_suffix(".progress")


def job() -> dict[str, Any]:
    """In that process: what to do."""
    given: dict[str, Any] = json.loads(os.environ[_JOB])
    return given


def give(answer: Mapping[str, Any]) -> None:
    """In that process: what it came to."""
    Path(os.environ[_PLACE]).write_text(json.dumps(answer))


class Progress:
    """In that process: how far it is, at most once a second."""

    def __init__(self) -> None:
        self._file = _beside(Path(os.environ[_PLACE]))
        self._said = 0.0

    def __call__(self, done: int, total: int) -> None:
        """So many records of so many."""
        if time.monotonic() - self._said >= _EVERY:
            self._said = time.monotonic()
            draft = self._file.with_suffix(".new")
            draft.write_text(f"{100 * done // max(total, 1)} % de {rounded(total)}")
            draft.rename(self._file)
