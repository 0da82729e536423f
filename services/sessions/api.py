"""The HTTP door: wishes that rules may refuse, and reading. Authority is checked here, rules are not."""

from datetime import UTC, date, datetime, time
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Response

from chassis.api_types import Ctx, Tx
from chassis.errors import Forbidden
from chassis.identity import Principal, Role, allow
from chassis.references import PARIS
from chassis.transaction import Transaction
from contracts.base import Slug
from contracts.dates import Day
from services.sessions import handlers, storage
from services.sessions.bodies import Cancellation, Plan, Roll, SessionId, SessionLine, SessionPage, WholeSession
from services.sessions.commands import CancelSession, HoldSession, PlanSession
from services.sessions.domain.refusals import UnknownSession
from services.sessions.paging import read_cursor, write_cursor

router = APIRouter(tags=["séances"])

Caller = Annotated[Principal, Depends(allow(Role.COORDINATOR, Role.OPERATOR, Role.PARTNER))]

_FIRST_DAY, _LAST_DAY = date(1990, 1, 1), date(2100, 12, 31)


@router.put("/sessions/{session_id}", summary="Planifier une séance, ou en corriger la description")
async def plan_session(  # noqa: PLR0913, PLR0917 - one parameter per dependency
    session_id: SessionId, body: Plan, caller: Caller, tx: Tx, context: Ctx, response: Response
) -> SessionLine:
    """201 la première fois ; la même demande ne change rien. Ce qui n'est plus dit est retiré, titre compris."""
    caller.require_programme(body.programme)
    _speaks_as(caller, body.source)
    existing = await storage.belonging(tx.connection, session_id)
    if existing is not None:
        _may_touch(caller, existing)
    wish = PlanSession(session_id, body.source, body.details(), tx.now)
    session = await handlers.plan_session(tx, context.record_keys, wish)
    response.status_code = 201 if existing is None else 200
    return SessionLine.of(session)


@router.put("/sessions/{session_id}/roll", summary="Remettre l'appel d'une séance, ou le corriger")
async def hold_session(session_id: SessionId, body: Roll, caller: Caller, tx: Tx, context: Ctx) -> SessionLine:
    """L'appel remplace le précédent, stands compris. Les références appartiennent à `source`."""
    await _authorise(tx, caller, session_id, body.source)
    wish = HoldSession(session_id, body.source, body.roll(), tx.now)
    return SessionLine.of(await handlers.hold_session(tx, context.record_keys, wish))


@router.put("/sessions/{session_id}/cancellation", summary="Annuler une séance")
async def cancel_session(
    session_id: SessionId, body: Cancellation, caller: Caller, tx: Tx, context: Ctx
) -> SessionLine:
    """Aussi une séance tenue par erreur : son appel est retiré avec elle."""
    await _authorise(tx, caller, session_id, body.source)
    wish = CancelSession(session_id, body.source, tx.now)
    return SessionLine.of(await handlers.cancel_session(tx, context.record_keys, wish))


@router.get("/sessions/{session_id}", summary="Lire une séance, son appel et les remarques")
async def read_session(session_id: SessionId, caller: Caller, tx: Tx) -> WholeSession:
    """Les enregistrements portent nos identifiants : personne n'en retrouve les références."""
    session = await storage.find(tx.connection, session_id)
    if session is None:
        raise UnknownSession
    _may_touch(caller, storage.Belonging(session.last.programme, session.source))
    return WholeSession.with_remarks(session, await storage.remarks_on(tx.connection, session_id))


@router.get("/sessions", summary="Lister les séances d'un programme")
async def list_sessions(  # noqa: PLR0913, PLR0917 - one parameter per part of the query
    caller: Caller,
    tx: Tx,
    programme: Annotated[Slug, Query(description="Programme (obligatoire).")],
    since: Annotated[Day, Query(alias="from", description="Premier jour, heure de Paris.")] = _FIRST_DAY,
    until: Annotated[Day, Query(alias="to", description="Jour de fin, exclu.")] = _LAST_DAY,
    cursor: Annotated[str | None, Query(max_length=200, description="`next` de la page précédente.")] = None,
    limit: Annotated[int, Query(ge=1, le=500)] = 100,
) -> SessionPage:
    """Dans l'ordre de leur début. Un partenaire voit celles de ses propres sources."""
    caller.require_programme(programme)
    rows = await storage.page_of_sessions(
        tx.connection,
        storage.Page(
            programme=programme,
            since=_midnight(since),
            until=_midnight(until),
            after=read_cursor(cursor) if cursor else None,
            sources=None if _coordinates(caller) else caller.sources,
            size=limit,
        ),
    )
    page = tuple(SessionLine.of_row(row) for row in rows[:limit])
    more = len(rows) > limit
    return SessionPage(sessions=page, next=write_cursor(page[-1].starts_at, page[-1].id) if more else None)


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), PARIS).astimezone(UTC)


def _coordinates(caller: Principal) -> bool:
    return not caller.roles.isdisjoint({Role.COORDINATOR, Role.OPERATOR})


def _speaks_as(caller: Principal, source: str | None) -> None:
    """A coordinator speaks for every source of the programme, a partner only as its own."""
    if not _coordinates(caller) and source not in caller.sources:
        raise Forbidden("source")


def _may_touch(caller: Principal, session: storage.Belonging) -> None:
    caller.require_programme(session.programme)
    _speaks_as(caller, session.source)


async def _authorise(tx: Transaction, caller: Principal, session_id: str, source: str | None) -> None:
    """For a wish on a session that exists: programme and source of a session never change."""
    _speaks_as(caller, source)
    session = await storage.belonging(tx.connection, session_id)
    if session is None:
        raise UnknownSession
    _may_touch(caller, session)
