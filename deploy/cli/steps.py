"""Progress of long work, on stderr: a live line for each step when it is a terminal, plain lines when it is not."""

import sys
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

import typer

Say = Callable[[str], None]
"""Says how far a step is."""

_EVERY = 5.0
"""Seconds between two plain lines of one step."""


class Steps(ABC):
    """Shows steps as they go, with how long each took. Steps may overlap. A context: it ends the live display."""

    def __init__(self) -> None:
        """Start the clock of the whole."""
        self._began = time.monotonic()

    def __enter__(self) -> Self:
        """Start showing."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """End showing."""
        del kind, error, at

    @property
    def elapsed(self) -> float:
        """Seconds since the work began."""
        return time.monotonic() - self._began

    @contextmanager
    def step(self, label: str) -> Iterator[Say]:
        """Show that the body of this context is under way, how far it says it is, then that it is done or failed."""
        began = time.monotonic()
        self._begin(label)
        done = False
        try:
            yield lambda progress: self._say(label, progress)
            done = True
        finally:
            self._end(label, time.monotonic() - began, done=done)

    @abstractmethod
    def _begin(self, label: str) -> None: ...

    @abstractmethod
    def _say(self, label: str, progress: str) -> None: ...

    @abstractmethod
    def _end(self, label: str, seconds: float, *, done: bool) -> None: ...


def _line(label: str, seconds: float, *, done: bool) -> str:
    duration = f"{seconds:.1f}".replace(".", ",")
    return f"{'✓' if done else '✗'} {label} ({duration} s)"


class _Plain(Steps):
    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, tuple[float, str]] = {}

    def _begin(self, label: str) -> None:
        self._said[label] = time.monotonic(), ""
        typer.echo(f"… {label}", err=True)

    def _say(self, label: str, progress: str) -> None:
        since, before = self._said[label]
        if progress != before and time.monotonic() - since >= _EVERY:
            self._said[label] = time.monotonic(), progress
            typer.echo(f"… {label} : {progress}", err=True)

    def _end(self, label: str, seconds: float, *, done: bool) -> None:
        typer.echo(_line(label, seconds, done=done), err=True)


class _Live(Steps):
    def __init__(self) -> None:
        super().__init__()
        # A tenth of a second to import, and only a terminal needs it.
        from rich.console import Console
        from rich.progress import Progress, SpinnerColumn, TaskID, TextColumn, TimeElapsedColumn

        columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
        self._progress = Progress(*columns, console=Console(stderr=True), transient=True)
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._progress.stop()

    def _begin(self, label: str) -> None:
        self._tasks[label] = self._progress.add_task(label, total=None)

    def _say(self, label: str, progress: str) -> None:
        self._progress.update(self._tasks[label], description=f"{label} : {progress}")

    def _end(self, label: str, seconds: float, *, done: bool) -> None:
        self._progress.remove_task(self._tasks.pop(label))
        self._progress.console.print(_line(label, seconds, done=done), style="" if done else "red", highlight=False)


def show_steps() -> Steps:
    """Choose how to show by where stderr goes."""
    return _Live() if sys.stderr.isatty() else _Plain()
