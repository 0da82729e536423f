"""How long-lived work ends: on Python 3.11 a cancellation may get lost on its way, and may leave connections open."""

import asyncio
from collections.abc import Coroutine
from typing import Any

_LIMIT = 10.0
PAUSES = (0.2, 0.5, 1.0, 2.0, 5.0)
"""Seconds between attempts while a server is away: soon at first, then seldom."""


def goes_on() -> bool:
    """Whether nobody has cancelled this task. For the head of an endless loop.

    `asyncio.wait_for`, which the drivers of Kafka and PostgreSQL use, swallows a cancellation that comes at the moment
    at which it has its answer (cpython 86296, mended in 3.12).
    """
    task = asyncio.current_task()
    return task is None or not task.cancelling()


def heed() -> None:
    """Raise the cancellation that got lost on its way here, if there was one."""
    if not goes_on():
        raise asyncio.CancelledError


async def pause(seconds: float) -> None:
    """Sleep, unless this task was cancelled before: `asyncio.sleep` alone would not know."""
    heed()
    await asyncio.sleep(seconds)


def seconds_after(failures: int) -> float:
    """How long to wait for the next attempt, after so many in a row that have failed."""
    return PAUSES[min(failures, len(PAUSES) - 1)]


async def whole(work: Coroutine[Any, Any, None]) -> None:
    """Not cut off in the middle: aiokafka forgets a connection whose making is cancelled. At most some seconds."""
    task = asyncio.ensure_future(work)
    try:
        await asyncio.shield(task)
    except asyncio.CancelledError:
        await asyncio.wait([task], timeout=_LIMIT)
        if task.done() and not task.cancelled():
            # Seen, so that it is not reported as never retrieved: whoever cancelled does not ask.
            task.exception()
        raise


async def together(*works: Coroutine[Any, Any, None]) -> None:
    """All of them at once. The first fault ends the others and is raised as what it is, in no group of faults."""
    tasks = [asyncio.create_task(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
