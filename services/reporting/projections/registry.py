"""`cordees.registry`: organisations in their dated tree, establishments, programmes, conventions, declarations."""

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.declarations import DeclaredValue, IndicatorDeclared
from contracts.registry import ConventionSigned, EstablishmentRegistered, OrganisationRegistered, ProgrammeOpened
from services.reporting import tables
from services.reporting.projections.compacted import Shelf, put
from services.reporting.projections.records import Arrived, Removed, span_columns
from services.reporting.storage import Row


def _organisation(event: OrganisationRegistered) -> Row:
    return {"name": event.name, "nature": event.nature}


def _memberships(event: OrganisationRegistered) -> Iterable[Row]:
    return ({"parent": membership.parent, **span_columns(membership)} for membership in event.memberships)


def _establishment(event: EstablishmentRegistered) -> Row:
    return event.model_dump(include={"site", "name", "nature", "academie", "departement", "commune"})


def _priorities(event: EstablishmentRegistered) -> Iterable[Row]:
    return (priority.model_dump() for priority in event.priority)


def _programme(event: ProgrammeOpened) -> Row:
    return {"name": event.name, "parent": event.parent, "opened_on": event.opened_on}


def _labels(event: ProgrammeOpened) -> Iterable[Row]:
    return ({"label": label.label, **span_columns(label)} for label in event.labels)


def _organisers(event: ProgrammeOpened) -> Iterable[Row]:
    return ({"organisation": organiser.organisation, **span_columns(organiser)} for organiser in event.organisers)


def _convention(event: ConventionSigned) -> Row:
    party = event.model_dump(include={"programme", "establishment", "organisation"})
    return party | span_columns(event.valid) | {"role": event.party_role}


_DECLARED = {"indicator", "label", "programme", "organisation", "unit", "sentence", "document", "declarant"}


def _declaration(event: IndicatorDeclared) -> Row:
    said = event.model_dump(include=_DECLARED | {"declared_on"})
    return said | _value(event.value) | span_columns(event.period)


def _value(value: DeclaredValue) -> dict[str, Any]:
    return value.model_dump(include={"wording", "number", "numerator", "denominator"})


def _parts(event: IndicatorDeclared) -> Iterable[Row]:
    return ({"part": part} for part in event.parts)


def _earlier(event: IndicatorDeclared) -> Iterable[Row]:
    for one in event.earlier:
        said = one.model_dump(include={"unit", "declarant", "declared_on", "reason"})
        yield said | _value(one.value) | span_columns(one.period)


SHELVES = (
    Shelf(
        OrganisationRegistered,
        tables.organisation,
        "organisation",
        _organisation,
        {tables.membership: _memberships},
    ),
    Shelf(
        EstablishmentRegistered,
        tables.establishment,
        "establishment",
        _establishment,
        {tables.priority: _priorities},
    ),
    Shelf(
        ProgrammeOpened,
        tables.programme,
        "programme",
        _programme,
        {tables.organiser: _organisers, tables.programme_label: _labels},
    ),
    Shelf(ConventionSigned, tables.convention, "convention", _convention),
    Shelf(
        IndicatorDeclared,
        tables.declaration,
        "declaration",
        _declaration,
        {tables.declaration_part: _parts, tables.declaration_earlier: _earlier},
    ),
)


async def project_registry(connection: AsyncConnection, records: Sequence[Arrived | Removed]) -> None:
    """The registry as it stands, with its dated history."""
    for shelf in SHELVES:
        await put(connection, shelf, records)
