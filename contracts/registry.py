"""Facts of the registry: organisations, establishments, programmes, conventions; each with its whole dated history."""

from typing import Annotated, ClassVar, Self

from pydantic import ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from contracts.base import Event, Name, SchoolYear, Shape, Slug, Span, Uai, open_enum
from contracts.dates import Day
from contracts.vocabulary import EstablishmentKind, OrganisationKind, PartyRole, PriorityStatus

AcademieCode = Annotated[str, Field(pattern=r"^[0-9]{2}$", description="Code of the académie (standards.md §4).")]


class Membership(Span):
    """Belongs to `parent` between two dates: the organisation tree is dated (R11)."""

    parent: Slug


class OrganisationRegistered(Event):
    """A school, a centre of schools, a funder, a company. It is not a member of itself."""

    type: ClassVar[str] = "fr.cordees.organisation.registered.v1"
    kind: ClassVar[str] = "organisation"

    organisation: Slug
    name: Name
    nature: Annotated[OrganisationKind, open_enum(OrganisationKind)]
    memberships: tuple[Membership, ...] = Field(default=(), max_length=200)

    @property
    def aggregate(self) -> str:
        """What it is about."""
        return self.organisation

    @model_validator(mode="after")
    def _not_its_own_parent(self) -> Self:
        if any(membership.parent == self.organisation for membership in self.memberships):
            raise PydanticCustomError("own_parent", "an organisation is not a member of itself")
        return self


class PrioritySpan(Shape):
    """Priority education, as the list of one rentrée says. The latest list not later than a rentrée decides for it."""

    rentree: SchoolYear
    status: Annotated[PriorityStatus, open_enum(PriorityStatus)]


class EstablishmentRegistered(Event):
    """A school with a UAI. `site` is the UAI of the mother establishment: a lycée is a site, not a code."""

    type: ClassVar[str] = "fr.cordees.establishment.registered.v1"
    kind: ClassVar[str] = "establishment"

    establishment: Uai
    site: Uai
    name: Name
    nature: Annotated[EstablishmentKind, open_enum(EstablishmentKind)]
    academie: AcademieCode
    departement: Annotated[str, Field(pattern=r"^(0[1-9]|[1-8][0-9]|9[0-5]|2[AB]|97[1-8]|98[0-9])$")]
    commune: Name | None = None
    priority: tuple[PrioritySpan, ...] = Field(default=(), max_length=100)

    @property
    def aggregate(self) -> str:
        """What it is about."""
        return self.establishment


class Organiser(Span):
    """Runs the programme between two dates."""

    organisation: Slug


class Label(Span):
    """An official label of the programme between two dates, such as `cordee-de-la-reussite`."""

    label: Slug


class ProgrammeOpened(Event):
    """A programme, or one inside another (`parent`), never inside itself."""

    type: ClassVar[str] = "fr.cordees.programme.opened.v1"
    kind: ClassVar[str] = "programme"

    programme: Slug
    name: Name
    parent: Slug | None = None
    organisers: tuple[Organiser, ...] = Field(default=(), max_length=200)
    opened_on: Day | None = Field(default=None, description="Since when the programme has been active.")
    labels: tuple[Label, ...] = Field(default=(), max_length=50)

    @property
    def aggregate(self) -> str:
        """What it is about."""
        return self.programme

    @model_validator(mode="after")
    def _not_its_own_parent(self) -> Self:
        if self.parent == self.programme:
            raise PydanticCustomError("own_parent", "a programme is not inside itself")
        return self


class ConventionSigned(Event):
    """An establishment or an organisation is bound to a programme between two dates; exactly one of the two."""

    model_config = ConfigDict(
        json_schema_extra={
            "oneOf": [
                {"required": [party], "properties": {party: {"type": "string"}}}
                for party in ("establishment", "organisation")
            ]
        }
    )

    type: ClassVar[str] = "fr.cordees.convention.signed.v1"
    kind: ClassVar[str] = "convention"

    convention: Slug
    programme: Slug
    establishment: Uai | None = None
    organisation: Slug | None = None
    valid: Span
    role: Annotated[PartyRole, open_enum(PartyRole)] | None = Field(
        default=None, description="Left out: an establishment is `encorde`, an organisation `partenaire`."
    )

    @property
    def aggregate(self) -> str:
        """What it is about."""
        return self.convention

    @property
    def party_role(self) -> PartyRole:
        """What the party is, also where nobody said it."""
        return self.role or (PartyRole.PARTENAIRE if self.establishment is None else PartyRole.ENCORDE)

    @model_validator(mode="after")
    def _one_party(self) -> Self:
        if (self.establishment is None) == (self.organisation is None):
            raise PydanticCustomError("one_party", "exactly one of establishment and organisation")
        return self
