"""`cordees.people`: facts that read as those of `contracts.people`."""

from datetime import date
from typing import Annotated

from msgspec import Meta

from contracts.vocabulary import Answer, Category, EnrolmentKind, EnrolmentStatus, Gender, Level, TrainingKind
from services.reporting.wire.checks import Minutes, SchoolYear, check_day, check_ids, check_slug, check_uai
from services.reporting.wire.facts import Fact, Span

_SOME = Meta(min_length=1, max_length=50)
_ANY = Meta(max_length=50)


class OfRecord(Fact):
    """A fact about one record."""

    record: str

    @property
    def aggregate(self) -> str:
        """The record."""
        return self.record

    def __post_init__(self) -> None:
        check_ids((self.record,))


class ProfileSpan(Span):
    """A pupil's attributes."""

    establishment: str | None = None
    level: Level = Level.NON_RENSEIGNE
    gender: Gender = Gender.NON_RENSEIGNE
    scholarship: Answer = Answer.NON_RENSEIGNE
    qpv: Answer = Answer.NON_RENSEIGNE
    rural: Answer = Answer.NON_RENSEIGNE
    track: str | None = None

    def __post_init__(self) -> None:
        Span.__post_init__(self)
        if self.establishment is not None:
            check_uai(self.establishment)
        if self.track is not None:
            check_slug(self.track)


class PupilProfiled(OfRecord):
    """A pupil's year."""

    school_year: SchoolYear
    spans: Annotated[tuple[ProfileSpan, ...], _SOME]


class EnrolmentSpan(Span, kw_only=True):
    """For what a pupil is enrolled."""

    kind: EnrolmentKind
    status: EnrolmentStatus = EnrolmentStatus.ACTIVE


class PupilEnrolled(OfRecord):
    """A pupil in a programme."""

    programme: str
    school_year: SchoolYear
    spans: Annotated[tuple[EnrolmentSpan, ...], _ANY] = ()

    @property
    def aggregate(self) -> str:
        """Record and programme."""
        return f"{self.record}:{self.programme}"

    def __post_init__(self) -> None:
        OfRecord.__post_init__(self)
        check_slug(self.programme)


class EngagementSpan(Span, kw_only=True):
    """What a volunteer is, and where."""

    organisation: str
    category: Category
    gender: Gender = Gender.NON_RENSEIGNE

    def __post_init__(self) -> None:
        Span.__post_init__(self)
        check_slug(self.organisation)


class VolunteerEngaged(OfRecord):
    """A volunteer's year."""

    school_year: SchoolYear
    spans: Annotated[tuple[EngagementSpan, ...], _SOME]


class StudySpan(Span, kw_only=True):
    """Where a person studies."""

    organisation: str
    pathway: Answer = Answer.NON_RENSEIGNE

    def __post_init__(self) -> None:
        Span.__post_init__(self)
        check_slug(self.organisation)


class StudentEnrolled(OfRecord):
    """A student's year."""

    school_year: SchoolYear
    spans: Annotated[tuple[StudySpan, ...], _ANY] = ()


class TrainingCompleted(OfRecord):
    """A course of a volunteer."""

    school_year: SchoolYear
    programme: str
    course: str
    training: TrainingKind
    organisation: str
    minutes: Minutes
    completed_on: date | None = None

    @property
    def aggregate(self) -> str:
        """Record and course."""
        return f"{self.record}:{self.course}"

    def __post_init__(self) -> None:
        OfRecord.__post_init__(self)
        for slug in (self.programme, self.course, self.organisation):
            check_slug(slug)
        check_day(self.completed_on)


class CertificateIssued(OfRecord):
    """A certificate of a volunteer."""

    school_year: SchoolYear
    programme: str
    certificate: str
    organisation: str
    issued_on: date
    withdrawn_on: date | None = None

    @property
    def aggregate(self) -> str:
        """Record and certificate."""
        return f"{self.record}:{self.certificate}"

    def __post_init__(self) -> None:
        OfRecord.__post_init__(self)
        for slug in (self.programme, self.certificate, self.organisation):
            check_slug(slug)
        check_day(self.issued_on)
        check_day(self.withdrawn_on)


class RecordAssigned(OfRecord):
    """Whose record it is."""

    person: str

    def __post_init__(self) -> None:
        check_ids((self.record, self.person))
