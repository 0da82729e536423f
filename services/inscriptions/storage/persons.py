"""Records, the links between them, and what was published of whose they are.

One advisory lock for every change of links or assignments: where B and C are one person, a join of A and B and one
of C and D at the same time would each see three of the four and leave two persons for ever, without touching one row
twice.
Facts about records that are registered already do not need it.
"""

import dataclasses
from collections.abc import Iterable, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.transaction import Transaction
from contracts.people import RecordAssigned
from services.inscriptions.domain.facts import Reported
from services.inscriptions.domain.persons import Link, NamedRecord, Record, Statement, pair
from services.inscriptions.storage.tables import assignment, join_statement, link, record

_LOCK = 0x6C696E6B

_REACHED = sa.text(
    """WITH RECURSIVE reached(record) AS (
        SELECT unnest(CAST(:seeds AS uuid[]))
        UNION
        SELECT CASE WHEN link.one = reached.record THEN link.other ELSE link.one END
        FROM reached JOIN link ON link.active AND (link.one = reached.record OR link.other = reached.record)
    ) SELECT record FROM reached"""
).columns(assignment.c.record)


async def lock_links(tx: Transaction) -> None:
    """Until the commit nobody else changes a link or an assignment."""
    await tx.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


async def lock_record(tx: Transaction, record_id: str) -> bool:
    """True when the record is registered; its row is locked then, otherwise the links are."""
    registered = sa.select(record.c.id).where(record.c.id == record_id, record.c.registered)
    if await tx.connection.scalar(registered.with_for_update()):
        return True
    await lock_links(tx)
    return await tx.connection.scalar(registered.with_for_update()) is not None


async def see(tx: Transaction, named: Sequence[NamedRecord], *, registered: bool = False) -> None:
    """Give every record its row and a fresh person of its own, and link it to the same reference of other years."""
    if not named:
        return
    rows = [
        {"id": one.id, "source": one.source, "school_year": one.school_year, "registered": registered} for one in named
    ]
    seen = insert(record)
    if registered:
        await tx.connection.execute(seen.on_conflict_do_update(index_elements=["id"], set_={"registered": True}), rows)
    else:
        await tx.connection.execute(seen.on_conflict_do_nothing(), rows)
    await tx.connection.execute(insert(assignment).on_conflict_do_nothing(), [{"record": one.id} for one in named])
    await _link_twins(tx, named)


async def _link_twins(tx: Transaction, named: Sequence[NamedRecord]) -> None:
    twins = {twin for one in named for twin in one.twins}
    if twins:
        seen = set(await tx.connection.scalars(sa.select(record.c.id).where(record.c.id.in_(twins))))
        await _add_links(tx, None, {pair(one.id, twin) for one in named for twin in seen.intersection(one.twins)})


async def load_statement(tx: Transaction, statement: Statement) -> Reported | None:
    """What was accepted of it last."""
    row = (await tx.connection.execute(sa.select(join_statement).where(_is(statement)))).one_or_none()
    return None if row is None else Reported(row.version, row.reported_version, row.digest)


async def save_statement(tx: Transaction, statement: Statement, reported: Reported) -> None:
    """What was accepted of it now."""
    changed = dataclasses.asdict(reported)
    row = insert(join_statement).values(source=statement.source, reference=statement.reference, **changed)
    await tx.connection.execute(row.on_conflict_do_update(constraint="join_statement_once", set_=changed))


async def sources_joined(tx: Transaction, statement: Statement) -> frozenset[str]:
    """Sources of the records that the statement holds together."""
    query = (
        sa.select(record.c.source)
        .join(link, sa.or_(link.c.one == record.c.id, link.c.other == record.c.id))
        .join(join_statement)
        .where(_is(statement), link.c.active)
    )
    return frozenset(await tx.connection.scalars(query))


async def replace_links(tx: Transaction, statement: Statement, links: Iterable[Link]) -> frozenset[str]:
    """The statement holds these together and nothing else; answers with the records that it held before."""
    statement_id = await tx.connection.scalar(sa.select(join_statement.c.id).where(_is(statement)))
    dropped = sa.update(link).where(link.c.statement == statement_id, link.c.active).values(active=False)
    rows = (await tx.connection.execute(dropped.returning(link.c.one, link.c.other))).all()
    await _add_links(tx, statement_id, links)
    return frozenset(end for row in rows for end in (row.one, row.other))


def _is(statement: Statement) -> sa.ColumnElement[bool]:
    return sa.and_(join_statement.c.source == statement.source, join_statement.c.reference == statement.reference)


async def _add_links(tx: Transaction, statement: int | None, links: Iterable[Link]) -> None:
    rows = [{"statement": statement, "one": one, "other": other} for one, other in sorted(links)]
    if rows:
        added = insert(link).on_conflict_do_update(constraint="link_once", set_={"active": True})
        await tx.connection.execute(added, rows)


async def load_around(tx: Transaction, seeds: Iterable[str]) -> tuple[list[Record], list[Link]]:
    """Every record that active links lead to from `seeds`, and these links."""
    ids = list(await tx.connection.scalars(_REACHED, {"seeds": sorted(seeds)}))
    # Not one statement with the above: nobody can foresee how many rows a recursion gives, and a plan that expects
    # many reads the whole table.
    query = sa.select(record.c.id, record.c.registered, assignment).join(assignment).where(record.c.id.in_(ids))
    rows = (await tx.connection.execute(query)).all()
    records = [Record(row.id, row.own_person, row.registered, row.person, row.version) for row in rows]
    if len(ids) == 1:
        return records, []
    held = sa.select(link.c.one, link.c.other).where(link.c.active, link.c.one.in_(ids))
    return records, [(row.one, row.other) for row in (await tx.connection.execute(held)).all()]


async def save_assignment(tx: Transaction, event: RecordAssigned) -> None:
    """What was published last of whose the record is."""
    statement = sa.update(assignment).where(assignment.c.record == event.record)
    await tx.connection.execute(statement.values(person=event.person, version=event.version))


async def find_record(tx: Transaction, record_id: str) -> tuple[NamedRecord, Record] | None:
    """The record and its assignment, for a reader."""
    query = sa.select(record, assignment).join(assignment).where(record.c.id == record_id)
    row = (await tx.connection.execute(query)).one_or_none()
    if row is None:
        return None
    named = NamedRecord(row.id, row.source, row.school_year)
    return named, Record(row.id, row.own_person, row.registered, row.person, row.version)
