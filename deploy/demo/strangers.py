"""Programs that share nothing with us: the partners' sender in an environment of its own, and the independent count."""

import asyncio
import hashlib
import json
import os
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from deploy.local.errors import PlatformError
from deploy.local.folders import PROJECT

_SENDER = PROJECT / "examples" / "sender"
_LOCK = _SENDER / "requirements.lock"


class StrangerFailed(PlatformError):
    """A program of the demonstration failed."""


async def run(*command: str | Path) -> str:
    """Run to the end, its progress going to our stderr; what it printed. Raises `StrangerFailed`."""
    process = await asyncio.create_subprocess_exec(*map(str, command), stdout=asyncio.subprocess.PIPE, cwd=PROJECT)
    try:
        output, _ = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.wait()
        raise
    if process.returncode != 0:
        message = f"{StrangerFailed.__doc__} ({Path(str(command[1])).name or command[0]}: code {process.returncode})"
        raise StrangerFailed(message)
    return output.decode()


async def sender_environment() -> Path:
    """The Python of the sender's own environment, made from its hashed lock once and kept among the caches."""
    digest = hashlib.sha256(_LOCK.read_bytes() + sys.version.encode()).hexdigest()[:16]
    cache = Path(
        os.environ.get("CORDEES_CACHE") or Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "cordees"
    )
    folder = cache / f"sender-{digest}"
    python = folder / "bin" / "python"
    if not (folder / "complete").exists():
        await run(sys.executable, "-m", "venv", "--clear", "--without-pip", folder)
        uv = Path(sys.executable).with_name("uv")
        await run(uv, "pip", "install", "--quiet", "--python", python, "--require-hashes", "-r", _LOCK)
        (folder / "complete").touch()
    return python


async def generate(
    programme_file: Path, out: Path, *, seed: int, programme_id: str | None = None, scale: float = 1
) -> None:
    """Write what the partners' systems would send into `out`."""
    more = ("--programme-id", programme_id) if programme_id else ()
    command = ("-m", "examples.generator", "--programme", programme_file, "--seed", str(seed), "--out", out)
    await run(sys.executable, *command, "--scale", str(scale), *more)


async def send(
    python: Path, bootstrap: str, messages: Iterable[Path], *, seed: int, repeat_share: float = 0.1
) -> dict[str, int]:
    """Send the messages of all files as one, shuffled and some of them twice; acknowledged records by topic."""
    files = [part for file in messages for part in ("--messages", file)]
    options = ("--bootstrap", bootstrap, *files, "--schemas", PROJECT / "contracts" / "schemas")
    printed = await run(
        python, "-I", _SENDER / "sender.py", *options, "--shuffle-seed", str(seed), "--repeat-share", str(repeat_share)
    )
    topics: dict[str, int] = json.loads(printed)["topics"]
    return topics


async def recount(
    folders: Sequence[Path], questions: Sequence[Any], *, partners: Path, more: Sequence[Path] = ()
) -> list[dict[str, Any]]:
    """The independent count of the same messages: one answer for each question, in their order."""
    with tempfile.TemporaryDirectory() as scratch:
        asked = Path(scratch) / "questions.json"
        asked.write_text(json.dumps(list(questions)), encoding="utf-8")
        where = [part for folder in folders for part in ("--dir", folder)]
        extra = [part for file in more for part in ("--with", file)]
        command = ("-m", "examples.recount", *where, "--questions", asked, "--partners", partners, "--json", *extra)
        found: list[dict[str, Any]] = json.loads(await run(sys.executable, *command))
    return found
