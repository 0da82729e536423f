"""Statements by coordinators and operators that records are one person."""

from typing import Annotated

from fastapi import APIRouter, Depends

from chassis.api import Ctx, Tx
from chassis.transaction import Transaction
from contracts.base import Slug
from services.inscriptions import handlers
from services.inscriptions.api.authority import Writer, require_any
from services.inscriptions.commands import JoinRecords
from services.inscriptions.domain.persons import Statement
from services.inscriptions.references import References
from services.inscriptions.storage import persons as rows

router = APIRouter(tags=["personnes"])


def references_of(context: Ctx) -> References:
    """Built for each request: the keys' folder and the partners are small."""
    return References(context.record_keys, context.partners)


Refs = Annotated[References, Depends(references_of)]


@router.put("/joins/{join}", summary="Réunir des enregistrements", status_code=204)
async def join_records(join: Slug, body: JoinRecords, tx: Tx, references: Refs, writer: Writer) -> None:
    """Ces enregistrements désignent une seule personne ; un autre corps remplace le précédent."""
    statement = Statement(tx.source, join)
    await _require_authority(tx, statement, references, writer)
    for side in body.records:
        require_any(writer, references.programmes_of(side.source))
    named = [references.name(side.source, side.record, side.school_year) for side in body.records]
    digest = references.digest(min(side.school_year for side in body.records), body.model_dump_json().encode())
    await handlers.join_records(tx, statement, named, None, digest)


@router.delete("/joins/{join}", summary="Retirer une réunion", status_code=204)
async def withdraw_join(join: Slug, tx: Tx, references: Refs, writer: Writer) -> None:
    """Les enregistrements que rien d'autre ne réunit redeviennent des personnes distinctes."""
    statement = Statement(tx.source, join)
    await _require_authority(tx, statement, references, writer)
    await handlers.withdraw_join(tx, statement, references.digest(None, b"withdrawn"))


async def _require_authority(tx: Transaction, statement: Statement, references: References, writer: Writer) -> None:
    """A coordinator changes a statement only where every record comes from a source of its programmes."""
    await rows.lock_links(tx)
    sources = await rows.sources_joined(tx, statement)
    for source in sources:
        require_any(writer, references.programmes_of(source))
