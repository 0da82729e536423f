"""`cordees.people`: pupils' attributes and enrolments, volunteers, and whose record is whose."""

from collections.abc import Iterable, Sequence
from operator import attrgetter

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.people import (
    CertificateIssued,
    PupilEnrolled,
    PupilProfiled,
    RecordAssigned,
    StudentEnrolled,
    TrainingCompleted,
    VolunteerEngaged,
)
from services.reporting import tables
from services.reporting.projections.compacted import Lines, Shelf, Values, put
from services.reporting.projections.records import SPAN, Arrived, Removed, dates_of


def _year(event: PupilProfiled | VolunteerEngaged | StudentEnrolled) -> Values:
    return (event.school_year,)


_PUPIL = ("establishment", "level", "gender", "scholarship", "qpv", "rural", "track")
_pupil = attrgetter(*_PUPIL)


# Field by field: a year brings tens of thousands of spans, and a generic dump of a model costs several times as much.
def _profile_spans(event: PupilProfiled) -> Iterable[Values]:
    return ((*_pupil(span), *dates_of(span)) for span in event.spans)


_ENROLMENT = ("record", "programme", "school_year")


def _enrolment_spans(event: PupilEnrolled) -> Iterable[Values]:
    return ((event.record, event.programme, span.kind, span.status, *dates_of(span)) for span in event.spans)


_ENGAGEMENT = ("organisation", "category", "gender")
_engagement = attrgetter(*_ENGAGEMENT)


def _engagement_spans(event: VolunteerEngaged) -> Iterable[Values]:
    return ((*_engagement(span), *dates_of(span)) for span in event.spans)


def _study_spans(event: StudentEnrolled) -> Iterable[Values]:
    return ((span.organisation, span.pathway, *dates_of(span)) for span in event.spans)


_TRAINING = {
    "record": "record",
    "programme": "programme",
    "course": "course",
    "kind": "training",
    "organisation": "organisation",
    "minutes": "minutes",
    "completed_on": "completed_on",
    "school_year": "school_year",
}
_CERTIFICATE = {
    "record": "record",
    "programme": "programme",
    "name": "certificate",
    "organisation": "organisation",
    "issued_on": "issued_on",
    "withdrawn_on": "withdrawn_on",
    "school_year": "school_year",
}
"""Columns, and where an event says what stands in them."""


def _person(event: RecordAssigned) -> Values:
    return (event.person,)


SHELVES = (
    Shelf(
        PupilProfiled,
        tables.profile,
        "record",
        ("school_year",),
        _year,
        {tables.profile_span: Lines((*_PUPIL, *SPAN), _profile_spans)},
    ),
    Shelf(
        PupilEnrolled,
        tables.enrolment,
        "enrolment",
        _ENROLMENT,
        attrgetter(*_ENROLMENT),
        {tables.enrolment_span: Lines(("record", "programme", "kind", "status", *SPAN), _enrolment_spans)},
    ),
    Shelf(
        VolunteerEngaged,
        tables.engagement,
        "record",
        ("school_year",),
        _year,
        {tables.engagement_span: Lines((*_ENGAGEMENT, *SPAN), _engagement_spans)},
    ),
    Shelf(RecordAssigned, tables.record_person, "record", ("person",), _person),
    Shelf(
        StudentEnrolled,
        tables.study,
        "record",
        ("school_year",),
        _year,
        {tables.study_span: Lines(("organisation", "pathway", *SPAN), _study_spans)},
    ),
    Shelf(TrainingCompleted, tables.training, "training", tuple(_TRAINING), attrgetter(*_TRAINING.values())),
    Shelf(
        CertificateIssued, tables.certificate, "certificate", tuple(_CERTIFICATE), attrgetter(*_CERTIFICATE.values())
    ),
)


async def project_people(connection: AsyncConnection, records: Sequence[Arrived | Removed]) -> None:
    """What is said of people, record by record; joining records to persons is left to whoever asks."""
    await put(connection, SHELVES, records)
