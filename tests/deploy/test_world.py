"""What a world leaves behind, however it ends: nothing."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partialmethod
from pathlib import Path

import asyncpg
import psutil
import pytest

from deploy.local import folders
from deploy.local.processes import Child, NotReady
from deploy.local.service import ServiceProcess
from deploy.local.world import World
from tests.conftest import PARTNERS

_PROGRAM = (sys.executable, "-m", "tests.deploy.worlds")


def _wait_until(condition: Callable[[], bool], what: str, limit: float = 30.0) -> None:
    deadline = time.monotonic() + limit
    while not condition():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)  # between two looks at the condition, which has a deadline


def _processes_using(data: Path) -> list[str]:
    """Every process on the machine that names the folder or has its lock open, whoever is its parent."""
    found = []
    for process in psutil.process_iter(["cmdline"]):
        command = " ".join(process.info["cmdline"] or ())
        if str(data) in command and "tests.deploy.worlds" not in command:
            found.append(command)
    return found


@contextmanager
def _world(data: Path) -> Iterator[tuple["subprocess.Popen[str]", dict[str, int]]]:
    """Run a world in a process of its own, ready."""
    with subprocess.Popen(
        [*_PROGRAM, str(data)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=folders.PROJECT,
        start_new_session=True,
    ) as parent:
        assert parent.stdout is not None
        try:
            yield parent, json.loads(parent.stdout.readline())
        finally:
            parent.kill()


def test_sigterm_stops_everything_in_order(data: Path) -> None:
    with _world(data) as (parent, _):
        parent.send_signal(signal.SIGTERM)
        code = parent.wait(30)

    assert code == 130
    assert _processes_using(data) == []
    assert "database system is shut down" in (data / "logs" / "postgres.log").read_text()


def test_a_second_ctrl_c_does_not_cut_the_stop(data: Path) -> None:
    with _world(data) as (parent, _):
        for _ in range(3):
            parent.send_signal(signal.SIGINT)
        code = parent.wait(30)

    assert code == 130
    assert _processes_using(data) == []


@pytest.mark.parametrize("name", ["postgres", "kafka"])
def test_a_child_that_dies_ends_the_world_with_its_last_words(data: Path, name: str) -> None:
    with _world(data) as (parent, children):
        os.kill(children[name], signal.SIGTERM)
        _, errors = parent.communicate(timeout=30)

    assert parent.returncode == 1
    assert f"{name}: ended with code" in errors
    assert "shut" in errors.lower()
    assert _processes_using(data) == []


def test_a_killed_parent_leaves_no_orphans_and_a_usable_folder(data: Path) -> None:
    with _world(data) as (parent, _):
        parent.kill()
        # At once, while its children are still dying: the lock makes the second one wait for them.
        with _world(data) as (second, children):
            assert children.keys() == {"postgres", "kafka"}
            second.send_signal(signal.SIGTERM)
            second.wait(30)

    _wait_until(lambda: _processes_using(data) == [], "orphans")


def test_a_parent_killed_while_starting_leaves_no_orphans(data: Path) -> None:
    with subprocess.Popen([*_PROGRAM, str(data)], cwd=folders.PROJECT, stdout=subprocess.DEVNULL) as parent:
        _wait_until(lambda: len(_processes_using(data)) > 1, "children")
        parent.kill()

    _wait_until(lambda: _processes_using(data) == [], "orphans")


def test_two_worlds_do_not_share_a_folder(data: Path) -> None:
    with _world(data) as (parent, _):
        second = subprocess.run(
            [*_PROGRAM, str(data)], cwd=folders.PROJECT, capture_output=True, text=True, timeout=30, check=False
        )

        assert second.returncode == 1
        assert f"{folders.DataFolderInUse.__doc__}" in second.stderr
        assert str(parent.pid) in second.stderr
        assert parent.poll() is None


async def test_a_service_that_is_not_ready_is_told_of_and_the_rest_goes_on(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    services = ("reporting", "sessions")
    async with World.start(data, PARTNERS, services=services) as world:
        admin = await asyncpg.connect(world.postgres.dsn("reporting"))
        # The tables are those of another release.
        await admin.execute("UPDATE projection SET shape = shape - 1")
        await admin.close()
    monkeypatch.setattr(ServiceProcess, "wait_ready", partialmethod(ServiceProcess.wait_ready, limit=8.0))
    told: list[tuple[str, str]] = []

    async with World.start(data, PARTNERS, services=services, unready=lambda *said: told.append(said)) as world:
        assert world.services["reporting"].running
        await world.services["sessions"].wait_ready()
    with pytest.raises(NotReady, match="reporting"):
        async with World.start(data, PARTNERS, services=services):
            pass

    assert [name for name, _ in told] == ["reporting"]
    assert "projection cordees.people: the version that answers has the tables of another release" in told[0][1]


async def test_a_service_that_becomes_ready_at_the_last_moment_is_not_told_of(
    data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = ServiceProcess.wait_ready

    async def late(service: ServiceProcess) -> None:
        await real(service)
        raise NotReady(service.name)

    monkeypatch.setattr(ServiceProcess, "wait_ready", late)
    told: list[str] = []

    async with World.start(data, PARTNERS, services=("sessions",), unready=lambda *said: told.extend(said)):
        assert told == []


def test_the_last_words_are_those_of_this_start(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    for word in ("before", "now"):
        child = Child("a", [sys.executable, "-c", f"print('{word}')"], log=log)
        child._process.wait()

    assert child.last_words() == "now"
