"""What arrives from Kafka: partners' reports and the registry. Nothing is refused for having come first."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from chassis.errors import DomainError, NotKnownYet, Refused
from chassis.inbox import Arrived, Fold, Outcome
from chassis.references import NoRecordKey, RecordKeys, session_id
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


async def on_partner_event(keys: RecordKeys, tx: Transaction, arrived: Sequence[Arrived]) -> Fold:
    """Each event as a report, or as what it is refused for or waits for; and the sessions that the reports touch."""
    known = await storage.known(tx, {subject for one in arrived for _, subject in domain.entries(_event(one))})
    opened = keys.opened()
    reports = {one: _report(opened, one, tx.now, known) for one in arrived}
    touched = [report for report in reports.values() if isinstance(report, Report)]
    return SessionsFold(reports, await handlers.load_sessions(tx, touched))


@dataclass
class SessionsFold:
    """One batch."""

    reports: Mapping[Arrived, Report | DomainError]
    sessions: handlers.Sessions

    async def decide(self, tx: Transaction, one: Arrived) -> Outcome:
        """The partner's version decides. Raises `Refused` and `NotKnownYet`, both before anything is changed."""
        report = self.reports[one]
        if isinstance(report, DomainError):
            raise report
        return _OUTCOME[await handlers.record_report(tx, self.sessions, report)]

    async def save(self, tx: Transaction) -> None:
        """Write what the reports have changed."""
        await handlers.save_sessions(tx, self.sessions)


async def on_registry_event(tx: Transaction, event: Event) -> None:
    """Keep what sessions refer to. One that is known already is announced too: a replay wakes what still waits."""
    if isinstance(event, _KEPT):
        await storage.keep_entry(tx, event)
        await tx.announce(event.subject)


def _event(one: Arrived) -> SessionEvent:
    if not isinstance(one.event, SessionEvent):
        raise TypeError(one.event.type)
    return one.event


def _report(keys: Keys, one: Arrived, now: datetime, known: Collection[str]) -> Report | DomainError:
    """Authority, school year, registry, in this order."""
    event, origin = _event(one), one.origin
    if event.programme not in origin.system.programmes:
        return Refused("programme_not_allowed", "programme", "this source does not speak of this programme")
    try:
        report = Report(_own(keys, event, origin.source), origin.source, origin.digest, now)
    except NoRecordKey:
        return Refused("year_closed", "starts_at", "the records of this school year are closed")
    unknown = domain.first_unknown(event, known)
    return report if unknown is None else NotKnownYet(unknown[1])


def _own(keys: Keys, event: SessionEvent, source: str) -> SessionEvent:
    """The same fact under our ids and in UTC; the version is still the partner's. Raises `NoRecordKey`."""
    year = open_year(keys, event.starts_at)
    own = {
        "session": session_id(source, event.session, event.programme),
        "starts_at": event.starts_at.astimezone(UTC),
    }
    if isinstance(event, SessionHeld):
        own["presences"] = own_presences(keys, year, source, event.presences)
        own["acting"] = own_acting(keys, year, source, event.acting)
    return event.model_copy(update=own)
