"""Many entries of the registry at once: one transaction, all or nothing. What each entry is, its own PUT says."""

from collections import Counter
from typing import Annotated, Any, Literal

from fastapi import APIRouter
from pydantic import BaseModel, Field

from chassis.api import Tx
from chassis.errors import DomainError
from chassis.transaction import Transaction
from contracts.base import Shape, Slug, Uai
from services.inscriptions import handlers
from services.inscriptions.api.authority import Writer, may_declare, may_open, may_sign
from services.inscriptions.commands import (
    WRITER,
    DeclareIndicator,
    OpenProgramme,
    RegisterEstablishment,
    RegisterOrganisation,
    SignConvention,
)

router = APIRouter(tags=["registre"])


class OrganisationEntry(Shape):
    """Une organisation."""

    model_config = WRITER

    kind: Literal["organisation"]
    id: Slug
    body: RegisterOrganisation


class EstablishmentEntry(Shape):
    """Un établissement ; `id` est son UAI."""

    model_config = WRITER

    kind: Literal["establishment"]
    id: Uai
    body: RegisterEstablishment


class ProgrammeEntry(Shape):
    """Un programme."""

    model_config = WRITER

    kind: Literal["programme"]
    id: Slug
    body: OpenProgramme


class ConventionEntry(Shape):
    """Une convention."""

    model_config = WRITER

    kind: Literal["convention"]
    id: Slug
    body: SignConvention


class DeclarationEntry(Shape):
    """Un indicateur déclaré."""

    model_config = WRITER

    kind: Literal["declaration"]
    id: Slug
    body: DeclareIndicator


Entry = Annotated[
    OrganisationEntry | EstablishmentEntry | ProgrammeEntry | ConventionEntry | DeclarationEntry,
    Field(discriminator="kind"),
]


class Entries(Shape):
    """Dans l'ordre : chaque entrée trouve celles qu'elle nomme, dans le registre ou avant elle."""

    model_config = WRITER

    entries: tuple[Entry, ...] = Field(min_length=1, max_length=500)


class Entered(BaseModel):
    """Ce que les entrées ont changé."""

    created: int
    changed: int
    unchanged: int


@router.put("/registry", summary="Inscrire plusieurs entrées du registre")
async def enter_all(body: Entries, tx: Tx, writer: Writer) -> Entered:
    """Toutes ou aucune : un refus nomme l'entrée et son champ (`entries[17].body.departement`), et rien n'est inscrit.

    Les mêmes entrées à nouveau ne changent rien. Chacune est traitée comme son propre PUT, avec les mêmes droits.
    """
    outcomes: Counter[str] = Counter()
    for position, entry in enumerate(body.entries):
        before = len(tx.outgoing)
        try:
            _, created = await _enter(tx, writer, entry)
        except DomainError as error:
            raise _at(error, position) from None
        outcomes["created" if created else "changed" if len(tx.outgoing) > before else "unchanged"] += 1
    return Entered(**{name: outcomes[name] for name in Entered.model_fields})


async def _enter(tx: Transaction, writer: Writer, entry: Entry) -> tuple[Any, bool]:
    match entry:
        case OrganisationEntry():
            return await handlers.register_organisation(tx, entry.id, entry.body)
        case EstablishmentEntry():
            return await handlers.register_establishment(tx, entry.id, entry.body)
        case ProgrammeEntry():
            may_open(writer, entry.id, entry.body)
            return await handlers.open_programme(tx, entry.id, entry.body)
        case ConventionEntry():
            await may_sign(tx, writer, entry.id, entry.body)
            return await handlers.sign_convention(tx, entry.id, entry.body)
        case DeclarationEntry():
            await may_declare(tx, writer, entry.id, entry.body)
            return await handlers.declare_indicator(tx, entry.id, entry.body)


def _at(error: DomainError, position: int) -> DomainError:
    """The same refusal, its field found from the top of the body."""
    error.field = f"entries[{position}].body.{error.field}" if error.field else f"entries[{position}]"
    return error
