"""Facts of `cordees.people`, as the contracts write them."""

from bench.year.calendar import LAST_DAY, SCHOOL_YEAR, TEXTS
from bench.year.pupils import Pupil, Volunteer
from bench.year.wire import Stamp
from contracts.people import PupilEnrolled, PupilProfiled, RecordAssigned, VolunteerEngaged

Said = tuple[Stamp, bytes, bytes]
"""Stamp, key and value of one record."""

_PROFILED = Stamp("inscriptions", PupilProfiled.type)
_ENROLLED = Stamp("inscriptions", PupilEnrolled.type)
_ENGAGED = Stamp("inscriptions", VolunteerEngaged.type)
_ASSIGNED = Stamp("inscriptions", RecordAssigned.type)

ENDS = LAST_DAY.isoformat()


def profile(record: str, version: int, spans: str) -> Said:
    """The profile of a record, with its spans as written."""
    value = f'{{"version":{version},"record":"{record}","school_year":{SCHOOL_YEAR},"spans":[{spans}]}}'
    return _PROFILED, f"profile/{record}".encode(), value.encode()


def span(pupil: Pupil, starts: str, ends: str, uai: str) -> str:
    """What a pupil is from one day to another, at the school of this UAI."""
    return (
        f'{{"starts_on":"{starts}","ends_on":"{ends}","establishment":"{uai}","level":"{pupil.level}",'
        f'"gender":"{pupil.gender}","scholarship":"{pupil.scholarship}","qpv":"{pupil.qpv}","rural":"{pupil.rural}"}}'
    )


def assigned(record: str, version: int, person: str) -> Said:
    """Whose a record is."""
    value = f'{{"version":{version},"record":"{record}","person":"{person}"}}'
    return _ASSIGNED, f"record/{record}".encode(), value.encode()


def enrolment(record: str, programme: str, kind: str) -> Said:
    """A record in a programme, for the whole year."""
    whole = f'{{"starts_on":"{TEXTS[0]}","ends_on":"{ENDS}","kind":"{kind}","status":"active"}}'
    value = (
        f'{{"version":1,"record":"{record}","programme":"{programme}","school_year":{SCHOOL_YEAR},"spans":[{whole}]}}'
    )
    return _ENROLLED, f"enrolment/{record}:{programme}".encode(), value.encode()


def engagement(volunteer: Volunteer, version: int, spans: str) -> Said:
    """The engagement of a volunteer, with its spans as written."""
    record = volunteer.record.decode()
    value = f'{{"version":{version},"record":"{record}","school_year":{SCHOOL_YEAR},"spans":[{spans}]}}'
    return _ENGAGED, f"engagement/{record}".encode(), value.encode()


def stay(volunteer: Volunteer, starts: str, ends: str, category: str) -> str:
    """What a volunteer is from one day to another."""
    return (
        f'{{"starts_on":"{starts}","ends_on":"{ends}","organisation":"{volunteer.organisation}",'
        f'"category":"{category}","gender":"{volunteer.gender}"}}'
    )
