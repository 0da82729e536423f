"""Which services are not ready: told on the terminal when it begins and when it is over, while a world is kept."""

import asyncio
import shlex
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Protocol

_LOOK_EVERY = 2.0
_COMMANDS = ("parked", "rebuild")


class Asked(Protocol):
    """A service that can be asked."""

    async def trouble(self) -> str | None:
        """What it says of why it is not ready, nothing where it is; None where it does not answer."""


class Readiness:
    """`data` is where the platform keeps its files; `say` shows a line to whoever started it."""

    def __init__(self, data: Path, say: Callable[[str], None]) -> None:
        self._data, self._say = data, say
        self._told: set[str] = set()
        self._doubted: set[str] = set()

    @property
    def missing(self) -> list[str]:
        """The services of which it was told that they are not ready, and not yet that they are."""
        return sorted(self._told)

    def tell(self, name: str, why: str) -> None:
        """One is not ready."""
        self._told.add(name)
        self._say(f"\n⚠ {name} répond mais n'est pas prêt. Il dit : {why}. Le reste continue.\n{self._remedy(name)}")

    async def watch(self, services: Mapping[str, Asked]) -> None:
        """Until cancelled."""
        while True:
            await asyncio.sleep(_LOOK_EVERY)
            await self.look(services)

    async def look(self, services: Mapping[str, Asked]) -> None:
        """Ask each. What it says twice in a row is told: a moment's trouble mends itself."""
        for name, service in services.items():
            why = await service.trouble()
            if why == "":
                if name in self._told:
                    self._say(f"✓ {name} est prêt.")
                self._told.discard(name)
                self._doubted.discard(name)
            elif why and name in self._doubted and name not in self._told:
                self.tell(name, why)
            elif why:
                self._doubted.add(name)

    def _remedy(self, name: str) -> str:
        if name != "reporting":
            return f"  Son journal : {self._data / 'logs' / name}.log"
        parked, rebuild = (f"cordees projections {one} --data {shlex.quote(str(self._data))}" for one in _COMMANDS)
        return (
            f"  Messages illisibles : {parked}, puis retry ou give-up.\n"
            f"  Tables d'une autre version du logiciel, après une mise à jour : {rebuild}, qui dit la suite."
        )
