"""Rows of sessions, remarks and known registry entries. SQLAlchemy Core; no rule, no commit."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.bulk import among, arrays, given
from chassis.transaction import Transaction
from contracts.base import Event
from contracts.sessions import SessionEvent
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
_NEW = given(id=session.c.id.type, source=sa.Text)
_MAKE = (
    insert(session)
    .from_select(["id", "source"], sa.select(_NEW))
    .on_conflict_do_nothing()
    .returning(session.c.id, session.c.source)
)
_LOCK = sa.select(*_ROW).where(among(session.c.id)).order_by(session.c.id).with_for_update()
_CHANGED = (
    *("version", "status", "programme", "activity", "starts_at", "minutes"),
    *("reported_version", "reported_digest", "reported_became", "state", "changed_at"),
)
_LEFT = given(
    id=session.c.id.type,
    before=sa.BigInteger,
    **{name: sa.Text() if name == "state" else session.c[name].type for name in _CHANGED},
)
_SAVE = (
    sa.update(session)
    .where(session.c.id == _LEFT.c.id, session.c.version == _LEFT.c.before)
    .values({name: sa.cast(_LEFT.c[name], session.c[name].type) for name in _CHANGED})
)
_UNMAKE = sa.delete(session).where(among(session.c.id), session.c.version == 0)
_REMARKS = given(session=session.c.id.type, version=sa.BigInteger, code=sa.Text, made_at=sa.DateTime(timezone=True))
_REMARK = sa.insert(remark).from_select([column.name for column in _REMARKS.columns], sa.select(_REMARKS))
_KNOWN = sa.select(registry.c.subject).where(
    registry.c.subject == sa.any_(sa.bindparam("subjects", type_=ARRAY(sa.Text)))
)


async def load(tx: Transaction, session_id: str, source: str | None) -> Session:
    """The session, its row locked until the commit; see `load_all`."""
    return (await load_all(tx, {session_id: source}))[session_id]


async def load_all(tx: Transaction, sources: Mapping[str, str | None]) -> dict[str, Session]:
    """The sessions by id, their rows locked until the commit. One never seen gets its row first, and its source.

    Two first reports at once meet on that row: the second waits and reads what the first has made of it. Rows are
    made and locked in the order of their ids, so that two batches cannot block each other.
    """
    if not sources:
        return {}
    wanted = sorted(sources)
    made = await tx.connection.execute(_MAKE, arrays([{"id": one, "source": sources[one]} for one in wanted]))
    sessions = {row.id: Session(row.id, row.source) for row in made}
    if known := [one for one in wanted if one not in sessions]:
        sessions |= {row.id: _session(row) for row in await tx.connection.execute(_LOCK, {"wanted": known})}
    return sessions


async def unmake(tx: Transaction, session_ids: Collection[str]) -> None:
    """Take back rows that `load_all` made, for sessions of which nothing was accepted."""
    if session_ids:
        await tx.connection.execute(_UNMAKE, {"wanted": list(session_ids)})


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


async def save(tx: Transaction, changed: Session) -> None:
    """Write the state after its next fact. The row is locked by `load`."""
    await save_all(tx, {changed.id: changed.version - 1}, [changed])


async def save_all(tx: Transaction, before: Mapping[str, int], changed: Sequence[Session]) -> None:
    """Write the states after their last facts; `before` holds the versions that were loaded. The rows are locked."""
    if not changed:
        return
    rows = [{"before": before[one.id], "changed_at": tx.now, **_left(one)} for one in changed]
    if (await tx.connection.execute(_SAVE, arrays(rows))).rowcount != len(rows):
        raise RuntimeError("a session was saved that was not loaded in this transaction")


async def remark_on(tx: Transaction, odd: Sequence[tuple[SessionEvent, Remark]]) -> None:
    """What was odd about a report, beside the fact that it became. Its session is saved already."""
    if odd:
        rows = [{"session": one.session, "version": one.version, "code": str(code)} for one, code in odd]
        await tx.connection.execute(_REMARK, arrays([row | {"made_at": tx.now} for row in rows]))


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


def _left(changed: Session) -> dict[str, Any]:
    fact, reported = changed.last, changed.reported
    return {
        "id": changed.id,
        "version": fact.version,
        "status": STATUS[type(fact)].value,
        "programme": fact.programme,
        "activity": fact.activity.value,
        "starts_at": fact.starts_at,
        "minutes": fact.minutes,
        "state": fact.to_data().decode(),
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
