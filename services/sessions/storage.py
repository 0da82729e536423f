"""Rows of sessions, remarks and known registry entries. SQLAlchemy Core; no rule, no commit."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.transaction import Transaction
from contracts.base import Event
from services.sessions.domain import STATUS, Remark, Reported, Session
from services.sessions.tables import registry, remark, session

_FACT = {status.value: kind for kind, status in STATUS.items()}

# The state is text for us and jsonb for whoever queries it: the models read and write it, not the driver.
_STATE = sa.cast(session.c.state, sa.Text).label("state")
_ROW = (
    session.c.id,
    session.c.source,
    session.c.status,
    session.c.reported_version,
    session.c.reported_digest,
    session.c.reported_became,
    _STATE,
)


# Written once: building a statement costs as much as running it.
_MAKE = (
    insert(session)
    .values(id=sa.bindparam("id"), source=sa.bindparam("source"))
    .on_conflict_do_nothing()
    .returning(session.c.id)
)
_LOCK = sa.select(*_ROW).where(session.c.id == sa.bindparam("session_id")).with_for_update()
_SAVE = (
    sa.update(session)
    .where(session.c.id == sa.bindparam("session_id"), session.c.version == sa.bindparam("before"))
    .values(
        {name: sa.bindparam(name) for name in ("version", "status", "programme", "activity", "starts_at", "minutes")}
        | {name: sa.bindparam(name) for name in ("reported_version", "reported_digest", "reported_became")}
        | {"state": sa.cast(sa.bindparam("state", type_=sa.Text), session.c.state.type)}
        | {"changed_at": sa.bindparam("changed_at")}
    )
)
_KNOWN = sa.select(registry.c.subject).where(
    registry.c.subject == sa.any_(sa.bindparam("subjects", type_=ARRAY(sa.Text)))
)


async def load(tx: Transaction, session_id: str, source: str | None) -> Session:
    """The session, its row locked until the commit. One never seen gets its row first, and `source` as its own.

    Two first reports at once meet on that row: the second waits and reads what the first has made of it.
    """
    made = await tx.connection.execute(_MAKE, {"id": session_id, "source": source})
    if made.first() is not None:
        return Session(session_id, source)
    return _session((await tx.connection.execute(_LOCK, {"session_id": session_id})).one())


@dataclass(frozen=True)
class Belonging:
    """Whose session it is. Neither ever changes, so reading them needs no lock."""

    programme: str
    source: str | None


async def belonging(connection: AsyncConnection, session_id: str) -> Belonging | None:
    """Programme and source of a session; None when nobody has spoken of it."""
    query = sa.select(session.c.programme, session.c.source).where(session.c.id == session_id, session.c.version > 0)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else Belonging(row.programme, row.source)


async def find(connection: AsyncConnection, session_id: str) -> Session | None:
    """The session without a lock, for readers; None when nobody has spoken of it."""
    query = sa.select(*_ROW).where(session.c.id == session_id, session.c.version > 0)
    row = (await connection.execute(query)).one_or_none()
    return None if row is None else _session(row)


async def save(tx: Transaction, changed: Session, remarks: Sequence[Remark] = ()) -> None:
    """Write the state after its next fact, and what was odd about it. The row is locked by `load`."""
    fact = changed.last
    values = {
        "session_id": changed.id,
        "before": fact.version - 1,
        "version": fact.version,
        "status": STATUS[type(fact)].value,
        "programme": fact.programme,
        "activity": fact.activity.value,
        "starts_at": fact.starts_at,
        "minutes": fact.minutes,
        "state": fact.to_data().decode(),
        "changed_at": tx.now,
        **_reported(changed.reported),
    }
    if (await tx.connection.execute(_SAVE, values)).rowcount != 1:
        raise RuntimeError("a session was saved that was not loaded in this transaction")
    if remarks:
        rows = [{"session": changed.id, "version": fact.version, "code": code, "made_at": tx.now} for code in remarks]
        await tx.connection.execute(sa.insert(remark), rows)


async def remarks_on(connection: AsyncConnection, session_id: str) -> list[tuple[int, str]]:
    """(version, code) of what was odd, in the order of the versions."""
    query = sa.select(remark.c.version, remark.c.code).where(remark.c.session == session_id)
    rows = await connection.execute(query.order_by(remark.c.version, remark.c.code))
    return [(row.version, row.code) for row in rows]


@dataclass(frozen=True)
class Page:
    """Which sessions to list: half-open stretch of time, after the position (starts_at, id), of these sources only."""

    programme: str
    since: datetime
    until: datetime
    after: tuple[datetime, str] | None
    sources: frozenset[str] | None
    size: int


async def page_of_sessions(connection: AsyncConnection, page: Page) -> list[sa.Row[Any]]:
    """One row more than the page's size, where there is one, without rolls."""
    columns = session.c
    query = (
        sa.select(
            columns.id,
            columns.programme,
            columns.status,
            columns.version,
            columns.source,
            columns.activity,
            columns.starts_at,
            columns.minutes,
            columns.reported_version,
        )
        .where(columns.programme == page.programme, columns.version > 0)
        .where(columns.starts_at >= page.since, columns.starts_at < page.until)
        .order_by(columns.starts_at, columns.id)
        .limit(page.size + 1)
    )
    if page.after is not None:
        moment, session_id = page.after
        position = sa.tuple_(sa.literal(moment, columns.starts_at.type), sa.literal(session_id, columns.id.type))
        query = query.where(sa.tuple_(columns.starts_at, columns.id) > position)
    if page.sources is not None:
        query = query.where(columns.source.in_(sorted(page.sources)))
    return list(await connection.execute(query))


async def known(tx: Transaction, subjects: Iterable[str]) -> frozenset[str]:
    """Those of the subjects that stand in the registry as known here."""
    found = await tx.connection.execute(_KNOWN, {"subjects": sorted(set(subjects))})
    return frozenset(found.scalars())


async def keep_entry(tx: Transaction, entry: Event) -> None:
    """Keep an entry of the registry; the highest version wins."""
    data = sa.cast(sa.literal(entry.to_data().decode(), sa.Text), registry.c.state.type)
    statement = insert(registry).values(subject=entry.subject, version=entry.version, state=data)
    newest = statement.on_conflict_do_update(
        index_elements=["subject"],
        set_={"version": statement.excluded.version, "state": statement.excluded.state},
        where=registry.c.version < statement.excluded.version,
    )
    await tx.connection.execute(newest)


def _reported(reported: Reported | None) -> dict[str, Any]:
    return {
        "reported_version": reported and reported.version,
        "reported_digest": reported and reported.digest,
        "reported_became": reported and reported.became,
    }


def _session(row: sa.Row[Any]) -> Session:
    fact = None if row.state is None else _FACT[row.status].parse_read(row.state)
    reported = None
    if row.reported_version is not None:
        reported = Reported(row.reported_version, row.reported_digest, row.reported_became)
    return Session(row.id, row.source, fact, reported)
