"""Two at once on one session: the row's lock makes the order of versions the order of commits."""

import asyncio
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa

from chassis.inbox import Outcome
from chassis.transaction import Transaction
from contracts.sessions import SessionEvent
from services.sessions import domain, handlers, storage
from services.sessions.domain.refusals import UnknownSession
from tests.services.sessions.conftest import Desk, derived
from tests.services.sessions.told import cancel, cancelled, held, hold, plan, planned


async def until_someone_waits_for_a_lock(desk: Desk) -> None:
    query = sa.text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    async with asyncio.timeout(10), desk.context.engine.connect() as connection:
        while not (await connection.execute(query)).scalar_one():
            await connection.rollback()
            await asyncio.sleep(0.01)


@pytest.mark.parametrize(
    ("first", "second", "outcome", "versions"),
    [
        (held(version=1), held(version=2), Outcome.ACCEPTED, [(1, 1), (2, 2)]),
        (held(version=2), held(version=1), Outcome.STALE, [(1, 2)]),
        (held(version=1), held(version=1), Outcome.DUPLICATE, [(1, 1)]),
        (cancelled(version=1), held(version=1), Outcome.REJECTED, [(1, 1)]),
    ],
)
async def test_two_first_reports_of_one_session_make_it_once(
    desk: Desk, first: SessionEvent, second: SessionEvent, outcome: Outcome, versions: list[tuple[int, int]]
) -> None:
    async with desk.context.transactions.begin() as tx:
        await desk.decide(tx, first)
        waiting = asyncio.create_task(desk.report(second))
        await until_someone_waits_for_a_lock(desk)

    assert await waiting is outcome
    assert [(fact.version, fact.reported_version) for fact in await desk.published()] == versions


async def test_a_first_report_that_is_rolled_back_leaves_the_session_to_the_second(desk: Desk) -> None:
    async with desk.context.engine.connect() as connection, connection.begin() as unfinished:
        tx = Transaction(connection, datetime.now(UTC), "c-1", "urn:test", 900_000)
        await desk.decide(tx, held(version=5))
        waiting = asyncio.create_task(desk.report(held(version=1)))
        await until_someone_waits_for_a_lock(desk)
        await unfinished.rollback()

    assert await waiting is Outcome.ACCEPTED
    assert [(fact.version, fact.reported_version) for fact in await desk.published()] == [(1, 1)]


async def test_many_reports_at_once_leave_the_highest_version_and_no_gap(desk: Desk) -> None:
    told = [held(version=version, minutes=10 * version) for version in range(1, 9)]

    outcomes = await asyncio.gather(*(desk.report(fact) for fact in reversed(told)))

    facts = await desk.published()
    assert set(outcomes) <= {Outcome.ACCEPTED, Outcome.STALE}
    assert [fact.version for fact in facts] == list(range(1, len(facts) + 1))
    assert facts[-1].minutes == 80
    assert outcomes.count(Outcome.ACCEPTED) == len(facts)


async def test_a_correction_waits_for_the_wish_before_it(desk: Desk) -> None:
    keys = desk.context.record_keys
    async with desk.context.transactions.begin() as tx:
        await handlers.plan_session(tx, keys, plan())
    async with desk.context.transactions.begin() as tx:
        await handlers.hold_session(tx, keys, hold())
        waiting = asyncio.create_task(change(desk))
        await until_someone_waits_for_a_lock(desk)
    await waiting

    facts = await desk.published()
    assert [fact.version for fact in facts] == [1, 2, 3]
    assert getattr(facts[-1], "presences", ()) == getattr(facts[1], "presences", None)


async def change(desk: Desk) -> None:
    async with desk.context.transactions.begin() as tx:
        await handlers.plan_session(tx, desk.context.record_keys, plan(now=tx.now, minutes=75))


async def test_a_session_is_not_saved_over_a_newer_state(desk: Desk) -> None:
    await desk.report(planned())
    read_without_a_lock = await desk.session()
    await desk.report(cancelled(version=2))

    with pytest.raises(RuntimeError):
        async with desk.context.transactions.begin() as tx:
            await storage.save(tx, domain.evolve(read_without_a_lock, held(session=derived(), version=2)))


async def test_a_refused_wish_leaves_no_row_behind(desk: Desk) -> None:
    with pytest.raises(UnknownSession):
        async with desk.context.transactions.begin() as tx:
            await handlers.cancel_session(tx, desk.context.record_keys, cancel())

    async with desk.context.engine.connect() as connection:
        assert await connection.scalar(sa.text("SELECT count(*) FROM session")) == 0
