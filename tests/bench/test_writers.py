"""The processes that write a year: they end with whoever started them."""

import asyncio
import sys
from asyncio.subprocess import PIPE

import psutil

from deploy.local.processes import wait_for

_WITHOUT_WORK = """
import multiprocessing, os, sys
from concurrent.futures import ProcessPoolExecutor
from bench.year.writing import prepare
context = multiprocessing.get_context("spawn")
pool = ProcessPoolExecutor(1, context, prepare, (context.Array("q", 1), context.Event()))
print(pool.submit(os.getpid).result(), flush=True)
sys.stdin.read()
"""


async def test_a_writer_without_work_ends_when_its_parent_is_killed() -> None:
    parent = await asyncio.create_subprocess_exec(sys.executable, "-c", _WITHOUT_WORK, stdin=PIPE, stdout=PIPE)
    assert parent.stdout is not None
    writer = psutil.Process(int(await parent.stdout.readline()))
    try:
        assert await _lives(writer)
        parent.kill()
        await parent.wait()

        await wait_for(lambda: _ended(writer), 20, "the writer lives on")
    finally:
        if await _lives(writer):
            writer.kill()


async def _lives(process: psutil.Process) -> bool:
    """Somebody else's dead child may stay a zombie."""
    try:
        return bool(process.is_running() and process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


async def _ended(process: psutil.Process) -> bool:
    return not await _lives(process)
