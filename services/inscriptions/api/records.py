"""One record for whoever must explain it: whose it is, what was said of it, and what is remarkable. No name, ever."""

from typing import Any
from uuid import UUID

from fastapi import APIRouter
from pydantic import BaseModel

from chassis.api import Tx
from contracts.people import PupilEnrolled
from services.inscriptions.api.authority import Writer, require_any
from services.inscriptions.api.joins import Refs
from services.inscriptions.domain.facts import Remark
from services.inscriptions.domain.refusals import RecordNotFound
from services.inscriptions.storage import facts as fact_rows
from services.inscriptions.storage import persons as person_rows

router = APIRouter(tags=["personnes"])


class FactView(BaseModel):
    """The last fact of one aggregate, our version beside the partner's."""

    subject: str
    kind: str
    version: int
    reported_version: int
    state: dict[str, Any]
    remarks: list[Remark]


class RecordView(BaseModel):
    """`person` is absent while nobody registered the record; `version` is that of `RecordAssigned`."""

    record: str
    source: str
    school_year: int
    registered: bool
    person: str | None
    version: int
    facts: list[FactView]


@router.get("/records/{record}", summary="Expliquer un enregistrement")
async def record(record: UUID, tx: Tx, references: Refs, writer: Writer) -> RecordView:
    """Personne attribuée, périodes, versions et remarques. Une coordination ne voit que ses programmes."""
    found = await person_rows.find_record(tx, str(record))
    if found is None:
        raise RecordNotFound
    named, assigned = found
    facts = await fact_rows.of_record(tx, named.id)
    enrolled = [fact["state"]["programme"] for fact in facts if fact["kind"] == PupilEnrolled.kind]
    require_any(writer, [*references.programmes_of(named.source), *enrolled])
    return RecordView(
        record=named.id,
        source=named.source,
        school_year=named.school_year,
        registered=assigned.registered,
        person=assigned.person,
        version=assigned.version,
        facts=[FactView.model_validate(fact) for fact in facts],
    )
