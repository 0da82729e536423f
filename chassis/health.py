"""`/livez`: the process turns. `/readyz`: database, broker, migrations, relay and whatever the service adds."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import sqlalchemy as sa
from aiokafka.client import AIOKafkaClient
from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis import migrations
from chassis.metrics import READY
from chassis.relay import RelayState

Check = Callable[[], Awaitable[str | None]]
"""None when all is well, else one sentence for an operator."""

_TIMEOUT = 3.0

router = APIRouter(tags=["exploitation"])


@router.get("/livez", summary="Le processus répond")
async def livez() -> dict[str, str]:
    """Says nothing of dependencies: restarting a process does not bring a database back."""
    return {"status": "ok"}


@router.get("/readyz", summary="Le service peut travailler")
async def readyz(request: Request) -> JSONResponse:
    """503 while one check fails; each check is named, with what is wrong."""
    checks: dict[str, Check] = request.app.state.checks
    answers = dict(zip(checks, await asyncio.gather(*map(_bounded, checks.values())), strict=True))
    for name, answer in answers.items():
        READY.labels(name).set(answer is None)
    ready = all(answer is None for answer in answers.values())
    body = {
        "status": "ok" if ready else "not_ready",
        "checks": {name: answer or "ok" for name, answer in answers.items()},
    }
    return JSONResponse(body, status_code=200 if ready else 503)


async def _bounded(check: Check) -> str | None:
    try:
        return await asyncio.wait_for(check(), _TIMEOUT)
    except Exception as error:  # noqa: BLE001 - a check that fails in any way is a failed check
        return type(error).__name__


def database_check(engine: AsyncEngine) -> Check:
    """The database answers."""

    async def check() -> str | None:
        async with engine.connect() as connection:
            await connection.execute(sa.select(1))
        return None

    return check


def migrations_check(engine: AsyncEngine, folder: Path) -> Check:
    """The database stands at the revision that this code was written for."""
    wanted = migrations.head(folder)

    async def check() -> str | None:
        async with engine.connect() as connection:
            found = await migrations.current(connection)
        return None if found == wanted else f"revision {found} instead of {wanted}"

    return check


def broker_check(bootstrap: str) -> Check:
    """The broker answers a new connection."""

    async def check() -> str | None:
        client = AIOKafkaClient(bootstrap_servers=bootstrap, request_timeout_ms=2500)
        try:
            await client.bootstrap()
        finally:
            await client.close()
        return None

    return check


def relay_check(state: RelayState) -> Check:
    """The relay moves, here or in a living owner."""

    async def check() -> str | None:
        return None if state.moving() else f"relay does not move ({state.trouble or state.role})"

    return check
