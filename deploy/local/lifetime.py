"""How a command lives and ends: signals become a cancellation, so that every `async with` cleans up behind it."""

import asyncio
import signal
import sys
from collections.abc import Coroutine
from typing import Any

from deploy.local.errors import PlatformError

OK, FAILED, USAGE, REFUSED, INTERRUPTED = 0, 1, 2, 3, 130
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def run(main: Coroutine[Any, Any, int]) -> int:
    """Run to the end from the main thread and give the exit code: what `main` returns, or `FAILED`, or `INTERRUPTED`.

    The first Ctrl-C, SIGTERM or SIGHUP cancels `main`; later ones do nothing, for the clean-up must not be cut.
    """
    try:
        return asyncio.run(_under_signals(main))
    except asyncio.CancelledError:
        return INTERRUPTED
    except (PlatformError, OSError) as error:
        sys.stderr.write(f"\n{error}\n")
        return FAILED


async def _under_signals(main: Coroutine[Any, Any, int]) -> int:
    loop = asyncio.get_running_loop()
    task = asyncio.create_task(main)

    def interrupt() -> None:
        for number in _SIGNALS:
            loop.add_signal_handler(number, lambda: None)
        sys.stderr.write("\nArrêt en cours…\n")
        task.cancel()

    for number in _SIGNALS:
        # Whoever starts us with nohup wants us to outlive the terminal.
        if number != signal.SIGHUP or signal.getsignal(number) != signal.SIG_IGN:
            loop.add_signal_handler(number, interrupt)
    return await task
