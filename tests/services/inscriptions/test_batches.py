"""A batch is decided as its records would be one by one, whatever else runs beside it."""

import asyncio
import itertools
from collections.abc import Sequence
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.inbox import Outcome
from chassis.tables import outbox
from contracts.base import Event
from contracts.people import RecordAssigned
from contracts.vocabulary import Level
from tests.services.inscriptions.office import (
    BELLEVUE,
    STUDENTS,
    TUTORING,
    Arrival,
    Office,
    arrival,
    engaged,
    enrolled,
    joined,
    profiled,
)

Told = tuple[Event, str]
Side = tuple[str, str, int]

_LEVELS = (Level.SECONDE_GT, Level.PREMIERE_G, Level.TERMINALE_G)
_numbers = itertools.count()


def world(name: str) -> list[Told]:
    """Facts and joins about six records of three sources and two years; each version says something else."""
    p1, p2, p3 = ((TUTORING, f"{name}-p{number}", 2018) for number in (1, 2, 3))
    v1, (b18, b19) = (STUDENTS, f"{name}-v1", 2018), ((BELLEVUE, f"{name}-b1", year) for year in (2018, 2019))
    pupils = [p1, p2, p3, b18, b19]
    profiles: list[Told] = [
        (profiled(reference, version, year, level=_LEVELS[version - 1]), source)
        for source, reference, year in pupils
        for version in (1, 2, 3)
    ]
    return [
        *profiles,
        *((enrolled(reference, 1, year), source) for source, reference, year in pupils),
        (engaged(v1[1]), STUDENTS),
        (joined(p1, p2, join=f"{name}-j1"), TUTORING),
        (joined(p2, p3, join=f"{name}-j1", version=2), TUTORING),
        (joined(join=f"{name}-j1", version=3), TUTORING),
        (joined(p3, b19, join=f"{name}-j2"), TUTORING),
        (joined(b18, v1, join=f"{name}-j3"), BELLEVUE),
        (joined(p1, v1, join=f"{name}-j4"), TUTORING),
        (joined(p1, p3, join=f"{name}-j4", version=2), TUTORING),
    ]


def strange(name: str) -> list[Told]:
    """What is refused, or waits: an entry that nobody registered, a version used twice, a closed year, strangers."""
    return [
        (profiled(f"{name}-p1", 4, establishment="0300125Y"), TUTORING),
        (profiled(f"{name}-p1", 2, level=Level.SIXIEME), TUTORING),
        (enrolled(f"{name}-p2", 7, programme="albi"), TUTORING),
        (profiled(f"{name}-p3", 9, year=1991), TUTORING),
        (joined((TUTORING, f"{name}-p1", 2018), (TUTORING, f"{name}-p2", 2018), join=f"{name}-j9"), BELLEVUE),
        (joined((TUTORING, f"{name}-p2", 2018), (TUTORING, f"{name}-p1", 2018), join=f"{name}-j2"), TUTORING),
    ]


ORDINARY, STRANGE = len(world("x")), len(strange("x"))
orders = st.lists(st.integers(0, ORDINARY - 1), min_size=1, max_size=30)
cuts = st.lists(st.integers(1, 30), max_size=5)
thorough = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture], derandomize=True
)


def parts(arrivals: Sequence[Arrival], at: Sequence[int]) -> list[Sequence[Arrival]]:
    """The same records in the same order, cut into batches."""
    edges = [0, *sorted({cut for cut in at if cut < len(arrivals)}), len(arrivals)]
    return [arrivals[start:end] for start, end in itertools.pairwise(edges)]


async def hear_in_batches(office: Office, batches: Sequence[Sequence[Arrival]]) -> list[Outcome]:
    outcomes: list[Outcome] = []
    for batch in batches:
        async with office.running.context.transactions.begin() as tx:
            outcomes += await office.running.inbox.decide_all(tx, batch)
    return outcomes


def arrivals_of(name: str, told: Sequence[Told], order: Sequence[int]) -> list[Arrival]:
    """The same event has the same id each time that it is sent."""
    return [arrival(*told[number], event_id=f"{name}-{number}") for number in order]


async def facts_of(office: Office, name: str) -> dict[tuple[str, str], tuple[Any, ...]]:
    """What stands of each record, under its reference: our version, the partner's, and the rest."""
    names = references(office, name)
    rows = await office.rows(
        "SELECT record, kind, version, reported_version, CAST(state - 'record' - 'version' AS text) FROM fact"
    )
    return {(names[str(record)], kind): tuple(said) for record, kind, *said in rows if str(record) in names}


def content(facts: dict[tuple[str, str], tuple[Any, ...]]) -> dict[tuple[str, str], tuple[Any, ...]]:
    """Without our version, which counts what was accepted on the way."""
    return {key: said[1:] for key, said in facts.items()}


async def persons_of(office: Office, name: str) -> set[frozenset[str]]:
    """Registered records that stand for one person."""
    names = references(office, name)
    rows = await office.rows("SELECT person, record FROM assignment JOIN record ON id = record WHERE registered")
    together: dict[object, set[str]] = {}
    for person, record in rows:
        if str(record) in names:
            together.setdefault(person, set()).add(names[str(record)])
    return {frozenset(records) for records in together.values()}


def references(office: Office, name: str) -> dict[str, str]:
    sides: list[Side] = [(TUTORING, f"p{number}", 2018) for number in (1, 2, 3)]
    sides += [(STUDENTS, "v1", 2018), (BELLEVUE, "b1", 2018), (BELLEVUE, "b1", 2019)]
    return {office.id(source, f"{name}-{one}", year): f"{one}/{year}" for source, one, year in sides}


@thorough
@given(order=st.lists(st.integers(0, ORDINARY + STRANGE - 1), min_size=1, max_size=30), at=cuts)
async def test_a_batch_gives_what_its_records_give_one_by_one(office: Office, order: list[int], at: list[int]) -> None:
    single, batched = (f"n{next(_numbers)}" for _ in range(2))
    alone = arrivals_of(single, world(single) + strange(single), order)
    together = arrivals_of(batched, world(batched) + strange(batched), order)

    expected = await hear_in_batches(office, [[one] for one in alone])
    outcomes = await hear_in_batches(office, parts(together, at))

    assert outcomes == expected
    assert await facts_of(office, batched) == await facts_of(office, single)
    assert await persons_of(office, batched) == await persons_of(office, single)


@thorough
@given(order=st.permutations(range(ORDINARY)), more=orders, first=cuts, second=cuts, random=st.randoms())
async def test_any_order_in_any_batches_ends_the_same(  # noqa: PLR0913, PLR0917 - what is drawn
    office: Office, order: list[int], more: list[int], first: list[int], second: list[int], random: Any
) -> None:
    one, other = (f"n{next(_numbers)}" for _ in range(2))
    shuffled = [*order, *more]
    random.shuffle(shuffled)
    await hear_in_batches(office, parts(arrivals_of(one, world(one), order), first))
    await hear_in_batches(office, parts(arrivals_of(other, world(other), shuffled), second))

    assert content(await facts_of(office, other)) == content(await facts_of(office, one))
    assert await persons_of(office, other) == await persons_of(office, one)


async def test_versions_in_the_outbox_rise_by_one_whatever_the_batches(office: Office) -> None:
    told = world("n")
    order = [*range(ORDINARY), *reversed(range(ORDINARY)), *range(0, ORDINARY, 2)]
    await hear_in_batches(office, parts([arrival(*told[number]) for number in order], [7, 20, 31]))

    async with office.running.context.transactions.begin() as tx:
        query = sa.select(outbox.c.subject, outbox.c.version).order_by(outbox.c.id)
        rows = (await tx.connection.execute(query)).all()
    last: dict[str, int] = {}
    for subject, version in rows:
        assert version == last.get(subject, 0) + 1 or subject.startswith(("organisation", "programme", "establishment"))
        last[subject] = version
    assert len(last) > ORDINARY // 2


async def test_a_record_whose_person_changes_twice_in_a_batch_is_assigned_once(office: Office) -> None:
    p1, p2 = (TUTORING, "p1", 2018), (TUTORING, "p2", 2018)
    told = [profiled("p1"), profiled("p2"), joined(p1, p2), joined(version=2), joined(p1, p2, version=3)]
    outcomes = await hear_in_batches(office, [[arrival(event, TUTORING) for event in told]])

    assert outcomes == [Outcome.ACCEPTED] * 5
    assigned = [event for event in await office.published(RecordAssigned) if isinstance(event, RecordAssigned)]
    assert [event.version for event in assigned] == [1, 1]
    assert len({event.person for event in assigned}) == 1


async def test_a_bad_record_in_the_middle_of_a_batch_disturbs_nobody(office: Office) -> None:
    batch = [
        arrival(profiled("p1"), TUTORING),
        arrival(enrolled("p1", programme="albi"), TUTORING),
        arrival(profiled("p1", 2, establishment="0300125Y"), TUTORING),
        Arrival(arrival(profiled("p1"), TUTORING).topic, b"{", arrival(profiled("p1"), TUTORING).headers, 10_000_000),
        arrival(profiled("p1", 3, level=Level.SECONDE_GT), TUTORING),
    ]
    outcomes = await hear_in_batches(office, [batch])

    assert outcomes == [Outcome.ACCEPTED, Outcome.REJECTED, Outcome.HELD, Outcome.REJECTED, Outcome.ACCEPTED]
    assert await office.rows("SELECT version, reported_version FROM fact") == [(2, 3)]
    assert [reason for reason, _ in await office.refusals()] == ["programme_not_allowed", "not_json"]


@pytest.mark.parametrize("registered", [True, False])
async def test_two_batches_that_meet_the_same_records_in_opposite_order_both_commit(
    office: Office, *, registered: bool
) -> None:
    names = [f"p{number}" for number in range(1, 8)]
    if registered:
        await hear_in_batches(office, [[arrival(profiled(name), TUTORING) for name in names]])
    forwards = [arrival(profiled(name, 2, level=Level.SECONDE_GT), TUTORING) for name in names]
    backwards = [arrival(profiled(name, 3, level=Level.PREMIERE_G), TUTORING) for name in reversed(names)]

    # Whoever locks in the order of arrival has some of the records before it meets the one in the middle.
    async with office.running.context.transactions.begin() as tx:
        middle = sorted(office.id(TUTORING, name) for name in names)[3]
        await tx.connection.execute(sa.text("SELECT 1 FROM record WHERE id = :id FOR UPDATE"), {"id": middle})
        hearing = [asyncio.create_task(hear_in_batches(office, [batch])) for batch in (forwards, backwards)]
        for task in hearing:
            await office.until_blocked(task)
    outcomes = await asyncio.gather(*hearing)

    rows = await office.rows("SELECT DISTINCT reported_version, state->'spans'->0->>'level' FROM fact")
    assert rows == [(3, Level.PREMIERE_G.value)]
    assert [set(one) for one in outcomes] in ([{Outcome.ACCEPTED}] * 2, [{Outcome.STALE}, {Outcome.ACCEPTED}])


async def test_a_join_does_not_wait_for_facts_about_the_records_that_it_names(office: Office) -> None:
    by_id = sorted((office.id(TUTORING, f"p{number}"), f"p{number}") for number in range(1, 4))
    (_, low), (_, middle), (_, high) = by_id
    await hear_in_batches(office, [[arrival(profiled(name), TUTORING) for name in (low, middle, high)]])
    joining = [
        arrival(profiled(high, 2, level=Level.SECONDE_GT), TUTORING),
        arrival(joined((TUTORING, low, 2018), (TUTORING, high, 2018)), TUTORING),
    ]
    facts = [arrival(profiled(name, 3, level=Level.PREMIERE_G), TUTORING) for name in (low, middle, high)]

    # The facts have the lowest record and wait for the middle one: a join that waited for the lowest, with the highest
    # in its hands, would be met again at the highest.
    async with office.running.context.transactions.begin() as tx:
        await tx.connection.execute(
            sa.text("SELECT 1 FROM record WHERE id = :id FOR UPDATE"), {"id": office.id(TUTORING, middle)}
        )
        telling = asyncio.create_task(hear_in_batches(office, [facts]))
        await office.until_blocked(telling)
        async with asyncio.timeout(20):
            assert await hear_in_batches(office, [joining]) == [Outcome.ACCEPTED] * 2

    assert await telling == [Outcome.ACCEPTED] * 3
    assert len(await office.people()) == 2
