"""What the tests tell: sessions of one cordée on a Tuesday of January 2019, and the registry around them."""

from datetime import UTC, datetime
from typing import Any

from contracts.base import Event
from contracts.registry import EstablishmentRegistered, OrganisationRegistered, ProgrammeOpened
from contracts.sessions import Acting, Presence, SessionCancelled, SessionHeld, SessionPlanned
from contracts.vocabulary import ActingRole, Activity, Attendance
from services.sessions.commands import CancelSession, Details, HoldSession, PlanSession, Report, Roll

TUTORAT = "urn:test:mines-ales:tutorat"
ETUDIANTS = "urn:test:mines-ales:etudiants"
BELLEVUE = "0300077W"

TUESDAY = datetime(2019, 1, 15, 13, 0, tzinfo=UTC)
WEDNESDAY = datetime(2019, 1, 16, 8, 0, tzinfo=UTC)
MONDAY_BEFORE = datetime(2019, 1, 14, 8, 0, tzinfo=UTC)
NEXT_SCHOOL_YEAR = datetime(2019, 9, 17, 13, 0, tzinfo=UTC)

OURS = "0190a1b2-0000-7000-8000-000000000001"
"""An id that a coordinator chose."""

DETAILS = Details(programme="ales", activity=Activity.TUTORAT, starts_at=TUESDAY, minutes=60, place=BELLEVUE)


def present(record: str, minutes: int | None = None) -> Presence:
    return Presence(record=record, status=Attendance.PRESENT, minutes=minutes)


def absent(record: str) -> Presence:
    return Presence(record=record, status=Attendance.ABSENT_JUSTIFIE)


def tutor(record: str) -> Acting:
    return Acting(record=record, role=ActingRole.TUTEUR)


ROLL = Roll(presences=(present("eleve-1"), absent("eleve-2")), acting=(tutor("etudiant-7"),))

_TOLD: dict[str, Any] = {**vars(DETAILS), "session": "seance-1", "version": 1}


def planned(**changes: Any) -> SessionPlanned:
    return SessionPlanned(**_TOLD | changes)


def held(**changes: Any) -> SessionHeld:
    return SessionHeld(**_TOLD | {"presences": ROLL.presences, "acting": ROLL.acting} | changes)


def cancelled(**changes: Any) -> SessionCancelled:
    return SessionCancelled(**_TOLD | changes)


def plan(
    session: str = OURS, *, now: datetime = MONDAY_BEFORE, source: str | None = None, **changes: Any
) -> PlanSession:
    return PlanSession(session, source, Details(**vars(DETAILS) | changes), now)


def hold(
    session: str = OURS, *, now: datetime = WEDNESDAY, source: str | None = TUTORAT, roll: Roll = ROLL
) -> HoldSession:
    return HoldSession(session, source, roll, now)


def cancel(session: str = OURS, *, now: datetime = WEDNESDAY, source: str | None = None) -> CancelSession:
    return CancelSession(session, source, now)


def report(fact: SessionPlanned | SessionHeld | SessionCancelled, *, now: datetime = WEDNESDAY) -> Report:
    """As consumers hand it on; the digest is whatever tells contents apart."""
    return Report(fact, TUTORAT, digest=f"{fact.type} {fact!r}", now=now)


def registry() -> tuple[Event, ...]:
    """Everything that the facts above speak of, and one school more."""
    return (
        ProgrammeOpened.model_validate({"version": 1, "programme": "ales", "name": "Les @ de la Fraternité"}),
        establishment(BELLEVUE),
        OrganisationRegistered.model_validate(
            {"version": 1, "organisation": "imt-mines-ales", "name": "IMT Mines Alès", "nature": "ecole"}
        ),
    )


def establishment(uai: str, version: int = 1, name: str = "Lycée Bellevue") -> EstablishmentRegistered:
    return EstablishmentRegistered.model_validate(
        {
            "version": version,
            "establishment": uai,
            "site": uai,
            "name": name,
            "nature": "lycee_gt",
            "academie": "11",
            "departement": "30",
        }
    )
