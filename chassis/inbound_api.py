"""`GET /inbound`: for operators, what became of every inbound record and what waits, as committed in PostgreSQL."""

from datetime import datetime
from typing import Annotated

import sqlalchemy as sa
from fastapi import APIRouter, Depends
from pydantic import BaseModel

from chassis.api_types import Tx
from chassis.identity import Principal, Role, allow
from chassis.tables import held, inbox_count, outbox

router = APIRouter(tags=["exploitation"])

Operator = Annotated[Principal, Depends(allow(Role.OPERATOR))]


class TopicCounts(BaseModel):
    """Records of one inbound topic; their sum is the number of records that were decided."""

    topic: str
    accepted: int = 0
    stale: int = 0
    duplicate: int = 0
    rejected: int = 0
    held: int = 0
    skipped: int = 0


class HeldBack(BaseModel):
    """Records that wait for one entry of the registry."""

    waits_for: str
    records: int
    since: datetime


class Inbound(BaseModel):
    """All of it, in one snapshot."""

    topics: list[TopicCounts]
    held: list[HeldBack]
    outbox: int


@router.get("/inbound", summary="Ce que sont devenus les messages reçus, et ce qui attend")
async def inbound(tx: Tx, _operator: Operator) -> Inbound:
    """Réservé à l'exploitation. Les messages retenus attendent une entrée du registre, nommée ici."""
    await tx.connection.execute(sa.text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY"))
    number = sa.func.sum(inbox_count.c.records).label("number")
    query = sa.select(inbox_count.c.topic, inbox_count.c.outcome, number).group_by("topic", "outcome")
    counts: dict[str, dict[str, int]] = {}
    for topic, outcome, records in await tx.connection.execute(query):
        counts.setdefault(topic, {})[outcome] = int(records)
    waiting = sa.select(
        held.c.waits_for, sa.func.count().label("records"), sa.func.min(held.c.since).label("since")
    ).group_by(held.c.waits_for)
    return Inbound(
        topics=[TopicCounts(topic=topic, **outcomes) for topic, outcomes in sorted(counts.items())],
        held=[HeldBack.model_validate(row._mapping) for row in await tx.connection.execute(waiting)],  # noqa: SLF001 - public, despite its name
        outbox=await tx.connection.scalar(sa.select(sa.func.count()).select_from(outbox)) or 0,
    )
