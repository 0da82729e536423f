"""What an event says, as a digest: to tell a repetition from other content under the same id or version.

Digests stand beside our ids for as long as these, and references are short enough to be guessed. So a digest is keyed
like a record's id: with the key of the school year that the event speaks of, and worth nothing once it is destroyed.
"""

import hashlib

from chassis.references import NoRecordKey, RecordKeys, paris_day, school_year_of
from contracts.base import Event
from contracts.people import (
    CertificateIssued,
    PupilEnrolled,
    PupilProfiled,
    RecordsJoined,
    StudentEnrolled,
    TrainingCompleted,
    VolunteerEngaged,
)
from contracts.sessions import SessionEvent


def digest_of(keys: RecordKeys, event: Event) -> str:
    """Hexadecimal. Of the parsed event: other spacing or another order of fields is no other content.

    Without what has its default, so that the next optional field of a contract changes no digest that stands already.
    """
    said = event.model_dump_json(exclude_defaults=True).encode()
    return keyed_digest(keys, _year(event), event.type.encode() + b"\0" + said)


def keyed_digest(keys: RecordKeys, year: int | None, data: bytes) -> str:
    """The same for any text; `year` is None where it names nobody."""
    if year is None:
        return hashlib.sha256(data).hexdigest()
    try:
        return keys.digest(year, data)
    except NoRecordKey:
        # The year is closed: the event will be refused for that, and nothing of it is kept.
        return hashlib.sha256(data).hexdigest()


def _year(event: Event) -> int | None:
    """The school year whose persons the event names; None where it names nobody."""
    match event:
        case PupilProfiled() | PupilEnrolled() | VolunteerEngaged():
            return event.school_year
        case StudentEnrolled() | TrainingCompleted() | CertificateIssued():
            return event.school_year
        case SessionEvent():
            return school_year_of(paris_day(event.starts_at))
        case RecordsJoined():
            return min((side.school_year for side in event.records), default=None)
        case _:
            return None
