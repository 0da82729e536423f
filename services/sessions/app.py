"""The service as the chassis runs it, and the one table from refusals to HTTP."""

from functools import partial
from pathlib import Path

from chassis.context import Context, Service
from chassis.errors import DomainError
from chassis.inbox import OwnInbox, PartnerHandler
from chassis.references import NoRecordKey
from chassis.subscriptions import Subscription
from contracts.topics import REGISTRY_TOPIC
from services.sessions import consumers
from services.sessions.api import router
from services.sessions.domain import refusals
from services.sessions.paging import UnreadableCursor

STATUS: dict[type[DomainError], int] = {
    refusals.UnknownSession: 404,
    refusals.SessionIsCancelled: 409,
    refusals.NotStartedYet: 409,
    refusals.ProgrammeNeverChanges: 409,
    refusals.AnotherSource: 409,
    refusals.ReservedId: 409,
    refusals.RollOfAnotherYear: 409,
    refusals.UnknownEntry: 409,
    refusals.SourceNeeded: 422,
    UnreadableCursor: 422,
    NoRecordKey: 409,
}


def _on_partner_event(context: Context) -> PartnerHandler:
    return partial(consumers.on_partner_event, context.record_keys)


def _subscribe(_context: Context) -> tuple[Subscription, ...]:
    inbox = OwnInbox(REGISTRY_TOPIC, consumers.on_registry_event)
    return (Subscription((REGISTRY_TOPIC.name,), "sessions-registry", inbox.receive),)


SERVICE = Service(
    name="sessions",
    description="Séances : ce qui était prévu, ce qui a eu lieu, avec qui, et ce qui a été annulé.",
    migrations=Path(__file__).parent / "migrations",
    router=router,
    status=STATUS,
    on_partner_event=_on_partner_event,
    subscribe=_subscribe,
)
