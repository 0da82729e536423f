"""People's facts: the last of each aggregate, our version beside the partner's, and what is remarkable about it."""

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.bulk import among, arrays, given
from chassis.transaction import Transaction
from services.inscriptions.domain.facts import PersonFact, Remark, Reported, remarks
from services.inscriptions.storage.tables import fact, remark

_FIND = sa.select(fact.c.subject, fact.c.version, fact.c.reported_version, fact.c.digest).where(among(fact.c.subject))
# The state is text for us and jsonb for whoever queries it: the model writes it, not the driver.
_FACTS = given(**{column.name: sa.Text() if column.name == "state" else column.type for column in fact.columns})
_ADDED = insert(fact).from_select(
    [column.name for column in fact.columns],
    sa.select(*(sa.cast(column, fact.c[column.name].type) for column in _FACTS.columns)),
)
_SAVE = _ADDED.on_conflict_do_update(
    index_elements=["subject"],
    set_={name: _ADDED.excluded[name] for name in ("version", "reported_version", "digest", "state", "recorded_at")},
)
_DROP_REMARKS = sa.delete(remark).where(among(remark.c.subject))
_REMARK = sa.insert(remark).from_select(
    ["subject", "code", "field"], sa.select(given(subject=sa.Text, code=sa.Text, field=sa.Text))
)


async def load(tx: Transaction, subjects: Collection[str]) -> dict[str, Reported]:
    """What was accepted last of each. The locks of their records (`persons.lock`) guard them."""
    if not subjects:
        return {}
    rows = await tx.connection.execute(_FIND, {"wanted": sorted(subjects)})
    return {row.subject: Reported(row.version, row.reported_version, row.digest) for row in rows}


async def save(tx: Transaction, recorded: Sequence[tuple[PersonFact, Reported]]) -> None:
    """The facts with our ids, each subject once, and their remarks in place of the earlier ones."""
    if not recorded:
        return
    await tx.connection.execute(_SAVE, arrays([_row(tx, ours, reported) for ours, reported in recorded]))
    if corrected := [ours.subject for ours, _ in recorded if ours.version > 1]:
        await tx.connection.execute(_DROP_REMARKS, {"wanted": corrected})
    broken = [
        {"subject": ours.subject, "code": one.code, "field": one.field} for ours, _ in recorded for one in remarks(ours)
    ]
    if broken:
        await tx.connection.execute(_REMARK, arrays(broken))


def _row(tx: Transaction, ours: PersonFact, reported: Reported) -> dict[str, Any]:
    return {
        "subject": ours.subject,
        "record": ours.record,
        "kind": ours.kind,
        "version": ours.version,
        "reported_version": reported.reported_version,
        "digest": reported.digest,
        "state": ours.to_data().decode(),
        "recorded_at": tx.now,
    }


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
