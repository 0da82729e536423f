"""Wishes over HTTP: the contracts' shapes without version and id, which the path gives. No I/O, no rule of state.

Unknown fields are refused, as for every writer (DESIGN §4).
"""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from contracts.base import Name, Shape, Slug, Span, Uai, open_enum, unique
from contracts.dates import Day
from contracts.declarations import DeclaredValue, IndicatorCode, Sentence
from contracts.people import JoinedRecord
from contracts.registry import AcademieCode, Label, Membership, Organiser, PrioritySpan
from contracts.vocabulary import DeclaredUnit, EstablishmentKind, OrganisationKind, PartyRole

WRITER = ConfigDict(extra="forbid")
"""Unknown fields are refused (DESIGN §4)."""


class MembershipWish(Membership):
    """Belongs to `parent` between two dates."""

    model_config = WRITER


class OrganiserWish(Organiser):
    """Runs the programme between two dates."""

    model_config = WRITER


class LabelWish(Label):
    """An official label of the programme between two dates."""

    model_config = WRITER


class PriorityWish(PrioritySpan):
    """Priority education, as the list of one rentrée says."""

    model_config = WRITER


class SpanWish(Span):
    """From when to when."""

    model_config = WRITER


class PeriodWish(SpanWish):
    """What a declared number speaks of: from when to when, with an end."""

    ends_on: Day = Field(description="Premier jour exclu ; obligatoire.")


class ValueWish(DeclaredValue):
    """Either `number`, or `numerator` and `denominator`."""

    model_config = WRITER


class RecordWish(JoinedRecord):
    """The reference that one system uses for the person in one school year."""

    model_config = WRITER


class RegisterOrganisation(Shape):
    """A school, a centre of schools, a funder, a company, with all its memberships."""

    model_config = WRITER

    name: Name
    nature: Annotated[OrganisationKind, open_enum(OrganisationKind)]
    memberships: tuple[MembershipWish, ...] = Field(default=(), max_length=200)


class RegisterEstablishment(Shape):
    """A school with a UAI. Left out: `site` is itself; département and académie are those of the UAI."""

    model_config = WRITER

    site: Uai | None = None
    name: Name
    nature: Annotated[EstablishmentKind, open_enum(EstablishmentKind)]
    academie: AcademieCode | None = None
    departement: Annotated[str, Field(pattern=r"^[0-9][0-9AB][0-9]?$")] | None = None
    commune: Name | None = None
    priority: tuple[PriorityWish, ...] = Field(default=(), max_length=100)


class OpenProgramme(Shape):
    """A programme, or one inside another (`parent`), with all its organisers and labels."""

    model_config = WRITER

    name: Name
    parent: Slug | None = None
    organisers: tuple[OrganiserWish, ...] = Field(default=(), max_length=200)
    opened_on: Day | None = Field(default=None, description="Depuis quand le programme est actif.")
    labels: tuple[LabelWish, ...] = Field(
        default=(), max_length=50, description="Labels datés, par exemple `cordee-de-la-reussite`."
    )


class SignConvention(Shape):
    """An establishment or an organisation is bound to a programme between two dates; exactly one of the two."""

    model_config = WRITER

    programme: Slug
    establishment: Uai | None = None
    organisation: Slug | None = None
    valid: SpanWish
    role: Annotated[PartyRole, open_enum(PartyRole)] | None = Field(
        default=None, description="Sans rôle : un établissement est `encorde`, une organisation `partenaire`."
    )

    @model_validator(mode="after")
    def _one_party(self) -> Self:
        if (self.establishment is None) == (self.organisation is None):
            raise PydanticCustomError("one_party", "exactly one of establishment and organisation")
        return self


class DeclareIndicator(Shape):
    """A number that a document prints, about a programme or an organisation, with who answers for it."""

    model_config = WRITER

    indicator: IndicatorCode = Field(description="Code du catalogue (`I20`), `effectif`, ou un identifiant à soi.")
    label: Name
    programme: Slug | None = None
    organisation: Slug | None = None
    period: PeriodWish
    unit: Annotated[DeclaredUnit, open_enum(DeclaredUnit)]
    value: ValueWish
    sentence: Sentence = Field(description="La phrase du document, telle qu'elle est imprimée.")
    document: Name = Field(description="Titre du document.")
    declarant: Name = Field(description="Une fonction ou un service, jamais le nom d'une personne.")
    declared_on: Day
    parts: tuple[Slug, ...] = Field(
        default=(), max_length=50, description="Déclarations dont les nombres s'additionnent en celui-ci."
    )
    reason: Sentence | None = Field(
        default=None,
        description="Pourquoi ce qui a été déclaré change (valeur, unité, période, indicateur, phrase, document, "
        "déclarant ou date) ; obligatoire dans ce cas, sans effet sinon.",
    )

    @model_validator(mode="after")
    def _about_something(self) -> Self:
        if self.programme is None and self.organisation is None:
            raise PydanticCustomError("declared_scope", "a programme, an organisation or both")
        return self

    @field_validator("parts")
    @classmethod
    def _parts_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unique(value, "part")
        return value


class JoinRecords(Shape):
    """These records are one person."""

    model_config = WRITER

    records: tuple[RecordWish, ...] = Field(min_length=2, max_length=20)

    @model_validator(mode="after")
    def _records_once(self) -> Self:
        unique(tuple((side.source, side.record, side.school_year) for side in self.records), "record")
        return self
