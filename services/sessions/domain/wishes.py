"""What coordinators and partners wish over HTTP.

A rule answers with a fact, with None where nothing changes, or refuses.
A partner's report is not a wish: it happened, and goes through `reports`, which refuses nothing of this.
"""

import uuid
from datetime import datetime
from typing import Any, TypeVar

from contracts.sessions import SessionCancelled, SessionEvent, SessionHeld, SessionPlanned
from services.sessions.commands import CancelSession, Details, HoldSession, PlanSession
from services.sessions.domain.records import Keys, open_year, own_acting, own_presences
from services.sessions.domain.refusals import (
    AnotherSource,
    NotStartedYet,
    ProgrammeNeverChanges,
    ReservedId,
    RollOfAnotherYear,
    SessionIsCancelled,
    SourceNeeded,
    UnknownSession,
)
from services.sessions.domain.state import Session

Fact = TypeVar("Fact", bound=SessionEvent)

_DERIVED = 8
_DETAILS = tuple(Details.__dataclass_fields__)


def plan_session(session: Session, wish: PlanSession, keys: Keys) -> SessionEvent | None:
    """Put it on the calendar, or correct its details. A held session stays held, with its roll."""
    year = open_year(keys, wish.details.starts_at)
    if session.fact is None:
        # Anybody who guesses a reference can compute the id: nobody may sit on it before its source has spoken.
        if uuid.UUID(session.id).version == _DERIVED:
            raise ReservedId
        return SessionPlanned(session=session.id, version=1, **vars(wish.details))
    last = _not_cancelled(_open(session, wish.source, keys))
    if wish.source not in {None, session.source}:
        raise AnotherSource
    if wish.details.programme != last.programme:
        raise ProgrammeNeverChanges
    if isinstance(last, SessionHeld):
        _started(wish.details.starts_at, wish.now)
        if year != open_year(keys, last.starts_at):
            raise RollOfAnotherYear
    return _unless_same(last, last.model_copy(update={**vars(wish.details), "version": last.version + 1}))


def hold_session(session: Session, wish: HoldSession, keys: Keys) -> SessionHeld | None:
    """Hand in the roll, or correct it for as long as the year's record key exists. Absent pupils stay on it."""
    last = _not_cancelled(_open(session, wish.source, keys))
    _started(last.starts_at, wish.now)
    year, source = open_year(keys, last.starts_at), wish.source or session.source
    if source is None:
        if wish.roll.presences or wish.roll.acting:
            raise SourceNeeded
        source = ""
    held = SessionHeld(
        **_next(last) | {"minutes": wish.roll.minutes or last.minutes},
        presences=own_presences(keys, year, source, wish.roll.presences),
        headcounts=wish.roll.headcounts,
        acting=own_acting(keys, year, source, wish.roll.acting),
        stands=wish.roll.stands,
    )
    return _unless_same(last, held)


def cancel_session(session: Session, wish: CancelSession, keys: Keys) -> SessionCancelled | None:
    """It does not take place, or never did: a session that was held by mistake loses its roll."""
    last = _open(session, wish.source, keys)
    return _unless_same(last, SessionCancelled(**_next(last)))


def _open(session: Session, source: str | None, keys: Keys) -> SessionEvent:
    """The last fact of a session that `source` may still change; a coordinator need not name one."""
    if session.fact is None:
        raise UnknownSession
    if session.source is not None and source not in {None, session.source}:
        raise AnotherSource
    open_year(keys, session.fact.starts_at)
    return session.fact


def _not_cancelled(last: SessionEvent) -> SessionEvent:
    if isinstance(last, SessionCancelled):
        raise SessionIsCancelled
    return last


def _started(starts_at: datetime, now: datetime) -> None:
    if starts_at > now:
        raise NotStartedYet


def _next(last: SessionEvent) -> dict[str, Any]:
    """What the next fact takes over from the last one. The source's own version stays beside ours."""
    details = {name: getattr(last, name) for name in _DETAILS}
    return {"session": last.session, "version": last.version + 1, "reported_version": last.reported_version, **details}


def _unless_same(last: SessionEvent, fact: Fact) -> Fact | None:
    """The same wish again changes nothing: no version, no event."""
    return None if last.model_copy(update={"version": fact.version}) == fact else fact
