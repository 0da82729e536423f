"""The registry over HTTP: idempotent PUTs with ids chosen by the client, and pages in the order of the ids."""

from typing import Annotated, Any, Generic, TypeVar

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel

from chassis.api import Tx
from chassis.transaction import Transaction
from contracts.base import Event, Slug, Uai
from contracts.registry import ConventionSigned, EstablishmentRegistered, OrganisationRegistered, ProgrammeOpened
from services.inscriptions import handlers
from services.inscriptions.api.authority import Reader, Writer, may_open, may_sign
from services.inscriptions.commands import OpenProgramme, RegisterEstablishment, RegisterOrganisation, SignConvention
from services.inscriptions.domain.refusals import EntryNotFound
from services.inscriptions.storage import registry as rows

E = TypeVar("E", bound=Event)

router = APIRouter(tags=["registre"])

After = Annotated[str, Query(max_length=64, description="Identifiant après lequel la page commence")]
Limit = Annotated[int, Query(ge=1, le=1000, description="Nombre d'entrées par page")]

CREATED: dict[int | str, dict[str, Any]] = {201: {"description": "Entrée créée"}}


class Page(BaseModel, Generic[E]):
    """Entries in the order of their ids; `next` is the `after` of the following page, if there is one."""

    items: list[E]
    next: str | None = None


@router.put("/organisations/{organisation}", summary="Enregistrer une organisation", responses=CREATED)
async def register_organisation(
    organisation: Slug, body: RegisterOrganisation, tx: Tx, _writer: Writer, response: Response
) -> OrganisationRegistered:
    """Le même corps à nouveau ne change rien ; un autre corps remplace l'état entier."""
    return answer(response, *await handlers.register_organisation(tx, organisation, body))


@router.put("/establishments/{uai}", summary="Enregistrer un établissement", responses=CREATED)
async def register_establishment(
    uai: Uai, body: RegisterEstablishment, tx: Tx, _writer: Writer, response: Response
) -> EstablishmentRegistered:
    """Département et académie découlent de l'UAI ; `site` est l'établissement mère, lui-même par défaut."""
    return answer(response, *await handlers.register_establishment(tx, uai, body))


@router.put("/programmes/{programme}", summary="Ouvrir un programme", responses=CREATED)
async def open_programme(
    programme: Slug, body: OpenProgramme, tx: Tx, writer: Writer, response: Response
) -> ProgrammeOpened:
    """Une coordination n'ouvre et ne modifie que ses programmes, et n'en place un que dans un autre des siens.

    Un label ne se recouvre pas lui-même.
    """
    may_open(writer, programme, body)
    return answer(response, *await handlers.open_programme(tx, programme, body))


@router.put("/conventions/{convention}", summary="Signer une convention", responses=CREATED)
async def sign_convention(
    convention: Slug, body: SignConvention, tx: Tx, writer: Writer, response: Response
) -> ConventionSigned:
    """Une seule convention par jour et par rôle entre un programme et un établissement ou une organisation."""
    await may_sign(tx, writer, convention, body)
    return answer(response, *await handlers.sign_convention(tx, convention, body))


def answer(response: Response, fact: E, created: bool) -> E:  # noqa: FBT001 - the pair that handlers answer with
    """201 for a new entry, 200 for one that was there."""
    response.status_code = 201 if created else 200
    return fact


@router.get("/organisations/{organisation}", summary="Lire une organisation")
async def organisation(organisation: Slug, tx: Tx, _reader: Reader) -> OrganisationRegistered:
    """L'état entier, avec son histoire datée."""
    return await find_entry(tx, OrganisationRegistered, organisation)


@router.get("/establishments/{uai}", summary="Lire un établissement")
async def establishment(uai: Uai, tx: Tx, _reader: Reader) -> EstablishmentRegistered:
    """L'état entier, avec son histoire datée."""
    return await find_entry(tx, EstablishmentRegistered, uai)


@router.get("/programmes/{programme}", summary="Lire un programme")
async def programme(programme: Slug, tx: Tx, _reader: Reader) -> ProgrammeOpened:
    """L'état entier, avec son histoire datée."""
    return await find_entry(tx, ProgrammeOpened, programme)


@router.get("/conventions/{convention}", summary="Lire une convention")
async def convention(convention: Slug, tx: Tx, _reader: Reader) -> ConventionSigned:
    """L'état entier."""
    return await find_entry(tx, ConventionSigned, convention)


@router.get("/organisations", summary="Lister les organisations")
async def organisations(tx: Tx, _reader: Reader, after: After = "", limit: Limit = 100) -> Page[OrganisationRegistered]:
    """Dans l'ordre des identifiants."""
    return await page_of(tx, OrganisationRegistered, after, limit)


@router.get("/establishments", summary="Lister les établissements")
async def establishments(
    tx: Tx, _reader: Reader, after: After = "", limit: Limit = 100
) -> Page[EstablishmentRegistered]:
    """Dans l'ordre des UAI."""
    return await page_of(tx, EstablishmentRegistered, after, limit)


@router.get("/programmes", summary="Lister les programmes")
async def programmes(tx: Tx, _reader: Reader, after: After = "", limit: Limit = 100) -> Page[ProgrammeOpened]:
    """Dans l'ordre des identifiants."""
    return await page_of(tx, ProgrammeOpened, after, limit)


@router.get("/conventions", summary="Lister les conventions")
async def conventions(tx: Tx, _reader: Reader, after: After = "", limit: Limit = 100) -> Page[ConventionSigned]:
    """Dans l'ordre des identifiants."""
    return await page_of(tx, ConventionSigned, after, limit)


async def find_entry(tx: Transaction, kind: type[E], entry: str) -> E:
    """The entry as it stands. Raises `EntryNotFound`."""
    fact = await rows.find(tx, kind, entry)
    if fact is None:
        raise EntryNotFound
    return fact


async def page_of(tx: Transaction, kind: type[E], after: str, limit: int) -> Page[E]:
    """At most `limit` entries behind `after`."""
    found = await rows.page(tx, kind, after, limit + 1)
    items = list(found[:limit])
    return Page(items=items, next=items[-1].aggregate if len(found) > limit else None)
