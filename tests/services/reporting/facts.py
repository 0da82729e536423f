"""Short ways to write the facts of the tests. One programme, a handful of schools, the school year 2018-2019."""

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from contracts.people import (
    EngagementSpan,
    EnrolmentSpan,
    ProfileSpan,
    PupilEnrolled,
    PupilProfiled,
    RecordAssigned,
    TrainingCompleted,
    VolunteerEngaged,
)
from contracts.registry import (
    EstablishmentRegistered,
    Membership,
    OrganisationRegistered,
    Organiser,
    ProgrammeOpened,
)
from contracts.sessions import Acting, Headcount, Presence, SessionCancelled, SessionHeld, SessionPlanned
from contracts.vocabulary import (
    ActingRole,
    Activity,
    Answer,
    Attendance,
    Category,
    EnrolmentKind,
    EnrolmentStatus,
    EstablishmentKind,
    Gender,
    Level,
    OrganisationKind,
    TrainingKind,
)

BELLEVUE = "0300077W"
LA_SALLE, LA_SALLE_PRO = "0300125Y", "0301498R"
DUMAS, DUMAS_PRO = "0300002P", "0300056Y"
PREVERT, PREVERT_PRO = "0301778V", "0301783A"
SITES = {
    BELLEVUE: BELLEVUE,
    LA_SALLE: LA_SALLE,
    LA_SALLE_PRO: LA_SALLE,
    DUMAS: DUMAS,
    DUMAS_PRO: DUMAS,
    PREVERT: PREVERT,
    PREVERT_PRO: PREVERT,
}

RENTREE = date(2018, 9, 1)
END = date(2019, 9, 1)
MARCH = date(2019, 3, 6)
APRIL = date(2019, 4, 3)
PARIS = ZoneInfo("Europe/Paris")


def at(day: date, hour: int = 17) -> datetime:
    """A moment of that day in Paris."""
    return datetime(day.year, day.month, day.day, hour, tzinfo=PARIS)


def school(uai: str, site: str | None = None, version: int = 1, academie: str = "11") -> EstablishmentRegistered:
    """An establishment; its own site unless said."""
    return EstablishmentRegistered(
        establishment=uai,
        version=version,
        site=site or SITES.get(uai, uai),
        name=f"Lycée {uai} (démonstration)",
        nature=EstablishmentKind.LYCEE_GT,
        academie=academie,
        departement="30",
    )


def organisation(name: str, *memberships: Membership, version: int = 1) -> OrganisationRegistered:
    """A school with its dated memberships."""
    return OrganisationRegistered(
        organisation=name, version=version, name=name, nature=OrganisationKind.ECOLE, memberships=memberships
    )


def member_of(parent: str, starts_on: date = date(2000, 1, 1), ends_on: date | None = None) -> Membership:
    """From then until then."""
    return Membership(parent=parent, starts_on=starts_on, ends_on=ends_on)


def programme(
    name: str = "ales", parent: str | None = None, organisers: Iterable[Organiser] = (), version: int = 1
) -> ProgrammeOpened:
    """A programme."""
    return ProgrammeOpened(programme=name, version=version, name=name, parent=parent, organisers=tuple(organisers))


def run_by(name: str, starts_on: date = date(2000, 1, 1), ends_on: date | None = None) -> Organiser:
    """Who runs a programme, from then until then."""
    return Organiser(organisation=name, starts_on=starts_on, ends_on=ends_on)


def attributes(starts_on: date = RENTREE, ends_on: date | None = END, **said: Any) -> ProfileSpan:
    """A pupil of seconde at Bellevue unless said otherwise."""
    return ProfileSpan(
        starts_on=starts_on, ends_on=ends_on, **({"establishment": BELLEVUE, "level": Level.SECONDE_GT} | said)
    )


def profiled(record: str, *spans: ProfileSpan, version: int = 1, **said: Any) -> PupilProfiled:
    """What a school says of a pupil."""
    return PupilProfiled(record=record, version=version, school_year=2018, spans=spans or (attributes(**said),))


def enrolled(  # noqa: PLR0913 - each by name
    record: str,
    kind: EnrolmentKind = EnrolmentKind.TUTORAT,
    *,
    version: int = 1,
    name: str = "ales",
    starts_on: date = RENTREE,
    ends_on: date | None = END,
    status: EnrolmentStatus = EnrolmentStatus.ACTIVE,
) -> PupilEnrolled:
    """For tutoring, the whole year, unless said otherwise."""
    span = EnrolmentSpan(kind=kind, status=status, starts_on=starts_on, ends_on=ends_on)
    return PupilEnrolled(record=record, programme=name, version=version, school_year=2018, spans=(span,))


def assigned(record: str, person: str, version: int = 1) -> RecordAssigned:
    """Whose record it is."""
    return RecordAssigned(record=record, person=person, version=version)


def engaged(  # noqa: PLR0913 - each by name
    record: str,
    *,
    version: int = 1,
    at_school: str = "imt-mines-ales",
    category: Category = Category.ETUDIANT,
    gender: Gender = Gender.NON_RENSEIGNE,
    starts_on: date = RENTREE,
    ends_on: date | None = END,
) -> VolunteerEngaged:
    """A student for the year unless said otherwise."""
    span = EngagementSpan(
        organisation=at_school, category=category, gender=gender, starts_on=starts_on, ends_on=ends_on
    )
    return VolunteerEngaged(record=record, version=version, school_year=2018, spans=(span,))


def trained(  # noqa: PLR0913 - each by name
    record: str,
    *,
    version: int = 1,
    course: str = "devenir-tuteur",
    kind: TrainingKind = TrainingKind.TUTEUR,
    minutes: int = 180,
    completed_on: date | None = RENTREE,
) -> TrainingCompleted:
    """A tutors' training at the beginning of the year unless said otherwise."""
    return TrainingCompleted(
        record=record,
        version=version,
        school_year=2018,
        programme="ales",
        course=course,
        training=kind,
        organisation="imt-mines-ales",
        minutes=minutes,
        completed_on=completed_on,
    )


def held(session: str, *entries: Presence | Acting | Headcount, version: int = 1, **more: Any) -> SessionHeld:
    """A tutoring session of an hour in March 2019 unless said otherwise."""
    rolls: dict[str, Any] = {
        "presences": tuple(entry for entry in entries if isinstance(entry, Presence)),
        "acting": tuple(entry for entry in entries if isinstance(entry, Acting)),
        "headcounts": tuple(entry for entry in entries if isinstance(entry, Headcount)),
    }
    return SessionHeld(**(_session(session, version) | rolls | more))


def planned(session: str, version: int = 1, **more: Any) -> SessionPlanned:
    """On the calendar."""
    return SessionPlanned(**(_session(session, version) | more))


def cancelled(session: str, version: int = 1, **more: Any) -> SessionCancelled:
    """Did not take place."""
    return SessionCancelled(**(_session(session, version) | more))


def _session(session: str, version: int) -> dict[str, Any]:
    return {
        "session": session,
        "version": version,
        "programme": "ales",
        "activity": Activity.TUTORAT,
        "starts_at": at(MARCH),
        "minutes": 60,
    }


def present(record: str, minutes: int | None = None, status: Attendance = Attendance.PRESENT) -> Presence:
    """On the roll."""
    return Presence(record=record, status=status, minutes=minutes)


def absent(record: str) -> Presence:
    """On the roll, and not there."""
    return Presence(record=record, status=Attendance.ABSENT_JUSTIFIE)


def tutor(
    record: str, minutes: int | None = None, role: ActingRole = ActingRole.TUTEUR, preparation: int = 0
) -> Acting:
    """Acts in the session."""
    return Acting(record=record, role=role, minutes=minutes, preparation_minutes=preparation)


def counted(
    pupils: int, establishment: str = BELLEVUE, level: Level = Level.SECONDE_GT, girls: int | None = None
) -> Headcount:
    """A headcount."""
    return Headcount(establishment=establishment, level=level, pupils=pupils, girls=girls)


def pupil(record: str, **said: Any) -> tuple[PupilProfiled, PupilEnrolled]:
    """Profiled and enrolled for tutoring."""
    return profiled(record, **said), enrolled(record)


YES, NO = Answer.OUI, Answer.NON
