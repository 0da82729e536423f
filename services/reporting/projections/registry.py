"""`cordees.registry`: organisations in their dated tree, establishments, programmes, conventions, declarations."""

from collections.abc import Iterable, Sequence
from operator import attrgetter

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.declarations import IndicatorDeclared
from contracts.registry import ConventionSigned, EstablishmentRegistered, OrganisationRegistered, ProgrammeOpened
from services.reporting import tables
from services.reporting.projections.compacted import Lines, Shelf, Values, put
from services.reporting.projections.records import SPAN, Arrived, Removed, dates_of


def _memberships(event: OrganisationRegistered) -> Iterable[Values]:
    return ((membership.parent, *dates_of(membership)) for membership in event.memberships)


_ESTABLISHMENT = ("site", "name", "nature", "academie", "departement", "commune")
_PROGRAMME = ("name", "parent", "opened_on")


def _priorities(event: EstablishmentRegistered) -> Iterable[Values]:
    return ((priority.rentree, priority.status) for priority in event.priority)


def _labels(event: ProgrammeOpened) -> Iterable[Values]:
    return ((label.label, *dates_of(label)) for label in event.labels)


def _organisers(event: ProgrammeOpened) -> Iterable[Values]:
    return ((organiser.organisation, *dates_of(organiser)) for organiser in event.organisers)


_CONVENTION = ("programme", "establishment", "organisation", "role", *SPAN)


def _convention(event: ConventionSigned) -> Values:
    return event.programme, event.establishment, event.organisation, event.party_role, *dates_of(event.valid)


_VALUE = ("wording", "number", "numerator", "denominator")
_DECLARED = ("indicator", "label", "programme", "organisation", "unit", "sentence", "document", "declarant")
_DECLARED_EARLIER = ("unit", "declarant", "declared_on", "reason")
_value, _declared = attrgetter(*_VALUE), attrgetter(*_DECLARED, "declared_on")
_declared_earlier = attrgetter(*_DECLARED_EARLIER)


def _declaration(event: IndicatorDeclared) -> Values:
    return *_declared(event), *_value(event.value), *dates_of(event.period)


def _parts(event: IndicatorDeclared) -> Iterable[Values]:
    return ((part,) for part in event.parts)


def _earlier(event: IndicatorDeclared) -> Iterable[Values]:
    return ((*_declared_earlier(one), *_value(one.value), *dates_of(one.period)) for one in event.earlier)


SHELVES = (
    Shelf(
        OrganisationRegistered,
        tables.organisation,
        "organisation",
        ("name", "nature"),
        attrgetter("name", "nature"),
        {tables.membership: Lines(("parent", *SPAN), _memberships)},
    ),
    Shelf(
        EstablishmentRegistered,
        tables.establishment,
        "establishment",
        _ESTABLISHMENT,
        attrgetter(*_ESTABLISHMENT),
        {tables.priority: Lines(("rentree", "status"), _priorities)},
    ),
    Shelf(
        ProgrammeOpened,
        tables.programme,
        "programme",
        _PROGRAMME,
        attrgetter(*_PROGRAMME),
        {
            tables.organiser: Lines(("organisation", *SPAN), _organisers),
            tables.programme_label: Lines(("label", *SPAN), _labels),
        },
    ),
    Shelf(ConventionSigned, tables.convention, "convention", _CONVENTION, _convention),
    Shelf(
        IndicatorDeclared,
        tables.declaration,
        "declaration",
        (*_DECLARED, "declared_on", *_VALUE, *SPAN),
        _declaration,
        {
            tables.declaration_part: Lines(("part",), _parts),
            tables.declaration_earlier: Lines((*_DECLARED_EARLIER, *_VALUE, *SPAN), _earlier),
        },
    ),
)


async def project_registry(connection: AsyncConnection, records: Sequence[Arrived | Removed]) -> None:
    """The registry as it stands, with its dated history."""
    await put(connection, SHELVES, records)
