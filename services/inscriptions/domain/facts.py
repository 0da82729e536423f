"""What partners say of people. Nothing is refused for a rule of state: a broken rule becomes a remark (DESIGN §4)."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum, auto
from typing import get_args

from chassis.errors import Refused
from contracts.base import Span
from contracts.people import (
    CertificateIssued,
    PupilEnrolled,
    PupilProfiled,
    StudentEnrolled,
    TrainingCompleted,
    VolunteerEngaged,
)
from contracts.vocabulary import Level
from services.inscriptions.domain.tree import first_overlap

PersonFact = PupilProfiled | PupilEnrolled | VolunteerEngaged | StudentEnrolled | TrainingCompleted | CertificateIssued
PERSON_FACTS = get_args(PersonFact)

OUTSIDE_SCHEME = frozenset({Level.SIXIEME, Level.CINQUIEME})
_SEPTEMBER = 9


class Standing(StrEnum):
    """How a report stands to what its sender said before."""

    NEWER = auto()
    OLDER = auto()
    SAME = auto()


@dataclass(frozen=True)
class Reported:
    """The last that was accepted of an aggregate: our version beside the partner's, and the digest of what it sent."""

    version: int
    reported_version: int
    digest: str


@dataclass(frozen=True)
class Remark:
    """A rule of state that a fact breaks, and where."""

    code: str
    field: str


def compare(known: Reported | None, version: int, digest: str) -> Standing:
    """The sender's own version decides. Raises `Refused` when it is used again for other content."""
    if known is None or version > known.reported_version:
        return Standing.NEWER
    if version < known.reported_version:
        return Standing.OLDER
    if digest != known.digest:
        raise Refused("version_reused", "version", "the same version was sent with other content")
    return Standing.SAME


def next_version(known: Reported | None) -> int:
    """Ours goes up by one with each fact that is accepted."""
    return known.version + 1 if known else 1


def version_for(known: Reported | None, digest: str) -> int:
    """For whoever speaks without versions: the same content is the same version, other content the next."""
    return known.reported_version if known and known.digest == digest else next_version(known)


def subject_of(fact: PersonFact, record: str) -> str:
    """The subject that the fact has as ours."""
    return fact.model_copy(update={"record": record}).subject


def subjects_named(fact: PersonFact) -> tuple[str, ...]:
    """Registry entries that the fact names, in the order in which they are asked for."""
    match fact:
        case PupilProfiled():
            named = [f"establishment/{span.establishment}" for span in fact.spans if span.establishment]
        case PupilEnrolled():
            named = [f"programme/{fact.programme}"]
        case VolunteerEngaged() | StudentEnrolled():
            named = [f"organisation/{span.organisation}" for span in fact.spans]
        case TrainingCompleted() | CertificateIssued():
            named = [f"programme/{fact.programme}", f"organisation/{fact.organisation}"]
    return tuple(dict.fromkeys(named))


def record_fact(known: Reported | None, fact: PersonFact, record: str) -> PersonFact:
    """The partner's fact as ours: with our id of the record and our next version."""
    return fact.model_copy(update={"record": record, "version": next_version(known)})


def remarks(fact: PersonFact) -> tuple[Remark, ...]:
    """Every rule of state that the fact breaks."""
    return (*_overlapping(fact), *_outside_year(fact), *_outside_scheme(fact))


def _overlapping(fact: PersonFact) -> tuple[Remark, ...]:
    match fact:
        case PupilProfiled():  # the one recorded last counts where two cover a date (R7)
            position = first_overlap([("", span) for span in fact.spans])
        case PupilEnrolled():
            position = first_overlap([(span.kind, span) for span in fact.spans])
        case VolunteerEngaged():  # one person may be several things at once, in several places
            position = first_overlap([(f"{span.organisation}:{span.category}", span) for span in fact.spans])
        case StudentEnrolled():  # and may study in two schools at once
            position = first_overlap([(span.organisation, span) for span in fact.spans])
        case _:
            position = None
    return () if position is None else (Remark("spans_overlap", f"spans[{position}]"),)


def _outside_year(fact: PersonFact) -> tuple[Remark, ...]:
    """A fact speaks of one school year, 1 September to 31 August; no end means "still".

    The day on which a certificate is withdrawn may come years later.
    """
    year = (date(fact.school_year, _SEPTEMBER, 1), date(fact.school_year + 1, _SEPTEMBER, 1))
    match fact:
        case TrainingCompleted():
            outside = ["completed_on"] if fact.completed_on and not year[0] <= fact.completed_on < year[1] else []
        case CertificateIssued():
            outside = [] if year[0] <= fact.issued_on < year[1] else ["issued_on"]
        case _:
            outside = [f"spans[{position}]" for position, span in enumerate(fact.spans) if _leaves(span, *year)]
    return tuple(Remark("outside_school_year", field) for field in outside)


def _leaves(span: Span, starts: date, ends: date) -> bool:
    return span.starts_on < starts or span.starts_on >= ends or (span.ends_on is not None and span.ends_on > ends)


def _outside_scheme(fact: PersonFact) -> tuple[Remark, ...]:
    """Levels before 4e are read, and lie outside the Cordées (standards.md §5)."""
    if not isinstance(fact, PupilProfiled):
        return ()
    return tuple(
        Remark("level_outside_scheme", f"spans[{position}].level")
        for position, span in enumerate(fact.spans)
        if span.level in OUTSIDE_SCHEME
    )
