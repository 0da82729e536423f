"""A programme's term is gathered from its rolls, and sealed for as long as nobody touches it."""

import random
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine

from contracts.base import Event
from contracts.vocabulary import Activity, Attendance
from services.reporting.gathering import gather, turn
from services.reporting.gathering.filling import gather_all
from services.reporting.gathering.stale import count_terms
from services.reporting.gathering.turn import Outcome, gather_stale
from services.reporting.storage import use_projection
from tests.services.reporting.bonds import stand
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import BELLEVUE, absent, at, cancelled, counted, held, planned, present, tutor
from tests.services.reporting.gathered import check_gathered, check_sealed

AUTUMN, SPRING = date(2018, 9, 1), date(2019, 1, 1)
OCTOBER, MARCH = date(2018, 10, 3), date(2019, 3, 6)


async def _stale(reporting: Reporting) -> set[tuple[str, date]]:
    query = "SELECT programme, term FROM projection_1.programme_term WHERE stale_since IS NOT NULL"
    async with reporting.engine.connect() as connection:
        return {(programme, term) for programme, term in await connection.execute(text(query))}


async def _gathered(reporting: Reporting) -> Sequence[Any]:
    query = "SELECT record, term, acting, places, minutes, absences FROM projection_1.participation ORDER BY 1, 2, 3"
    async with reporting.engine.connect() as connection:
        return [_in_order(row) for row in await connection.execute(text(query))]


def _in_order(row: Any) -> Sequence[Any]:
    """Its lists go together, in whatever order."""
    sessions = sorted(zip(row.places, row.minutes, strict=True))
    places, minutes = [place for place, _ in sessions], [lasted for _, lasted in sessions]
    return row.record, row.term, row.acting, places, minutes, row.absences


async def test_each_record_has_its_sessions_of_the_term(reporting: Reporting) -> None:
    await reporting.receive(
        held("s-1", present("a-1"), present("b-1", 30), absent("c-1"), tutor("t-1"), starts_at=at(OCTOBER), minutes=60),
        held("s-2", present("a-1"), starts_at=at(OCTOBER + timedelta(days=7)), minutes=90),
        held("s-3", present("a-1"), starts_at=at(MARCH), minutes=45),
    )

    await gather_all(reporting.engine, 1)

    assert await _gathered(reporting) == [
        ("a-1", AUTUMN, False, [1, 2], [60, 90], None),
        ("a-1", SPRING, False, [1], [45], None),
        ("b-1", AUTUMN, False, [1], [30], None),
        ("c-1", AUTUMN, False, [], [], [32]),
        ("t-1", AUTUMN, True, [1], [60], None),
    ]
    assert await check_gathered(reporting.engine) == 2


async def test_a_term_that_came_after_rows_were_counted_is_not_gathered_roll_by_roll(reporting: Reporting) -> None:
    def sessions(programme: str, count: int = 200) -> Iterator[Event]:
        return (
            held(f"{programme}-{n}", present("a-1"), programme=programme, starts_at=at(OCTOBER)) for n in range(count)
        )

    await reporting.receive(sessions("albi"))
    async with reporting.engine.begin() as connection:
        await connection.execute(text("ANALYZE projection_1.session_fact, projection_1.session_roll"))
    await reporting.receive(sessions("ales"))

    async with reporting.engine.connect() as connection:
        await connection.execute(turn._SET)
        await use_projection(connection, 1)
        where = {"programme": "ales", "term": AUTUMN, "ends_on": SPRING}
        plan = await connection.execute(text(f"EXPLAIN {gather._GATHER.text}"), where)

        assert "Join Filter" not in "".join(plan.scalars())


async def test_each_term_is_gathered_with_a_plan_of_its_own(reporting: Reporting) -> None:
    # From the sixth time on PostgreSQL may take one plan for any term: one made while there was one term reads all.
    engine = create_async_engine(reporting.engine.url, pool_size=1, max_overflow=0)
    for n in range(7):
        await reporting.receive([held(f"s-{n}", present("a-1"), starts_at=at(OCTOBER))])
        assert await gather_stale(engine, 1, ("ales", AUTUMN)) is Outcome.GATHERED
    plans = "SELECT generic_plans, custom_plans FROM pg_prepared_statements WHERE statement LIKE :what"
    async with engine.connect() as connection:
        generic, custom = (await connection.execute(text(plans), {"what": "%INTO participation%"})).one()
    await engine.dispose()

    assert (generic, custom) == (0, 7)


@pytest.mark.parametrize(
    ("change", "stale"),
    [
        (held("s-1", present("b-1"), starts_at=at(OCTOBER), version=2), {AUTUMN}),
        (held("s-1", present("a-1"), starts_at=at(MARCH), version=2), {AUTUMN, SPRING}),
        (held("s-1", present("a-1"), starts_at=at(OCTOBER), title="Concours", version=2), {AUTUMN}),
        (held("s-1", present("a-1"), counted(12, BELLEVUE), starts_at=at(OCTOBER), version=2), {AUTUMN}),
        (held("s-1", present("a-1"), stands=(stand("inria"),), starts_at=at(OCTOBER), version=2), {AUTUMN}),
        (held("s-1", activity=Activity.FORUM, starts_at=at(OCTOBER), version=2), {AUTUMN}),
        (cancelled("s-1", starts_at=at(MARCH), version=2), {AUTUMN}),
        (held("s-2", present("a-1"), starts_at=at(MARCH)), {SPRING}),
        # None of these counts here, or ever did.
        (held("s-1", present("z-1"), starts_at=at(OCTOBER)), set()),
        (held("s-2", starts_at=at(MARCH), title="Forum"), set()),
        (planned("s-2", starts_at=at(MARCH)), set()),
        (cancelled("s-2", starts_at=at(MARCH)), set()),
    ],
)
async def test_only_what_counts_or_counted_makes_its_term_stale(
    reporting: Reporting, change: Event, stale: set[date]
) -> None:
    await reporting.receive(held("s-1", present("a-1"), starts_at=at(OCTOBER)))
    await gather_all(reporting.engine, 1)

    await reporting.receive(change)

    assert await _stale(reporting) == {("ales", term) for term in stale}
    await check_gathered(reporting.engine)


async def test_a_session_that_moves_to_another_programme_makes_both_stale(reporting: Reporting) -> None:
    await reporting.receive(held("s-1", present("a-1"), starts_at=at(OCTOBER)))
    await gather_all(reporting.engine, 1)

    await reporting.receive(held("s-1", present("a-1"), programme="albi", starts_at=at(OCTOBER), version=2))

    assert await _stale(reporting) == {("ales", AUTUMN), ("albi", AUTUMN)}
    await check_gathered(reporting.engine)


async def test_a_superseded_version_that_comes_late_makes_nothing_stale(reporting: Reporting) -> None:
    await reporting.receive(held("s-1", present("a-1"), starts_at=at(OCTOBER), version=2))
    await gather_all(reporting.engine, 1)

    await reporting.receive(held("s-1", present("b-1"), starts_at=at(MARCH), version=1))

    assert await _stale(reporting) == set()
    await check_gathered(reporting.engine)


async def test_a_term_is_stale_since_it_was_touched_first(reporting: Reporting) -> None:
    await reporting.receive(held("s-1", present("a-1"), starts_at=at(OCTOBER)))
    async with reporting.engine.connect() as connection:
        first = await count_terms(connection, 1)

    await reporting.receive(held("s-2", present("a-1"), starts_at=at(OCTOBER)))

    async with reporting.engine.connect() as connection:
        second = await count_terms(connection, 1)
    assert (second.terms, second.stale, second.stale_since) == (1, 1, first.stale_since)
    assert second.stale_seconds >= first.stale_seconds > 0
    assert await gather_stale(reporting.engine, 1, ("ales", AUTUMN)) is Outcome.GATHERED
    assert await gather_stale(reporting.engine, 1, ("ales", AUTUMN)) is Outcome.FRESH


def _roll(chance: random.Random, n: int, version: int) -> Event:
    records = chance.sample([f"r-{m}" for m in range(12)], k=chance.randint(0, 8))
    lines = [
        present(record, chance.choice((None, 0, 20))) if chance.random() < 0.6 else absent(record) for record in records
    ]
    lines = [line.model_copy(update={"status": chance.choice(list(Attendance)[:-1])}) for line in lines]
    hands = [tutor(f"v-{m}", chance.choice((None, 45))) for m in range(chance.randint(0, 3))]
    hands = [one.model_copy(update={"preparation_minutes": chance.choice((0, 0, 30))}) for one in hands]
    more = [counted(10, BELLEVUE)] if chance.random() < 0.1 else []
    return held(
        f"s-{n}",
        *lines,
        *hands,
        *more,
        version=version,
        programme=f"p-{n % 3}",
        minutes=chance.choice((60, 90)),
        starts_at=at(AUTUMN + timedelta(days=chance.randint(0, 364))),
        activity=chance.choice((Activity.TUTORAT, Activity.SPORT, Activity.FORUM)),
        subject_taught=chance.choice((None, "maths")),
        organisers=chance.choice(((), ("imt",), ("imt", "ales"))),
        title=chance.choice((None, None, None, "Concours")),
    )


@pytest.mark.parametrize("seed", range(4))
async def test_drawn_rolls_are_gathered_as_they_are_counted_one_by_one(reporting: Reporting, seed: int) -> None:
    chance = random.Random(seed)
    history: list[Event] = []
    for n in range(150):
        history += [_roll(chance, n, version) for version in range(1, chance.choice((2, 2, 3)))]
        if chance.random() < 0.1:
            history.append(cancelled(f"s-{n}", programme=f"p-{n % 3}", version=9))
    chance.shuffle(history)

    for start in range(0, len(history), 50):
        await reporting.receive(history[start : start + 50])
        await check_sealed(reporting.engine)
        if chance.random() < 0.5:
            await gather_all(reporting.engine, 1)

    await check_gathered(reporting.engine)
    async with reporting.engine.connect() as connection:
        assert (await count_terms(connection, 1)).terms == 6
