"""Wishes over HTTP: the contracts' shapes without version and id, which the path gives. No I/O, no rule of state.

Unknown fields are refused, as for every writer (DESIGN §4).
"""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from contracts.base import Shape, Slug, Span, Uai, open_enum, unique
from contracts.people import JoinedRecord
from contracts.registry import AcademieCode, Membership, Name, Organiser, PrioritySpan
from contracts.vocabulary import EstablishmentKind, OrganisationKind

_WRITER = ConfigDict(extra="forbid")


class MembershipWish(Membership):
    """Belongs to `parent` between two dates."""

    model_config = _WRITER


class OrganiserWish(Organiser):
    """Runs the programme between two dates."""

    model_config = _WRITER


class PriorityWish(PrioritySpan):
    """Priority education, as the list of one rentrée says."""

    model_config = _WRITER


class SpanWish(Span):
    """From when to when."""

    model_config = _WRITER


class RecordWish(JoinedRecord):
    """The reference that one system uses for the person in one school year."""

    model_config = _WRITER


class RegisterOrganisation(Shape):
    """A school, a centre of schools, a funder, a company, with all its memberships."""

    model_config = _WRITER

    name: Name
    nature: Annotated[OrganisationKind, open_enum(OrganisationKind)]
    memberships: tuple[MembershipWish, ...] = Field(default=(), max_length=200)


class RegisterEstablishment(Shape):
    """A school with a UAI. Left out: `site` is itself; département and académie are those of the UAI."""

    model_config = _WRITER

    site: Uai | None = None
    name: Name
    nature: Annotated[EstablishmentKind, open_enum(EstablishmentKind)]
    academie: AcademieCode | None = None
    departement: Annotated[str, Field(pattern=r"^[0-9][0-9AB][0-9]?$")] | None = None
    commune: Name | None = None
    priority: tuple[PriorityWish, ...] = Field(default=(), max_length=100)


class OpenProgramme(Shape):
    """A programme, or one inside another (`parent`), with all its organisers."""

    model_config = _WRITER

    name: Name
    parent: Slug | None = None
    organisers: tuple[OrganiserWish, ...] = Field(default=(), max_length=200)


class SignConvention(Shape):
    """An establishment or an organisation is bound to a programme between two dates; exactly one of the two."""

    model_config = _WRITER

    programme: Slug
    establishment: Uai | None = None
    organisation: Slug | None = None
    valid: SpanWish

    @model_validator(mode="after")
    def _one_party(self) -> Self:
        if (self.establishment is None) == (self.organisation is None):
            raise PydanticCustomError("one_party", "exactly one of establishment and organisation")
        return self


class JoinRecords(Shape):
    """These records are one person."""

    model_config = _WRITER

    records: tuple[RecordWish, ...] = Field(min_length=2, max_length=20)

    @model_validator(mode="after")
    def _records_once(self) -> Self:
        unique(tuple((side.source, side.record, side.school_year) for side in self.records), "record")
        return self
