"""What arrives from Kafka: partners' reports and the registry. Nothing is refused for having come first."""

from datetime import UTC

from chassis.errors import NotKnownYet, Refused
from chassis.inbox import Origin, Outcome
from chassis.references import NoRecordKey, session_id
from chassis.transaction import Transaction
from contracts.base import Event
from contracts.registry import EstablishmentRegistered, OrganisationRegistered, ProgrammeOpened
from contracts.sessions import SessionEvent, SessionHeld
from services.sessions import domain, handlers, storage
from services.sessions.commands import Report
from services.sessions.domain.records import Keys, open_year, own_acting, own_presences

_OUTCOME = {
    domain.Standing.NEWER: Outcome.ACCEPTED,
    domain.Standing.REPEATED: Outcome.DUPLICATE,
    domain.Standing.OLDER: Outcome.STALE,
}
_KEPT = (ProgrammeOpened, EstablishmentRegistered, OrganisationRegistered)


async def on_partner_event(keys: Keys, tx: Transaction, event: SessionEvent, origin: Origin) -> Outcome:
    """Authority, school year, registry; then the partner's version decides. Raises `Refused` and `NotKnownYet`."""
    if event.programme not in origin.system.programmes:
        raise Refused("programme_not_allowed", "programme", "this source does not speak of this programme")
    report = Report(_own(keys, event, origin.source), origin.source, origin.digest, tx.now)
    known = await storage.known(tx, (subject for _, subject in domain.entries(event)))
    if (unknown := domain.first_unknown(event, known)) is not None:
        raise NotKnownYet(unknown[1])
    return _OUTCOME[await handlers.record_report(tx, report)]


async def on_registry_event(tx: Transaction, event: Event) -> None:
    """Keep what sessions refer to. One that is known already is announced too: a replay wakes what still waits."""
    if isinstance(event, _KEPT):
        await storage.keep_entry(tx, event)
        await tx.announce(event.subject)


def _own(keys: Keys, event: SessionEvent, source: str) -> SessionEvent:
    """The same fact under our ids and in UTC; the version is still the partner's."""
    try:
        year = open_year(keys, event.starts_at)
    except NoRecordKey:
        raise Refused("year_closed", "starts_at", "the records of this school year are closed") from None
    own = {
        "session": session_id(source, event.session, event.programme),
        "starts_at": event.starts_at.astimezone(UTC),
    }
    if isinstance(event, SessionHeld):
        own["presences"] = own_presences(keys, year, source, event.presences)
        own["acting"] = own_acting(keys, year, source, event.acting)
    return event.model_copy(update=own)
