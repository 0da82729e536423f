"""Child processes that cannot outlive us: started, watched, stopped, weighed. Knows nothing of what they run."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import psutil

from deploy.local.errors import PlatformError
from deploy.local.folders import Identity

_POLL = 0.03
_LAST_LINES = 25

# Runs between fork and the program itself, in its own interpreter because `preexec_fn` is unsafe beside threads.
# Drops root first: a change of user clears the death signal. A parent that died meanwhile cannot signal any more.
_LAUNCHER = """
import ctypes, os, sys
parent, death, uid, gid = map(int, sys.argv[1:5])
libc = ctypes.CDLL(None)
if uid >= 0:
    os.setgroups([gid]); os.setgid(gid); os.setuid(uid)
if sys.platform == "linux":
    libc.prctl(1, death)
if os.getppid() != parent:
    sys.exit(1)
os.execv(sys.argv[5], sys.argv[5:])
"""


class ChildDied(PlatformError):
    """A process that the platform needs has ended by itself."""

    def __init__(self, child: "Child") -> None:
        """Say which one, and what it said last."""
        super().__init__(f"{child.name}: ended with code {child.returncode}\n{child.last_words()}")


class NotReady(PlatformError):
    """A process did not become ready in time."""


class Child:
    """One process in a session of its own, writing to a log file.

    It dies with us, even if we are killed with SIGKILL (Linux): so start it from the main thread, because
    the kernel signals at the end of the *thread* that started it.
    """

    def __init__(  # noqa: PLR0913  # each is one thing a process needs
        self,
        name: str,
        argv: Sequence[str | Path],
        *,
        log: Path,
        env: Mapping[str, str] | None = None,
        cwd: Path | None = None,
        identity: Identity | None = None,
        stop_signal: signal.Signals = signal.SIGTERM,
        death_signal: signal.Signals = signal.SIGKILL,
        keep_open: Iterable[int] = (),
    ) -> None:
        """Start it. `keep_open` are file descriptors that it inherits (see `folders.locked`)."""
        self.name = name
        self.log = log
        self.wanted = True
        self._swept = False
        self._stop_signal = stop_signal
        uid, gid = (identity.uid, identity.gid) if identity else (-1, -1)
        launcher = [sys.executable, "-I", "-S", "-c", _LAUNCHER, os.getpid(), int(death_signal), uid, gid]
        log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        with log.open("ab") as output:
            self._before = output.tell()
            self._process = subprocess.Popen(  # our own programs
                [str(part) for part in (*launcher, *argv)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=dict(os.environ if env is None else env),
                cwd=cwd,
                start_new_session=True,
                pass_fds=tuple(keep_open),
            )

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """What it ended with (negative: the signal), or None while it runs."""
        return self._process.poll()

    def last_words(self, lines: int = _LAST_LINES) -> str:
        """The last lines of its log; nothing of what an earlier one has written there."""
        if not self.log.exists():
            return ""
        with self.log.open("rb") as log:
            log.seek(self._before)
            return "\n".join(log.read().decode(errors="replace").splitlines()[-lines:])

    async def wait(self, limit: float) -> int:
        """Wait until it has ended; `NotReady` when it has not in `limit` seconds."""
        await wait_for(lambda: _now(self.returncode is not None), limit, f"{self.name}: still running")
        return self._process.wait()

    async def stop(self, limit: float = 10.0) -> None:
        """Ask it to stop, and kill it and its family after `limit` seconds."""
        self.wanted = False
        if self.returncode is None:
            self._process.send_signal(self._stop_signal)
            with suppress(NotReady):
                await self.wait(limit)
        self.kill()

    def kill(self) -> None:
        """SIGKILL for the process, whatever it started, and whatever is left of its group."""
        self.wanted = False
        if self._swept:
            # The id may belong to somebody else by now.
            return
        self._swept = True
        family = _family(self.pid) if self.returncode is None else []
        if self.returncode is None:
            self._process.kill()
        for relative in family:
            with suppress(psutil.NoSuchProcess):
                relative.kill()
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)
        self._process.wait()
        psutil.wait_procs(family, timeout=5)


async def run_to_end(child: Child, limit: float = 120.0) -> None:
    """Wait for a child whose end is what we want; `ChildDied` if it fails."""
    child.wanted = False
    try:
        if await child.wait(limit) != 0:
            raise ChildDied(child)
    finally:
        child.kill()


async def wait_for(
    condition: Callable[[], Awaitable[bool]], limit: float, what: str, *, child: Child | None = None
) -> None:
    """Ask until the condition holds: `NotReady` after `limit` seconds, `ChildDied` as soon as `child` has ended."""
    deadline = time.monotonic() + limit
    while not await condition():
        if child is not None and child.returncode is not None:
            raise ChildDied(child)
        if time.monotonic() > deadline:
            raise NotReady(f"{what} ({limit:.0f} s)" + (f"\n{child.last_words()}" if child else ""))
        await asyncio.sleep(_POLL)


@asynccontextmanager
async def guard(children: Callable[[], Iterable[Child]]) -> AsyncIterator[None]:
    """Run the body for as long as all the children live; when one dies, cancel the body and raise `ChildDied`.

    Enter and leave it in the same task.
    """
    body = asyncio.current_task()
    if body is None:
        raise RuntimeError("guard needs a running task")
    dead: list[Child] = []

    async def watch() -> None:
        while not dead:
            await asyncio.sleep(_POLL)
            dead.extend(child for child in children() if child.wanted and child.returncode is not None)
        body.cancel()

    watcher = asyncio.create_task(watch())
    try:
        yield
    except asyncio.CancelledError:
        if not dead:
            raise
        body.uncancel()
        raise ChildDied(dead[0]) from None
    finally:
        watcher.cancel()


def memory() -> int:
    """Bytes of memory of this process and all its descendants: shared pages counted once (PSS, Linux), else RSS."""
    return sum(_weight(process) for process in (psutil.Process(), *_family(os.getpid())))


def _family(pid: int) -> list[psutil.Process]:
    try:
        family: list[psutil.Process] = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return family


def _weight(process: psutil.Process) -> int:
    try:
        full = process.memory_full_info()
        return int(getattr(full, "pss", full.rss))
    except psutil.Error:
        return 0


async def _now(value: bool) -> bool:  # noqa: FBT001  # makes an awaitable of an answer
    return value
