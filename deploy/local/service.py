"""A service of ours as a separate process: `python -m services.<name> serve`, on ports that stay the same."""

import os
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import httpx2

from deploy.local.ports import HOST
from deploy.local.processes import Child, wait_for

SERVICES = ("inscriptions", "sessions", "reporting")


@dataclass(frozen=True)
class Place:
    """Where a service runs: its log folder, ports and settings (`CORDEES_*`)."""

    logs: Path
    http_port: int
    metrics_port: int
    settings: Mapping[str, str]
    keep_open: Iterable[int] = ()


class ServiceProcess:
    """One service. `kill`, then `start` and `wait_ready` again as often as wished."""

    def __init__(self, name: str, place: Place) -> None:
        """Describe it; nothing runs before `start`."""
        self.name = name
        self.http_port = place.http_port
        self.metrics_port = place.metrics_port
        self.url = f"http://{HOST}:{place.http_port}"
        self.metrics_url = f"http://{HOST}:{place.metrics_port}/metrics"
        self._place = place
        self._child: Child | None = None

    @property
    def children(self) -> tuple[Child, ...]:
        """The process of the last `start`."""
        return (self._child,) if self._child else ()

    @property
    def running(self) -> bool:
        """Whether its process lives."""
        return self._child is not None and self._child.returncode is None

    def start(self, extra_env: Mapping[str, str] | None = None, *, migrate: bool = False) -> None:
        """Start the process; `extra_env` adds to its environment this once, `migrate` migrates its database first."""
        if self.running:
            raise RuntimeError(f"{self.name} is running already")
        self._child = self._run(("serve", "--migrate") if migrate else ("serve",), extra_env or {})

    async def wait_ready(self, limit: float = 30.0) -> None:
        """Wait until `/readyz` answers 200; `ChildDied` at once if the process ends."""
        async with httpx2.AsyncClient(timeout=5) as client:

            async def ready() -> bool:
                try:
                    answer = await client.get(f"{self.url}/readyz")
                except httpx2.TransportError:
                    return False
                return answer.status_code == HTTPStatus.OK

            await wait_for(ready, limit, f"{self.name} is not ready", child=self._child)

    async def trouble(self) -> str | None:
        """What it says of why it is not ready, nothing where it is; None where it does not answer."""
        async with httpx2.AsyncClient(timeout=5) as client:
            try:
                checks: dict[str, str] = (await client.get(f"{self.url}/readyz")).json()["checks"]
            except (httpx2.TransportError, ValueError, KeyError, TypeError):
                return None
        return "; ".join(f"{name}: {said}" for name, said in checks.items() if said != "ok")

    async def wait_dead(self, limit: float = 30.0) -> int:
        """Wait until it has ended by itself, for tests that make it; gives its exit code."""
        if self._child is None:
            raise RuntimeError(f"{self.name} was never started")
        self._child.wanted = False
        return await self._child.wait(limit)

    async def stop(self) -> None:
        """Ask it to end what it is doing and stop."""
        if self._child is not None:
            await self._child.stop()

    def kill(self) -> None:
        """SIGKILL."""
        if self._child is not None:
            self._child.kill()

    def _run(self, command: Iterable[str], extra_env: Mapping[str, str]) -> Child:
        # Ours alone: a setting in the caller's shell must not change what a world is. Compiled modules are kept,
        # whatever the shell says: without them every start compiles every library anew (1.6 s of CPU a process).
        inherited = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith("CORDEES_") and name != "PYTHONDONTWRITEBYTECODE"
        }
        return Child(
            self.name,
            # -P: the folder that we are called from has no say in what is imported.
            [sys.executable, "-P", "-m", f"services.{self.name}", *command],
            log=self._place.logs / f"{self.name}.log",
            env=inherited | dict(self._place.settings) | dict(extra_env),
            keep_open=self._place.keep_open,
        )
