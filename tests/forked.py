"""Processes of a test, to be killed and frozen: forked from one that has loaded everything.

Dozens of them are started, and loading takes longer than what a test asks of them.
"""

import asyncio
import os
from collections.abc import Callable, Mapping
from multiprocessing import get_context
from multiprocessing.process import BaseProcess
from pathlib import Path

_LOADED = ["chassis.relay", "services.reporting.engine.rebuild", "tests.services.reporting.streams"]


def start(
    run: Callable[..., None], *arguments: object, environment: Mapping[str, str], log: Path | None = None
) -> BaseProcess:
    """`run` is found by its name, its arguments are pickled; it says on `log` what it says. Ends with its parent."""
    context = get_context("forkserver")
    context.set_forkserver_preload(_LOADED)
    process = context.Process(target=_begin, args=(run, arguments, environment, log), daemon=True)
    process.start()
    return process


async def ended(process: BaseProcess) -> int | None:
    """Waits for it; gives its exit code, or the signal that killed it, negative."""
    await asyncio.to_thread(process.join)
    return process.exitcode


def _begin(
    run: Callable[..., None], arguments: tuple[object, ...], environment: Mapping[str, str], log: Path | None
) -> None:
    if log is not None:
        with log.open("wb") as file:
            for stream in (1, 2):
                os.dup2(file.fileno(), stream)
    os.environ |= environment
    run(*arguments)
