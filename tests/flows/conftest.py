"""One whole platform for all flows; each flow plays a programme of its own on it, and counts independently."""

import asyncio
import tomllib
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx2
import pytest
import pytest_asyncio

from deploy.demo import strangers
from deploy.demo.figures import agree, counted, question_of, read
from deploy.demo.programme import PROGRAMMES, Line, Question
from deploy.demo.registry import register
from deploy.demo.settling import Counts, Settling
from deploy.local.issuer import issue_token
from deploy.local.processes import wait_for
from deploy.local.world import World
from deploy.reporting.client import Reporting
from tests import groups, server_data

ALES = PROGRAMMES / "ales.toml"
PLAYED = tuple(f"ales-{number}" for number in range(1, 30))
FIGURES = (
    "I02",
    "I02_inscrits",
    "I02_renforces",
    "I03",
    "I04",
    "I05",
    "I05_uai",
    "I06",
    "I08",
    "I09",
    "I10",
    "I11",
    "I12",
    "I13",
    "I14",
    "I17",
    "I27",
    "I32",
    "I34",
)
PERIODS = ("2019", "2018-2019", "2019-01-01/2019-07-01")


def partners_for(programmes: Sequence[str], folder: Path) -> Path:
    """The partners of Alès, who may speak of these programmes too."""
    rows = tomllib.loads(ALES.read_text(encoding="utf-8"))["partners"]
    lines: list[str] = []
    for row in rows:
        lines += ["[[partners]]", f'partner = "{row["partner"]}"']
        for system in row["systems"]:
            lines += ["[[partners.systems]]", f'source = "{system["source"]}"']
            lines += [f"stable_references = {str(system.get('stable_references', False)).lower()}"]
            lines += [f"programmes = {[*system['programmes'], *programmes]}".replace("'", '"')]
    file = folder / "partners.toml"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file


def lines_of(programme: str, period: str, codes: Iterable[str]) -> list[Line]:
    """A line of the table for each code."""
    return [Line(code, Question(code, period, programme)) for code in codes]


@dataclass
class Stage:
    """A running platform, what was sent to it so far, and how to play on it."""

    world: World
    sender: Path
    folder: Path
    partners: Path
    sent: Counter[str] = field(default_factory=Counter)
    _used: int = 0

    def headers(self, role: str) -> dict[str, str]:
        token = issue_token(self.world.secrets, [role], programmes=["*"], audience="interne")  # type: ignore[list-item]
        return {"Authorization": f"Bearer {token}"}

    @property
    def settling(self) -> Settling:
        return Settling(self.world, self.headers("operator"))

    def reporting(self) -> Reporting:
        """A client: a context."""
        return Reporting(self.world.services["reporting"].url, self.headers("reader"))

    async def new_programme(self, *, seed: int, scale: float = 1) -> "Played":
        """Generate the messages of a programme that this platform has not met yet."""
        programme = PLAYED[self._used]
        self._used += 1
        folder = self.folder / programme
        await strangers.generate(ALES, folder, seed=seed, programme_id=programme, scale=scale)
        return Played(self, programme, folder, seed)

    async def settle(self, limit: float = 90) -> Counts:
        """Wait for rest; every record of every inbound topic is then counted exactly once."""
        counts = await self.settling.wait(self.sent, limit)
        assert {topic: sum(outcomes.values()) for topic, outcomes in counts.items()} == dict(self.sent)
        return counts

    async def nothing_held(self, limit: float = 60) -> None:
        """Wait until the registry entries have arrived everywhere and everything that waited for them was taken up."""

        async def taken_up() -> bool:
            return all(outcomes["held"] == 0 for outcomes in (await self.settling.counts()).values())

        await wait_for(taken_up, limit, "records are still held")

    async def not_ready(self, name: str, limit: float = 60) -> None:
        """Wait until a service says that it cannot work."""
        url = f"{self.world.services[name].url}/readyz"

        async def away() -> bool:
            async with httpx2.AsyncClient(timeout=10) as http:
                return (await http.get(url)).status_code == HTTPStatus.SERVICE_UNAVAILABLE

        await wait_for(away, limit, f"{name} is still ready")

    async def restart(self, environments: Mapping[str, Mapping[str, str]]) -> None:
        """Stop these services in an orderly way and start them with more settings."""
        services = {name: self.world.services[name] for name in environments}
        await asyncio.gather(*(service.stop() for service in services.values()))
        for name, service in services.items():
            service.start({"CORDEES_RELAY_LEASE": "1", **environments[name]})
        await asyncio.gather(*(service.wait_ready() for service in services.values()))


@dataclass
class Played:
    """One programme on the stage."""

    stage: Stage
    programme: str
    folder: Path
    seed: int

    async def register(self) -> None:
        stage = self.stage
        url = stage.world.services["inscriptions"].url
        await register(url, stage.headers("operator"), [self.folder / "registry.json"])

    async def send(self, file: str = "messages.ndjson", *, repeat_share: float = 0.1, seed: int | None = None) -> None:
        bootstrap = self.stage.world.kafka.bootstrap
        order = self.seed if seed is None else seed
        found = await strangers.send(
            self.stage.sender, bootstrap, [self.folder / file], seed=order, repeat_share=repeat_share
        )
        self.stage.sent.update(found)

    async def figures(self, period: str, codes: Iterable[str] = FIGURES) -> dict[str, Any]:
        async with self.stage.reporting() as reporting:
            lines = lines_of(self.programme, period, codes)
            return {line.code: (await read(reporting, line)).value for line in lines}

    async def facts(self, code: str, period: str) -> list[dict[str, Any]]:
        async with self.stage.reporting() as reporting:
            return await reporting.facts(code, {"programme": self.programme, "period": period})

    async def assert_table(self, *more: str, periods: Sequence[str] = PERIODS) -> None:
        """Every figure of every period is that of the independent count."""
        lines = [line for period in periods for line in lines_of(self.programme, period, FIGURES)]
        answers = await strangers.recount(
            [self.folder],
            [question_of(line) for line in lines],
            partners=self.stage.partners,
            more=[self.folder / name for name in more],
        )
        async with self.stage.reporting() as reporting:
            found = [(await read(reporting, line)).value for line in lines]
        expected = [counted(line, answer) for line, answer in zip(lines, answers, strict=True)]
        wrong = {
            f"{line.code} {line.period}": (value, number)
            for line, value, number in zip(lines, found, expected, strict=True)
            if not agree(value, number)
        }
        assert not wrong, f"{self.programme}: computed, counted: {wrong}"


@pytest_asyncio.fixture(scope="session")
async def world(request: pytest.FixtureRequest) -> AsyncIterator[Stage]:
    """The platform of the flows. Its services may be killed: nothing here watches over them."""
    groups.alone(request.config, "world")
    with server_data.temporary() as data:
        sender = await strangers.sender_environment()
        partners = partners_for(PLAYED, data)
        async with World.start(data / "world", partners) as running:
            yield Stage(running, sender, data, partners)
