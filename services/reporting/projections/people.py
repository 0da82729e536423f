"""`cordees.people`: pupils' attributes and enrolments, volunteers, and whose record is whose."""

from collections.abc import Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.people import PupilEnrolled, PupilProfiled, RecordAssigned, VolunteerEngaged
from services.reporting import tables
from services.reporting.projections.compacted import Shelf, put
from services.reporting.projections.records import Arrived, Removed, span_columns
from services.reporting.storage import Row

_ATTRIBUTES = {"establishment", "level", "gender", "scholarship", "qpv", "rural"}


def _year(event: PupilProfiled | VolunteerEngaged) -> Row:
    return {"school_year": event.school_year}


def _profile_spans(event: PupilProfiled) -> Iterable[Row]:
    return (span.model_dump(include=_ATTRIBUTES) | span_columns(span) for span in event.spans)


def _enrolment(event: PupilEnrolled) -> Row:
    return {"record": event.record, "programme": event.programme, "school_year": event.school_year}


def _enrolment_spans(event: PupilEnrolled) -> Iterable[Row]:
    whose = {"record": event.record, "programme": event.programme}
    return ({**whose, "kind": span.kind, "status": span.status, **span_columns(span)} for span in event.spans)


def _engagement_spans(event: VolunteerEngaged) -> Iterable[Row]:
    said = {"organisation", "category", "gender"}
    return (span.model_dump(include=said) | span_columns(span) for span in event.spans)


def _person(event: RecordAssigned) -> Row:
    return {"person": event.person}


SHELVES = (
    Shelf(PupilProfiled, tables.profile, "record", _year, {tables.profile_span: _profile_spans}),
    Shelf(PupilEnrolled, tables.enrolment, "enrolment", _enrolment, {tables.enrolment_span: _enrolment_spans}),
    Shelf(VolunteerEngaged, tables.engagement, "record", _year, {tables.engagement_span: _engagement_spans}),
    Shelf(RecordAssigned, tables.record_person, "record", _person),
)


async def project_people(connection: AsyncConnection, records: Sequence[Arrived | Removed]) -> None:
    """What is said of people, record by record; joining records to persons is left to whoever asks."""
    for shelf in SHELVES:
        await put(connection, shelf, records)
