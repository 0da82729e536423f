"""Facts about pupils and volunteers, and whose record is whose. No name, no birth date, no INE on any topic.

A *record* is what one partner says of one person in one school year. It never changes hands between topics:
joining or splitting persons changes only `RecordAssigned`.
"""

from typing import Annotated, ClassVar

from pydantic import Field, field_validator

from contracts.base import Event, Minutes, Reference, SchoolYear, Shape, Slug, Source, Span, Uai, open_enum, unique
from contracts.dates import Day
from contracts.vocabulary import Answer, Category, EnrolmentKind, EnrolmentStatus, Gender, Level, TrainingKind


class ProfileSpan(Span):
    """A pupil's attributes over a stretch of dates (R7)."""

    establishment: Uai | None = None
    level: Annotated[Level, open_enum(Level)] = Level.NON_RENSEIGNE
    gender: Annotated[Gender, open_enum(Gender)] = Gender.NON_RENSEIGNE
    scholarship: Annotated[Answer, open_enum(Answer)] = Answer.NON_RENSEIGNE
    qpv: Annotated[Answer, open_enum(Answer)] = Answer.NON_RENSEIGNE
    rural: Annotated[Answer, open_enum(Answer)] = Answer.NON_RENSEIGNE
    track: Slug | None = Field(default=None, description="Filière of a preparatory class or STS, such as `pcsi`.")


class PupilProfiled(Event):
    """What an establishment says of a pupil for one school year: school, level and the rest, each with its dates."""

    type: ClassVar[str] = "fr.cordees.pupil.profiled.v1"
    kind: ClassVar[str] = "profile"

    record: Reference
    school_year: SchoolYear
    spans: tuple[ProfileSpan, ...] = Field(min_length=1, max_length=50)

    @property
    def aggregate(self) -> str:
        """What it is about."""
        return self.record


class EnrolmentSpan(Span):
    """For what, and from when to when, a pupil is enrolled."""

    kind: Annotated[EnrolmentKind, open_enum(EnrolmentKind)]
    status: Annotated[EnrolmentStatus, open_enum(EnrolmentStatus)] = EnrolmentStatus.ACTIVE


class PupilEnrolled(Event):
    """A pupil takes part in a programme for a school year. Without spans, the enrolment is withdrawn."""

    type: ClassVar[str] = "fr.cordees.pupil.enrolled.v1"
    kind: ClassVar[str] = "enrolment"

    record: Reference
    programme: Slug
    school_year: SchoolYear
    spans: tuple[EnrolmentSpan, ...] = Field(default=(), max_length=50)

    @property
    def aggregate(self) -> str:
        """A record takes part in several programmes: the pair is what it is about."""
        return f"{self.record}:{self.programme}"


class EngagementSpan(Span):
    """What a volunteer is, and where enrolled or employed, over a stretch of dates."""

    organisation: Slug
    category: Annotated[Category, open_enum(Category)]
    gender: Annotated[Gender, open_enum(Gender)] = Gender.NON_RENSEIGNE


class VolunteerEngaged(Event):
    """A student, teacher or professional gives time during a school year."""

    type: ClassVar[str] = "fr.cordees.volunteer.engaged.v1"
    kind: ClassVar[str] = "engagement"

    record: Reference
    school_year: SchoolYear
    spans: tuple[EngagementSpan, ...] = Field(min_length=1, max_length=50)

    @property
    def aggregate(self) -> str:
        """What it is about."""
        return self.record


class StudySpan(Span):
    """Enrolled as a student of a school of higher education over a stretch of dates."""

    organisation: Slug
    pathway: Annotated[Answer, open_enum(Answer)] = Field(
        default=Answer.NON_RENSEIGNE, description="Admitted by a route for accompanied pupils (I22)."
    )


class StudentEnrolled(Event):
    """A person studies in a school during a school year. Without spans, the enrolment is withdrawn."""

    type: ClassVar[str] = "fr.cordees.student.enrolled.v1"
    kind: ClassVar[str] = "study"

    record: Reference
    school_year: SchoolYear
    spans: tuple[StudySpan, ...] = Field(default=(), max_length=50)

    @property
    def aggregate(self) -> str:
        """What it is about."""
        return self.record


class TrainingCompleted(Event):
    """A volunteer completed a training course of a programme. Without `completed_on`, that is withdrawn."""

    type: ClassVar[str] = "fr.cordees.training.completed.v1"
    kind: ClassVar[str] = "training"

    record: Reference
    school_year: SchoolYear
    programme: Slug
    course: Slug
    training: Annotated[TrainingKind, open_enum(TrainingKind)]
    organisation: Slug
    minutes: Minutes
    completed_on: Day | None = None

    @property
    def aggregate(self) -> str:
        """A record completes several courses: the pair is what it is about."""
        return f"{self.record}:{self.course}"


class CertificateIssued(Event):
    """A certificate was issued to a volunteer; with `withdrawn_on` it counts no more (I23)."""

    type: ClassVar[str] = "fr.cordees.certificate.issued.v1"
    kind: ClassVar[str] = "certificate"

    record: Reference
    school_year: SchoolYear
    programme: Slug
    certificate: Slug
    organisation: Slug
    issued_on: Day
    withdrawn_on: Day | None = None

    @property
    def aggregate(self) -> str:
        """A record holds several certificates: the pair is what it is about."""
        return f"{self.record}:{self.certificate}"


class JoinedRecord(Shape):
    """One side of a join: the reference that one system uses for the person in one school year."""

    source: Source
    record: Reference
    school_year: SchoolYear


class RecordsJoined(Event):
    """Whoever keeps the lists states that these records are one person. Without records, the statement is withdrawn.

    Inbound only: what follows from it is published as `RecordAssigned`. At least one record belongs to the sender.
    """

    type: ClassVar[str] = "fr.cordees.record.joined.v1"
    kind: ClassVar[str] = "join"

    join: Reference
    records: tuple[JoinedRecord, ...] = Field(
        default=(), max_length=20, description="Each record once.", json_schema_extra={"uniqueItems": True}
    )

    @property
    def aggregate(self) -> str:
        """What it is about."""
        return self.join

    @field_validator("records")
    @classmethod
    def _records_once(cls, value: tuple[JoinedRecord, ...]) -> tuple[JoinedRecord, ...]:
        unique(tuple((side.source, side.record, side.school_year) for side in value), "record")
        return value


class RecordAssigned(Event):
    """Whose record this is: the only place where a record meets a person. Published by inscriptions alone."""

    type: ClassVar[str] = "fr.cordees.record.assigned.v1"
    kind: ClassVar[str] = "record"

    record: Reference
    person: Reference

    @property
    def aggregate(self) -> str:
        """What it is about."""
        return self.record
