"""Load, decide, save, publish. No rule and no commit."""

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


async def record_report(tx: Transaction, report: Report) -> domain.Standing:
    """What the report was worth; only a newer one changes anything."""
    session = await storage.load(tx, report.fact.session, report.source)
    standing = domain.standing(session, report)
    if standing is domain.Standing.NEWER:
        fact = domain.record_report(session, report)
        recorded = domain.remember(domain.evolve(session, fact), report)
        await storage.save(tx, recorded, domain.remarks(session, report))
        await tx.publish(fact)
    return standing


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
