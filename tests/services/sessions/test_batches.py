"""A batch of reports is recorded as its reports would be one by one, whatever else runs beside it."""

import asyncio
import itertools
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.inbox import Outcome
from chassis.service import build_context
from contracts.envelope import encode
from contracts.sessions import SessionEvent
from services.sessions.storage import find, remarks_on
from services.sessions.tables import session as session_table
from tests.conftest import MakeSettings, Running, load_service
from tests.services.sessions.conftest import Arrived, Desk, derived
from tests.services.sessions.told import TUTORAT, cancelled, held, planned, present, registry

_offsets = itertools.count()
_names = itertools.count()


def arrived(fact: SessionEvent, event_id: str) -> Arrived:
    told = encode(fact, id=event_id, source=TUTORAT, time=datetime.now(UTC), correlation="c-1")
    return Arrived(told.value, told.headers, offset=next(_offsets))


def world(name: str) -> list[SessionEvent]:
    """Two sessions with every kind of report, and what is refused or waits."""
    one, two = f"{name}-1", f"{name}-2"
    return [
        planned(session=one),
        held(session=one, version=2),
        held(session=one, version=3, minutes=45, presences=(present("eleve-9"),)),
        cancelled(session=one, version=4),
        held(session=two),
        cancelled(session=two, version=2),
        planned(session=two, version=3),
        held(session=two, version=3),  # another content under the same version
        held(session=one, version=6, programme="albi"),
        held(session=two, version=9, organisers=("nobody-knows",)),
        planned(session=f"{name}-3", starts_at=datetime(1995, 1, 15, tzinfo=UTC)),
    ]


SIZE = len(world("x"))


async def decide_in_batches(desk: Desk, batches: Sequence[Sequence[Arrived]]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for batch in batches:
        async with desk.context.transactions.begin() as tx:
            outcomes += await desk.running.inbox.decide_all(tx, batch)
    return outcomes


async def left(desk: Desk, name: str) -> list[Any]:
    """What stands of each session of this name, without its id, and what was odd about it."""
    found: list[Any] = []
    async with desk.context.engine.connect() as connection:
        for reference in (f"{name}-1", f"{name}-2", f"{name}-3"):
            session = await find(connection, derived(reference))
            fact = session and session.fact and session.fact.model_copy(update={"session": "it"})
            reported = session and session.reported and (session.reported.version, session.reported.became)
            found.append((fact, reported, await remarks_on(connection, derived(reference))))
    return found


@settings(max_examples=25, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.lists(st.integers(0, SIZE - 1), min_size=1, max_size=25), at=st.lists(st.integers(1, 25), max_size=4))
async def test_a_batch_gives_what_its_reports_give_one_by_one(desk: Desk, order: list[int], at: list[int]) -> None:
    single, batched = (f"n-{next(_names)}" for _ in range(2))
    alone = [arrived(world(single)[number], f"{single}-{number}") for number in order]
    together = [arrived(world(batched)[number], f"{batched}-{number}") for number in order]
    edges = [0, *sorted({cut for cut in at if cut < len(order)}), len(order)]

    expected = await decide_in_batches(desk, [[one] for one in alone])
    outcomes = await decide_in_batches(desk, [together[start:end] for start, end in itertools.pairwise(edges)])

    assert outcomes == expected
    assert await left(desk, batched) == await left(desk, single)
    for name in (single, batched):
        for reference in (f"{name}-1", f"{name}-2"):
            versions = [fact.version for fact in await desk.published() if fact.session == derived(reference)]
            assert versions == list(range(1, len(versions) + 1))


async def until_both_wait_for_a_lock(desk: Desk) -> None:
    query = sa.text("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
    async with asyncio.timeout(20), desk.context.engine.connect() as connection:
        while (await connection.execute(query)).scalar_one() < 2:
            await connection.rollback()
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("known", [True, False])
async def test_two_batches_that_meet_the_same_sessions_in_opposite_order_both_commit(
    desk: Desk, *, known: bool
) -> None:
    names = sorted((f"seance-{number}" for number in range(5)), key=derived)
    if known:
        await decide_in_batches(desk, [[arrived(planned(session=name), f"first-{name}") for name in names]])
    forwards = [arrived(held(session=name, version=2), f"second-{name}") for name in names]
    backwards = [arrived(held(session=name, version=3, minutes=45), f"third-{name}") for name in reversed(names)]

    # Whoever made or locked rows in the order of arrival would have some of them when it meets the one in the middle.
    async with desk.context.engine.connect() as connection, connection.begin() as unfinished:
        middle = session_table.c.id == derived(names[2])
        await connection.execute(
            sa.insert(session_table).values(id=derived(names[2]))
            if not known
            else sa.select(session_table).where(middle).with_for_update()
        )
        deciding = [asyncio.create_task(decide_in_batches(desk, [batch])) for batch in (forwards, backwards)]
        await until_both_wait_for_a_lock(desk)
        await unfinished.rollback()
    outcomes = await asyncio.gather(*deciding)

    assert {(await desk.session(name)).last.minutes for name in names} == {45}
    assert [set(one) for one in outcomes] in ([{Outcome.ACCEPTED}] * 2, [{Outcome.STALE}, {Outcome.ACCEPTED}])


@pytest.fixture
def narrow(make_settings: MakeSettings, sessions_database: str) -> Running:
    """A service whose events may have 2000 bytes."""
    service = load_service("sessions")
    return Running(service, *build_context(service, make_settings("sessions", sessions_database, max_event_bytes=2000)))


async def test_a_report_that_is_too_large_to_be_published_disturbs_nobody_and_leaves_no_row(narrow: Running) -> None:
    desk = Desk(narrow)
    await desk.register(*registry())
    roll = tuple(present(f"eleve-{number}") for number in range(100))
    batch = [
        arrived(held(session="seance-1"), "e-1"),
        arrived(held(session="seance-2", presences=roll), "e-2"),
        arrived(held(session="seance-1", version=2, presences=roll), "e-3"),
        arrived(held(session="seance-3"), "e-4"),
    ]
    outcomes = await decide_in_batches(desk, [batch])

    assert outcomes == [Outcome.ACCEPTED, Outcome.REJECTED, Outcome.REJECTED, Outcome.ACCEPTED]
    async with desk.context.engine.connect() as connection:
        rows = await connection.scalars(sa.select(session_table.c.id).order_by(session_table.c.id))
        assert list(rows) == sorted(derived(name) for name in ("seance-1", "seance-3"))
    assert (await desk.session("seance-1")).version == 1
    assert [refusal["reason"] for refusal in await desk.rejected()] == ["event_too_large"] * 2
    await narrow.http.aclose()
    await narrow.context.engine.dispose()
