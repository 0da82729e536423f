"""People's facts: the last of each aggregate, our version beside the partner's, and what is remarkable about it."""

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.transaction import Transaction
from services.inscriptions.domain.facts import PersonFact, Remark, Reported
from services.inscriptions.storage.tables import fact, remark


async def load(tx: Transaction, subject: str) -> Reported | None:
    """What was accepted last. The lock of its record (`persons.lock_record`) guards it."""
    query = sa.select(fact.c.version, fact.c.reported_version, fact.c.digest).where(fact.c.subject == subject)
    row = (await tx.connection.execute(query)).one_or_none()
    return None if row is None else Reported(row.version, row.reported_version, row.digest)


async def save(tx: Transaction, ours: PersonFact, reported: Reported, remarks: Iterable[Remark]) -> None:
    """The fact with our ids, and its remarks in place of the earlier ones."""
    changed = {
        "version": ours.version,
        "reported_version": reported.reported_version,
        "digest": reported.digest,
        "state": ours.model_dump(mode="json", exclude_none=True),
        "recorded_at": tx.now,
    }
    statement = insert(fact).values(subject=ours.subject, record=ours.record, kind=ours.kind, **changed)
    await tx.connection.execute(statement.on_conflict_do_update(index_elements=["subject"], set_=changed))
    if ours.version > 1:
        await tx.connection.execute(sa.delete(remark).where(remark.c.subject == ours.subject))
    rows = [{"subject": ours.subject, "code": one.code, "field": one.field} for one in remarks]
    if rows:
        await tx.connection.execute(sa.insert(remark), rows)


async def of_record(tx: Transaction, record: str) -> list[Mapping[str, Any]]:
    """Every fact of the record, each with its remarks, in the order of the subjects."""
    query = sa.select(fact).where(fact.c.record == record).order_by(fact.c.subject)
    rows = [dict(row) for row in (await tx.connection.execute(query)).mappings()]
    broken = sa.select(remark).where(remark.c.subject.in_([row["subject"] for row in rows]))
    remarks = (await tx.connection.execute(broken.order_by(remark.c.code, remark.c.field))).all()
    return [
        row | {"remarks": [Remark(one.code, one.field) for one in remarks if one.subject == row["subject"]]}
        for row in rows
    ]
