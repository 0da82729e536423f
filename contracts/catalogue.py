"""Every event type, found by its name."""

from contracts.base import Event
from contracts.declarations import IndicatorDeclared
from contracts.people import (
    CertificateIssued,
    PupilEnrolled,
    PupilProfiled,
    RecordAssigned,
    RecordsJoined,
    StudentEnrolled,
    TrainingCompleted,
    VolunteerEngaged,
)
from contracts.registry import ConventionSigned, EstablishmentRegistered, OrganisationRegistered, ProgrammeOpened
from contracts.sessions import SessionCancelled, SessionHeld, SessionPlanned

REGISTRY: tuple[type[Event], ...] = (
    OrganisationRegistered,
    EstablishmentRegistered,
    ProgrammeOpened,
    ConventionSigned,
    IndicatorDeclared,
)
_OF_PERSONS: tuple[type[Event], ...] = (
    PupilProfiled,
    PupilEnrolled,
    VolunteerEngaged,
    StudentEnrolled,
    TrainingCompleted,
    CertificateIssued,
)
PEOPLE: tuple[type[Event], ...] = (*_OF_PERSONS, RecordAssigned)
SESSIONS: tuple[type[Event], ...] = (SessionPlanned, SessionHeld, SessionCancelled)

INBOUND_INSCRIPTIONS: tuple[type[Event], ...] = (*_OF_PERSONS, RecordsJoined)
INBOUND_SESSIONS: tuple[type[Event], ...] = SESSIONS

EVENTS: dict[str, type[Event]] = {
    event.type: event for event in dict.fromkeys(REGISTRY + PEOPLE + SESSIONS + INBOUND_INSCRIPTIONS)
}
