"""`cordees.people`: pupils' attributes and enrolments, volunteers, and whose record is whose."""

from collections.abc import Iterable, Sequence

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
from services.reporting.projections.compacted import Shelf, put
from services.reporting.projections.records import Arrived, Removed, span_columns
from services.reporting.storage import Row


def _year(event: PupilProfiled | VolunteerEngaged | StudentEnrolled) -> Row:
    return {"school_year": event.school_year}


# Field by field: a year brings tens of thousands of spans, and a generic dump of a model costs several times as much.
def _profile_spans(event: PupilProfiled) -> Iterable[Row]:
    for span in event.spans:
        yield {
            "establishment": span.establishment,
            "level": span.level,
            "gender": span.gender,
            "scholarship": span.scholarship,
            "qpv": span.qpv,
            "rural": span.rural,
            "track": span.track,
            **span_columns(span),
        }


def _enrolment(event: PupilEnrolled) -> Row:
    return {"record": event.record, "programme": event.programme, "school_year": event.school_year}


def _enrolment_spans(event: PupilEnrolled) -> Iterable[Row]:
    whose = {"record": event.record, "programme": event.programme}
    return ({**whose, "kind": span.kind, "status": span.status, **span_columns(span)} for span in event.spans)


def _engagement_spans(event: VolunteerEngaged) -> Iterable[Row]:
    for span in event.spans:
        said = {"organisation": span.organisation, "category": span.category, "gender": span.gender}
        yield said | span_columns(span)


def _study_spans(event: StudentEnrolled) -> Iterable[Row]:
    for span in event.spans:
        yield {"organisation": span.organisation, "pathway": span.pathway, **span_columns(span)}


def _training(event: TrainingCompleted) -> Row:
    return {
        "record": event.record,
        "programme": event.programme,
        "course": event.course,
        "kind": event.training,
        "organisation": event.organisation,
        "minutes": event.minutes,
        "completed_on": event.completed_on,
        "school_year": event.school_year,
    }


def _certificate(event: CertificateIssued) -> Row:
    return {
        "record": event.record,
        "programme": event.programme,
        "name": event.certificate,
        "organisation": event.organisation,
        "issued_on": event.issued_on,
        "withdrawn_on": event.withdrawn_on,
        "school_year": event.school_year,
    }


def _person(event: RecordAssigned) -> Row:
    return {"person": event.person}


SHELVES = (
    Shelf(PupilProfiled, tables.profile, "record", _year, {tables.profile_span: _profile_spans}),
    Shelf(PupilEnrolled, tables.enrolment, "enrolment", _enrolment, {tables.enrolment_span: _enrolment_spans}),
    Shelf(VolunteerEngaged, tables.engagement, "record", _year, {tables.engagement_span: _engagement_spans}),
    Shelf(RecordAssigned, tables.record_person, "record", _person),
    Shelf(StudentEnrolled, tables.study, "record", _year, {tables.study_span: _study_spans}),
    Shelf(TrainingCompleted, tables.training, "training", _training),
    Shelf(CertificateIssued, tables.certificate, "certificate", _certificate),
)


async def project_people(connection: AsyncConnection, records: Sequence[Arrived | Removed]) -> None:
    """What is said of people, record by record; joining records to persons is left to whoever asks."""
    for shelf in SHELVES:
        await put(connection, shelf, records)
