"""The registry's rows: the last fact of each entry, and beside it the dated ties that the database keeps apart."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import Range, insert

from chassis.transaction import Transaction
from contracts.base import READING, Event, Span
from contracts.declarations import IndicatorDeclared
from contracts.registry import ConventionSigned
from contracts.vocabulary import PartyRole
from services.inscriptions.commands import DeclareIndicator, SignConvention
from services.inscriptions.domain.registry import RegistryFact, Surroundings, Term, Wish, named, ties_of
from services.inscriptions.domain.tree import Tie
from services.inscriptions.storage.tables import convention_term, registry_entry, registry_tie

E = TypeVar("E", bound=Event)

# Changes of the registry are rare and follow one another: a circle, an overlap or a missing parent can only be
# seen whole when nobody else is changing another part of it.
_LOCK = 0x72656769

_ABOVE = (
    sa.text(
        """WITH RECURSIVE above AS (
        SELECT child, parent, valid FROM registry_tie WHERE child = ANY(:subjects)
        UNION
        SELECT tie.child, tie.parent, tie.valid FROM registry_tie tie JOIN above ON tie.child = above.parent
    ) SELECT child, parent, valid FROM above"""
    )
    .bindparams(sa.bindparam("subjects", type_=sa.ARRAY(sa.Text)))
    .columns(child=sa.Text, parent=sa.Text, valid=registry_tie.c.valid.type)
)


async def load(tx: Transaction, kind: type[E], entry: str) -> E | None:
    """The entry as it stands, for a change: nobody else changes the registry until the commit."""
    await tx.connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
    return await find(tx, kind, entry)


async def find(tx: Transaction, kind: type[E], entry: str) -> E | None:
    """The entry as it stands, for a reader."""
    query = sa.select(registry_entry.c.state).where(registry_entry.c.subject == f"{kind.kind}/{entry}")
    state = await tx.connection.scalar(query)
    return None if state is None else kind.model_validate(state, context=READING)


async def page(tx: Transaction, kind: type[E], after: str, limit: int) -> Sequence[E]:
    """Entries in the order of their ids, from the one behind `after` on."""
    query = (
        sa.select(registry_entry.c.state)
        .where(registry_entry.c.kind == kind.kind, registry_entry.c.entry > after)
        .order_by(registry_entry.c.entry)
        .limit(limit)
    )
    return [kind.model_validate(state, context=READING) for state in await tx.connection.scalars(query)]


async def known(tx: Transaction, subjects: Iterable[str]) -> frozenset[str]:
    """Those of the subjects that the registry holds."""
    query = sa.select(registry_entry.c.subject).where(registry_entry.c.subject.in_(set(subjects)))
    return frozenset(await tx.connection.scalars(query))


async def surroundings(tx: Transaction, subject: str, wish: Wish) -> Surroundings:
    """What of the registry the wish for `subject` touches; one that names nothing but itself touches nothing."""
    subjects = sorted(set(named(wish).values()) - {subject})
    if not subjects:
        return Surroundings()
    rows = (await tx.connection.execute(_ABOVE, {"subjects": subjects})).all()
    below = sa.select(sa.exists().where(registry_tie.c.parent == subject, registry_tie.c.child != subject))
    return Surroundings(
        known=await known(tx, subjects),
        above=tuple(_tie(row.child, row.parent, row.valid) for row in rows),
        has_below=bool(await tx.connection.scalar(below)),
        terms=await _terms(tx, subject, subjects) if isinstance(wish, SignConvention) else (),
        parts=await _parts(tx, wish.parts) if isinstance(wish, DeclareIndicator) else {},
        wholes=await _wholes(tx, subject) if isinstance(wish, DeclareIndicator) else (),
    )


async def _terms(tx: Transaction, convention: str, subjects: Sequence[str]) -> tuple[Term, ...]:
    query = sa.select(convention_term.c.role, convention_term.c.valid).where(
        convention_term.c.convention != convention,
        convention_term.c.programme.in_(subjects),
        convention_term.c.party.in_(subjects),
    )
    rows = await tx.connection.execute(query)
    return tuple(Term(PartyRole(role), Span(starts_on=valid.lower, ends_on=valid.upper)) for role, valid in rows)


async def _parts(tx: Transaction, declarations: Sequence[str]) -> dict[str, IndicatorDeclared]:
    query = sa.select(registry_entry.c.state).where(
        registry_entry.c.kind == IndicatorDeclared.kind, registry_entry.c.entry.in_(declarations)
    )
    return {fact.declaration: fact for fact in await _declared(tx, query)}


async def _wholes(tx: Transaction, subject: str) -> tuple[IndicatorDeclared, ...]:
    resting = sa.select(registry_tie.c.child).where(registry_tie.c.parent == subject)
    return await _declared(tx, sa.select(registry_entry.c.state).where(registry_entry.c.subject.in_(resting)))


async def _declared(tx: Transaction, query: sa.Select[tuple[Any]]) -> tuple[IndicatorDeclared, ...]:
    states = await tx.connection.scalars(query)
    return tuple(IndicatorDeclared.model_validate(state, context=READING) for state in states)


async def save(tx: Transaction, fact: RegistryFact) -> None:
    """The fact is the entry's state; its ties replace those that stood there."""
    row = {
        "subject": fact.subject,
        "kind": fact.kind,
        "entry": fact.aggregate,
        "version": fact.version,
        "state": fact.model_dump(mode="json", exclude_none=True),
    }
    statement = insert(registry_entry).values(row)
    changed = {"version": statement.excluded.version, "state": statement.excluded.state}
    await tx.connection.execute(statement.on_conflict_do_update(index_elements=["subject"], set_=changed))
    if isinstance(fact, ConventionSigned):
        await _save_term(tx, fact)
    else:
        await _save_ties(tx, fact.subject, ties_of(fact), new=fact.version == 1)


async def _save_ties(tx: Transaction, child: str, ties: Sequence[Tie], *, new: bool) -> None:
    if not new:
        await tx.connection.execute(sa.delete(registry_tie).where(registry_tie.c.child == child))
    rows = [{"child": tie.child, "parent": tie.parent, "valid": _range(tie)} for tie in ties]
    if rows:
        await tx.connection.execute(sa.insert(registry_tie), rows)


async def _save_term(tx: Transaction, fact: ConventionSigned) -> None:
    party = f"establishment/{fact.establishment}" if fact.establishment else f"organisation/{fact.organisation}"
    row = {
        "programme": f"programme/{fact.programme}",
        "party": party,
        "role": fact.party_role.value,
        "valid": Range(fact.valid.starts_on, fact.valid.ends_on),
    }
    statement = insert(convention_term).values(convention=fact.subject, **row)
    await tx.connection.execute(statement.on_conflict_do_update(index_elements=["convention"], set_=row))


def _tie(child: str, parent: str, valid: Range[date]) -> Tie:
    return Tie(child, parent, valid.lower or date.min, valid.upper or date.max)


def _range(tie: Tie) -> Range[date]:
    return Range(None if tie.starts_on == date.min else tie.starts_on, None if tie.ends_on == date.max else tie.ends_on)
