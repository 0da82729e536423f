"""A whole platform on one machine: PostgreSQL, Kafka, topics, migrations and the services, from start to stop."""

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Sequence
from contextlib import (
    AbstractAsyncContextManager,
    AbstractContextManager,
    AsyncExitStack,
    asynccontextmanager,
    nullcontext,
)
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from deploy.local import folders
from deploy.local.issuer import ISSUER
from deploy.local.kafka import Kafka
from deploy.local.ports import HOST, Ports
from deploy.local.postgres import Postgres
from deploy.local.processes import Child, NotReady, guard, memory
from deploy.local.secrets import Secrets
from deploy.local.service import SERVICES, Place, ServiceProcess


class Steps(Protocol):
    """Something that shows steps as they go."""

    def step(self, label: str) -> AbstractContextManager[Callable[[str], None]]:
        """Show that the body of this context is under way, how far it says it is, and how long it took."""


Unready = Callable[[str, str], None]
"""A service by its name, and what it says of itself."""


class Silent:
    """Shows nothing: for tests."""

    def step(self, label: str) -> AbstractContextManager[Callable[[str], None]]:  # noqa: ARG002  # the protocol's
        """Do nothing."""
        return nullcontext(lambda _: None)


@dataclass
class World:
    """What runs, and where. Made by `start` only."""

    data: Path
    secrets: Secrets
    postgres: Postgres
    kafka: Kafka
    services: dict[str, ServiceProcess] = field(default_factory=dict)

    @classmethod
    @asynccontextmanager
    async def start(
        cls,
        data: Path,
        partners_file: Path | None = None,
        *,
        steps: Steps | None = None,
        services: Sequence[str] = SERVICES,
        unready: Unready | None = None,
    ) -> "AsyncIterator[World]":
        """Start everything on this data folder, new or not, and stop it in reverse in the end.

        `partners_file` decides which topics there are; without it none is made. `services=()` starts the platform
        alone. A service that answers and is not ready in time is told to `unready`, and all goes on, for it may only be
        mended while the others run; without `unready` that is an error as well. Raises `folders.DataFolderInUse`,
        `processes.ChildDied`, `processes.NotReady`.
        """
        steps = steps or Silent()
        async with AsyncExitStack() as stack:
            data = folders.prepare(data)
            world = cls._describe(data, stack.enter_context(folders.locked(data)), partners_file, services)
            await world._start_all(stack, partners_file, steps)  # noqa: SLF001  # our own
            async with world.guard():
                await world._wait_for_services(steps, unready)  # noqa: SLF001  # our own
            yield world

    @classmethod
    def _describe(cls, data: Path, lock: int, partners_file: Path | None, services: Sequence[str]) -> "World":
        """Settle ports and secrets; nothing runs yet."""
        ports, secrets = Ports(data), Secrets.open(data)
        postgres = Postgres(data, secrets, ports.take("postgres"), (lock,))
        kafka = Kafka(data, ports.take("kafka"), ports.take("kafka-controller"), (lock,))
        world = cls(data, secrets, postgres, kafka)
        for name in services:
            place = _place(world, name, ports, partners_file, lock)
            world.services[name] = ServiceProcess(name, place)
        return world

    async def _start_all(self, stack: AsyncExitStack, partners_file: Path | None, steps: Steps) -> None:
        """PostgreSQL, then the services, which migrate themselves, beside Kafka with its topics.

        Services wait for the broker and its topics by themselves, so loading them and starting Kafka overlap.
        """

        async def databases() -> None:
            with steps.step("Démarrer PostgreSQL"):
                await stack.enter_async_context(self.postgres.running())
            for service in self.services.values():
                service.start(migrate=True)

        async def topics() -> None:
            with steps.step("Démarrer Kafka"):
                await stack.enter_async_context(self.kafka.running())
            if partners_file is not None:
                with steps.step("Créer les topics Kafka"):
                    await _apply_topics(partners_file, self.kafka.bootstrap)

        try:
            await _together((databases(), topics()))
        except BaseException:
            await self._stop_services()
            raise
        stack.push_async_callback(self._stop_services)

    async def _wait_for_services(self, steps: Steps, unready: Unready | None) -> None:
        async def wait_for(service: ServiceProcess) -> None:
            try:
                await service.wait_ready()
            except NotReady:
                why = await service.trouble()
                if unready is None or why is None:
                    raise
                # Nothing: it has become ready meanwhile.
                if why:
                    unready(service.name, why)

        if self.services:
            with steps.step("Migrer les bases de données et démarrer les services"):
                await _together(wait_for(service) for service in self.services.values())

    async def _stop_services(self) -> None:
        await asyncio.gather(*(service.stop() for service in self.services.values()))

    def children(self) -> Iterable[Child]:
        """Every process of this world that was started, the last of each name."""
        of_services = (child for service in self.services.values() for child in service.children)
        return [*self.postgres.children, *self.kafka.children, *of_services]

    def guard(self) -> AbstractAsyncContextManager[None]:
        """While in this context, the death of a process cancels the body and raises `ChildDied`."""
        return guard(self.children)

    def memory(self) -> int:
        """Bytes of memory of everything together (PSS), this process included."""
        return memory()


async def _together(work: Iterable[Coroutine[Any, Any, None]]) -> None:
    """Wait for all; when one fails, the others are cancelled and have cleaned up before its error goes on."""
    tasks = [asyncio.create_task(one) for one in work]
    try:
        await asyncio.gather(*tasks)
    except BaseException:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        raise


def _place(world: World, name: str, ports: Ports, partners_file: Path | None, lock: int) -> Place:
    http_port, metrics_port = ports.take(f"{name}-http"), ports.take(f"{name}-metrics")
    settings = {
        "PROFILE": "local",
        "DATABASE_URL": world.postgres.url(name),
        "KAFKA_BOOTSTRAP": world.kafka.bootstrap,
        "HTTP_HOST": HOST,
        "HTTP_PORT": str(http_port),
        "METRICS_PORT": str(metrics_port),
        "JWKS_FILE": str(world.secrets.jwks_file),
        "TOKEN_ISSUER": ISSUER,
        "RECORD_KEYS": str(world.secrets.record_keys),
    }
    if partners_file is not None:
        settings["PARTNERS_FILE"] = str(partners_file.absolute())
    named = {f"CORDEES_{key}": value for key, value in settings.items()}
    return Place(world.data / "logs", http_port, metrics_port, named, (lock,))


async def _apply_topics(partners_file: Path, bootstrap: str) -> None:
    # Late, so that the platform alone needs no contracts.
    from contracts.partners import load_partners
    from contracts.topics import all_topics
    from deploy.topics import apply_topics

    await apply_topics(bootstrap, all_topics(load_partners(partners_file)))
