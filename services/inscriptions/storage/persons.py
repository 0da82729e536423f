"""Records, the links between them, and what was published of whose they are.

One advisory lock for every change of links or assignments: where B and C are one person, a join of A and B and one
of C and D at the same time would each see three of the four and leave two persons for ever, without touching one row
twice.
Facts about records that are registered already do not need it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.bulk import among, arrays, given
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


_REGISTERED = sa.select(record.c.id).where(among(record.c.id), record.c.registered)
# No stronger than an update of the row needs: a link that names it, under the lock of the links, does not wait for it.
_LOCK_RECORDS = (
    sa.select(record.c.id, record.c.registered)
    .where(among(record.c.id))
    .order_by(record.c.id)
    .with_for_update(key_share=True)
)
_RECORDS = given(id=record.c.id.type, source=sa.Text, school_year=sa.Integer)
_SEE = insert(record).from_select(["id", "source", "school_year"], sa.select(_RECORDS)).on_conflict_do_nothing()
# Not in the statement above: `ON CONFLICT DO UPDATE` locks every row that it meets, also those that only a join names.
_REGISTER = sa.update(record).where(among(record.c.id), sa.not_(record.c.registered)).values(registered=True)
_GIVE_PERSON = (
    insert(assignment).from_select(["record"], sa.select(given(id=record.c.id.type))).on_conflict_do_nothing()
)
_SEEN = sa.select(record.c.id).where(among(record.c.id))

_STATEMENTS = given(source=sa.Text, reference=sa.Text)
_FIND_STATEMENTS = sa.select(join_statement).join(
    _STATEMENTS,
    sa.and_(
        join_statement.c.source == _STATEMENTS.c.source,
        join_statement.c.reference == _STATEMENTS.c.reference,
    ),
)
_REPORTED = given(source=sa.Text, reference=sa.Text, version=sa.Integer, reported_version=sa.Integer, digest=sa.Text)
_STATED = insert(join_statement).from_select([column.name for column in _REPORTED.columns], sa.select(_REPORTED))
_STATE = _STATED.on_conflict_do_update(
    constraint="join_statement_once",
    set_={name: _STATED.excluded[name] for name in ("version", "reported_version", "digest")},
).returning(join_statement.c.id, join_statement.c.source, join_statement.c.reference)

_DROP_LINKS = (
    sa.update(link)
    .where(among(link.c.statement), link.c.active)
    .values(active=False)
    .returning(link.c.statement, link.c.one, link.c.other)
)
_LINKS = given(statement=sa.BigInteger, one=record.c.id.type, other=record.c.id.type)
_LINK = (
    insert(link)
    .from_select(["statement", "one", "other"], sa.select(_LINKS))
    .on_conflict_do_update(constraint="link_once", set_={"active": True})
)

_AROUND = sa.select(record.c.id, record.c.registered, assignment).join(assignment).where(among(record.c.id))
_HELD = sa.select(link.c.one, link.c.other).where(link.c.active, among(link.c.one))
_ASSIGNED = given(record=record.c.id.type, person=assignment.c.person.type, version=sa.Integer)
_ASSIGN = (
    sa.update(assignment)
    .where(assignment.c.record == _ASSIGNED.c.record)
    .values(person=_ASSIGNED.c.person, version=_ASSIGNED.c.version)
)


async def lock_links(tx: Transaction) -> None:
    """Until the commit nobody else changes a link or an assignment."""
    await tx.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))


async def lock(tx: Transaction, records: Collection[str], *, joins: bool) -> frozenset[str]:
    """Lock the records until the commit, in the order of their ids; those that are registered.

    The links are locked first where the batch joins, or where a record is not registered yet: then its row may not
    exist, and registering changes whose it is. A registered record stays so: reading that needs no lock.
    """
    wanted = {"wanted": sorted(records)}
    if joins or (records and len((await tx.connection.scalars(_REGISTERED, wanted)).all()) < len(records)):
        await lock_links(tx)
    if not records:
        return frozenset()
    return frozenset(row.id for row in await tx.connection.execute(_LOCK_RECORDS, wanted) if row.registered)


async def see(tx: Transaction, named: Sequence[NamedRecord], registered: Collection[str]) -> None:
    """Give every record its row and a fresh person of its own, and link it to the same reference of other years.

    In the order given: who is met first brings the smaller person id.
    """
    if not named:
        return
    rows = [{"id": one.id, "source": one.source, "school_year": one.school_year} for one in named]
    await tx.connection.execute(_SEE, arrays(rows))
    if mine := [one.id for one in named if one.id in registered]:
        await tx.connection.execute(_REGISTER, {"wanted": mine})
    await tx.connection.execute(_GIVE_PERSON, arrays([{"id": one.id} for one in named]))
    await _link_twins(tx, named)


async def _link_twins(tx: Transaction, named: Sequence[NamedRecord]) -> None:
    twins = {twin for one in named for twin in one.twins}
    if twins:
        seen = set(await tx.connection.scalars(_SEEN, {"wanted": sorted(twins)}))
        await _add_links(tx, {(None, *pair(one.id, twin)) for one in named for twin in seen.intersection(one.twins)})


async def load_statements(tx: Transaction, statements: Collection[Statement]) -> dict[Statement, Reported]:
    """What was accepted of each last."""
    if not statements:
        return {}
    asked = arrays([{"source": one.source, "reference": one.reference} for one in statements])
    return {
        Statement(row.source, row.reference): Reported(row.version, row.reported_version, row.digest)
        for row in await tx.connection.execute(_FIND_STATEMENTS, asked)
    }


async def sources_joined(tx: Transaction, statement: Statement) -> frozenset[str]:
    """Sources of the records that the statement holds together."""
    query = (
        sa.select(record.c.source)
        .join(link, sa.or_(link.c.one == record.c.id, link.c.other == record.c.id))
        .join(join_statement)
        .where(_is(statement), link.c.active)
    )
    return frozenset(await tx.connection.scalars(query))


async def replace_links(
    tx: Transaction, reported: Mapping[Statement, Reported], links: Mapping[Statement, Iterable[Link]]
) -> dict[str, Statement]:
    """Each statement holds its links together and nothing else; record → statement of what one held before."""
    rows = [{"source": one.source, "reference": one.reference, **vars(said)} for one, said in reported.items()]
    ids = {row.id: Statement(row.source, row.reference) for row in await tx.connection.execute(_STATE, arrays(rows))}
    dropped = (await tx.connection.execute(_DROP_LINKS, {"wanted": list(ids)})).all()
    await _add_links(tx, {(number, *ends) for number, statement in ids.items() for ends in links[statement]})
    return {end: ids[row.statement] for row in dropped for end in (row.one, row.other)}


def _is(statement: Statement) -> sa.ColumnElement[bool]:
    return sa.and_(join_statement.c.source == statement.source, join_statement.c.reference == statement.reference)


async def _add_links(tx: Transaction, links: Iterable[tuple[int | None, str, str]]) -> None:
    rows = [{"statement": statement, "one": one, "other": other} for statement, one, other in links]
    if rows:
        await tx.connection.execute(_LINK, arrays(rows))


async def load_around(tx: Transaction, seeds: Iterable[str]) -> tuple[list[Record], list[Link]]:
    """Every record that active links lead to from `seeds`, and these links."""
    ids = {"wanted": list(await tx.connection.scalars(_REACHED, {"seeds": sorted(seeds)}))}
    # Not one statement with the above: nobody can foresee how many rows a recursion gives, and a plan that expects
    # many reads the whole table.
    rows = (await tx.connection.execute(_AROUND, ids)).all()
    records = [Record(row.id, row.own_person, row.registered, row.person, row.version) for row in rows]
    return records, [(row.one, row.other) for row in await tx.connection.execute(_HELD, ids)]


async def save_assignments(tx: Transaction, events: Sequence[RecordAssigned]) -> None:
    """What was published last of whose the records are."""
    if events:
        rows = [{"record": one.record, "person": one.person, "version": one.version} for one in events]
        await tx.connection.execute(_ASSIGN, arrays(rows))


async def find_record(tx: Transaction, record_id: str) -> tuple[NamedRecord, Record] | None:
    """The record and its assignment, for a reader."""
    query = sa.select(record, assignment).join(assignment).where(record.c.id == record_id)
    row = (await tx.connection.execute(query)).one_or_none()
    if row is None:
        return None
    named = NamedRecord(row.id, row.source, row.school_year)
    return named, Record(row.id, row.own_person, row.registered, row.person, row.version)
