"""`cordees.registry`: organisations in their dated tree, establishments, programmes, conventions."""

from collections.abc import Iterable, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

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
    return {"name": event.name, "parent": event.parent}


def _organisers(event: ProgrammeOpened) -> Iterable[Row]:
    return ({"organisation": organiser.organisation, **span_columns(organiser)} for organiser in event.organisers)


def _convention(event: ConventionSigned) -> Row:
    return event.model_dump(include={"programme", "establishment", "organisation"}) | span_columns(event.valid)


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
    Shelf(ProgrammeOpened, tables.programme, "programme", _programme, {tables.organiser: _organisers}),
    Shelf(ConventionSigned, tables.convention, "convention", _convention),
)


async def project_registry(connection: AsyncConnection, records: Sequence[Arrived | Removed]) -> None:
    """The registry as it stands, with its dated history."""
    for shelf in SHELVES:
        await put(connection, shelf, records)
