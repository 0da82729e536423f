"""Load, decide, save, publish. No rule and no commit."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chassis.transaction import Transaction
from contracts.sessions import SessionEvent
from services.sessions import domain, storage
from services.sessions.commands import CancelSession, HoldSession, PlanSession, Report
from services.sessions.domain.records import Keys
from services.sessions.domain.refusals import UnknownEntry


async def plan_session(tx: Transaction, keys: Keys, wish: PlanSession) -> domain.Session:
    """The session as the wish leaves it."""
    session = await storage.load(tx, wish.session, wish.source)
    fact = domain.plan_session(session, wish, keys)
    return await _settle(tx, session, fact)


async def hold_session(tx: Transaction, keys: Keys, wish: HoldSession) -> domain.Session:
    """The session as the wish leaves it."""
    session = await storage.load(tx, wish.session, wish.source)
    fact = domain.hold_session(session, wish, keys)
    return await _settle(tx, session, fact)


async def cancel_session(tx: Transaction, keys: Keys, wish: CancelSession) -> domain.Session:
    """The session as the wish leaves it."""
    session = await storage.load(tx, wish.session, wish.source)
    fact = domain.cancel_session(session, wish, keys)
    return await _settle(tx, session, fact)


@dataclass
class Sessions:
    """Sessions that a batch of reports touches; each report meets what the earlier ones have made of them."""

    loaded: Mapping[str, domain.Session]
    now: dict[str, domain.Session]
    odd: list[tuple[SessionEvent, domain.Remark]] = field(default_factory=list)


async def load_sessions(tx: Transaction, reports: Sequence[Report]) -> Sessions:
    """Locked until the commit. The first report of a new session makes its source."""
    sources: dict[str, str | None] = {}
    for report in reports:
        sources.setdefault(report.fact.session, report.source)
    loaded = await storage.load_all(tx, sources)
    return Sessions(loaded, dict(loaded))


async def record_report(tx: Transaction, sessions: Sessions, report: Report) -> domain.Standing:
    """What the report was worth; only a newer one changes anything. Raises `Refused`, before any change."""
    session = sessions.now[report.fact.session]
    standing = domain.standing(session, report)
    if standing is domain.Standing.NEWER:
        fact = domain.record_report(session, report)
        await tx.publish(fact)
        sessions.now[session.id] = domain.remember(domain.evolve(session, fact), report)
        sessions.odd += [(fact, odd) for odd in domain.remarks(session, report)]
    return standing


async def save_sessions(tx: Transaction, sessions: Sessions) -> None:
    """Write what the reports have changed; a session of which nothing was accepted is as if nobody had spoken of it."""
    before = {session.id: session.version for session in sessions.loaded.values()}
    changed = [session for session in sessions.now.values() if session.version != before[session.id]]
    await storage.save_all(tx, before, changed)
    await storage.remark_on(tx, sessions.odd)
    await storage.unmake(tx, [session.id for session in sessions.now.values() if session.fact is None])


async def _settle(tx: Transaction, session: domain.Session, fact: SessionEvent | None) -> domain.Session:
    if fact is None:
        return session
    unknown = domain.first_unknown(fact, await storage.known(tx, (subject for _, subject in domain.entries(fact))))
    if unknown is not None:
        raise UnknownEntry(unknown[0])
    changed = domain.evolve(session, fact)
    await storage.save(tx, changed)
    await tx.publish(fact)
    return changed
