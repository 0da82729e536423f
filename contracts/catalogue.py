"""Every event type, found by its name."""

from contracts.base import Event
from contracts.people import PupilEnrolled, PupilProfiled, RecordAssigned, RecordsJoined, VolunteerEngaged
from contracts.registry import ConventionSigned, EstablishmentRegistered, OrganisationRegistered, ProgrammeOpened
from contracts.sessions import SessionCancelled, SessionHeld, SessionPlanned

REGISTRY: tuple[type[Event], ...] = (OrganisationRegistered, EstablishmentRegistered, ProgrammeOpened, ConventionSigned)
PEOPLE: tuple[type[Event], ...] = (PupilProfiled, PupilEnrolled, VolunteerEngaged, RecordAssigned)
SESSIONS: tuple[type[Event], ...] = (SessionPlanned, SessionHeld, SessionCancelled)

INBOUND_INSCRIPTIONS: tuple[type[Event], ...] = (PupilProfiled, PupilEnrolled, VolunteerEngaged, RecordsJoined)
INBOUND_SESSIONS: tuple[type[Event], ...] = SESSIONS

EVENTS: dict[str, type[Event]] = {
    event.type: event for event in dict.fromkeys(REGISTRY + PEOPLE + SESSIONS + INBOUND_INSCRIPTIONS)
}
