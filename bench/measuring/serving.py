"""The real reporting service on a database of a measurement, as a process with a port."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx2

from bench.measuring.platform import Ground
from bench.measuring.truth import headers_of
from deploy.local.ports import Ports
from deploy.local.service import Place, ServiceProcess

_TIMEOUT = 600.0


def describe(ground: Ground, url: str) -> ServiceProcess:
    """Nothing runs before its `start`."""
    ports = Ports(ground.world.data)
    http, metrics = ports.take("reporting-http"), ports.take("reporting-metrics")
    known = ground.databases.environment(url) | {"http_port": str(http), "metrics_port": str(metrics)}
    return ServiceProcess("reporting", Place(ground.world.data / "logs", http, metrics, named(known)))


def named(settings: dict[str, str]) -> dict[str, str]:
    """Settings as variables of the environment."""
    return {f"CORDEES_{name.upper()}": value for name, value in settings.items()}


@asynccontextmanager
async def served(ground: Ground, url: str) -> AsyncIterator[httpx2.AsyncClient]:
    """Ready, and somebody who may ask it everything."""
    service = describe(ground, url)
    service.start()
    try:
        await service.wait_ready()
        headers = headers_of(ground.world.secrets)
        async with httpx2.AsyncClient(base_url=service.url, headers=headers, timeout=_TIMEOUT) as client:
            yield client
    finally:
        await service.stop()
