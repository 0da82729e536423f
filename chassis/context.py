"""What a service is, and what it is given when it runs."""

from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.errors import DomainError
from chassis.inbox import PartnerHandler
from chassis.references import RecordKeys
from chassis.settings import Settings
from chassis.subscriptions import Subscription
from chassis.transaction import Transactions
from contracts.partners import Partner


@dataclass(frozen=True)
class Context:
    """The surroundings of a running service."""

    settings: Settings
    engine: AsyncEngine
    transactions: Transactions
    record_keys: RecordKeys
    partners: tuple[Partner, ...]


class Background(ABC):
    """Work that runs beside the API for as long as the service does."""

    name: str = "background"

    @abstractmethod
    async def run(self) -> None:
        """Until cancelled. An exception that leaves here stops the service."""

    async def check(self) -> str | None:
        """For `/readyz`: None when all is well, else one sentence."""
        return None


def _nothing(_context: Context) -> tuple[Subscription, ...]:
    return ()


def _no_background(_context: Context) -> tuple[Background, ...]:
    return ()


@dataclass(frozen=True)
class Service:
    """One service: its routes, its refusals, what it reads and what runs beside.

    `on_partner_event` makes it read the inbound topics of every partner; `publishes` gives it an outbox and a relay.
    """

    name: str
    description: str
    migrations: Path
    router: APIRouter
    status: Mapping[type[DomainError], int]
    publishes: bool = True
    on_partner_event: Callable[[Context], PartnerHandler] | None = None
    subscribe: Callable[[Context], tuple[Subscription, ...]] = _nothing
    background: Callable[[Context], tuple[Background, ...]] = _no_background
    prepare: Callable[[Context], Awaitable[None]] | None = None
