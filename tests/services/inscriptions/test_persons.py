"""Join and split on PostgreSQL: whatever the order, and side by side, the same persons."""

import asyncio
from collections.abc import Sequence
from random import Random

import pytest

from chassis.inbox import Outcome
from contracts.base import Event
from contracts.people import RecordAssigned
from services.inscriptions.domain.persons import links_of
from tests.services.inscriptions.office import (
    BELLEVUE,
    STUDENTS,
    TUTORING,
    Office,
    arrival,
    engaged,
    joined,
    partition,
    profiled,
)

P1, P2, P3, P4 = ((TUTORING, f"p{number}", 2018) for number in range(1, 5))


def people_of(office: Office, *persons: Sequence[tuple[str, str, int]]) -> set[frozenset[str]]:
    return {frozenset(office.id(*side) for side in sides) for sides in persons}


async def test_joined_records_are_one_person(office: Office) -> None:
    await office.hear(profiled("p1"))
    await office.hear(profiled("p2"))
    outcome = await office.hear(joined(P1, P2))

    assert outcome is Outcome.ACCEPTED
    assert await office.people() == people_of(office, [P1, P2])


async def test_only_records_whose_person_changed_are_published_again(office: Office) -> None:
    for reference in ("p1", "p2", "p3"):
        await office.hear(profiled(reference))
    await office.hear(joined(P1, P2))

    versions = [(event.aggregate, event.version) for event in await office.published(RecordAssigned)]
    # The first seen brings the smallest id: it keeps its person, and the third is no part of this.
    assert versions == [*((office.id(*side), 1) for side in (P1, P2, P3)), (office.id(*P2), 2)]


async def test_a_join_waits_for_the_records_that_it_names(office: Office) -> None:
    await office.hear(joined(P1, P2, P3))
    before = await office.people()
    await office.hear(profiled("p2"))

    assert before == set()
    assert await office.people() == people_of(office, [P1, P2, P3])


async def test_a_higher_version_with_other_records_joins_and_splits(office: Office) -> None:
    for reference in ("p1", "p2", "p3"):
        await office.hear(profiled(reference))
    await office.hear(joined(P1, P2))
    await office.hear(joined(P2, P3, version=2))

    assert await office.people() == people_of(office, [P1], [P2, P3])


async def test_a_withdrawn_join_splits_what_nothing_else_holds_together(office: Office) -> None:
    for reference in ("p1", "p2", "p3"):
        await office.hear(profiled(reference))
    await office.hear(joined(P1, P2, P3))
    await office.hear(joined(P1, P2, join="j2"))
    await office.hear(joined(version=2))

    assert await office.people() == people_of(office, [P1, P2], [P3])


async def test_an_assignment_follows_from_the_report_that_moved_the_record(office: Office) -> None:
    told = [profiled("p1"), profiled("p2"), joined(P1, P2), joined(version=2)]
    batches = [told[:2], told[2:3], told[3:]]
    causes: dict[int, set[str]] = {}
    for number, batch in enumerate(batches):
        arrivals = [arrival(event, TUTORING) for event in batch]
        for position, one in enumerate(arrivals):
            one.headers = [
                (name, f"c-{number}-{position}".encode() if name == "ce_correlationid" else text)
                for name, text in one.headers
            ]
        before = len(await office.published(RecordAssigned))
        async with office.running.context.transactions.begin() as tx:
            await office.running.inbox.decide_all(tx, arrivals)
        causes[number] = set((await office.correlations(RecordAssigned))[before:])

    assert causes == {0: {"c-0-0", "c-0-1"}, 1: {"c-1-0"}, 2: {"c-2-0"}}


async def test_a_join_of_strangers_is_refused(office: Office) -> None:
    outcome = await office.hear(joined(P1, P2), BELLEVUE)

    assert outcome is Outcome.REJECTED
    assert await office.refusals() == [("source_not_allowed", "records")]


async def test_a_join_may_speak_of_another_partners_record_beside_ones_own(office: Office) -> None:
    await office.hear(profiled("p1"))
    outcome = await office.hear(joined(P1, (BELLEVUE, "b1", 2018)), BELLEVUE)

    assert outcome is Outcome.ACCEPTED
    assert await office.people() == people_of(office, [P1, (BELLEVUE, "b1", 2018)])


async def test_versions_of_joins_decide_as_those_of_facts_do(office: Office) -> None:
    outcomes = [
        await office.hear(joined(P1, P2, version=2)),
        await office.hear(joined(P1, P3, version=1)),
        await office.hear(joined(P1, P2, version=2)),
        await office.hear(joined(P1, P3, version=2)),
    ]

    assert outcomes == [Outcome.ACCEPTED, Outcome.STALE, Outcome.DUPLICATE, Outcome.REJECTED]
    assert await office.refusals() == [("version_reused", "version")]


@pytest.mark.parametrize("years", [(2018, 2019, 2021), (2021, 2019, 2018), (2019, 2018, 2021)])
async def test_a_stable_reference_is_one_person_across_years(office: Office, years: tuple[int, ...]) -> None:
    for year in years:
        await office.hear(profiled("b1", year=year), BELLEVUE)

    assert await office.people() == people_of(office, [(BELLEVUE, "b1", year) for year in years])


async def test_a_reference_that_is_not_stable_is_another_person_in_another_year(office: Office) -> None:
    for year in (2018, 2019):
        await office.hear(profiled("p1", year=year))

    assert await office.people() == people_of(office, [P1], [(TUTORING, "p1", 2019)])


@pytest.mark.parametrize("join_first", [True, False])
async def test_a_stable_reference_named_only_in_a_join_is_linked_all_the_same(
    office: Office, *, join_first: bool
) -> None:
    events = [(joined(P1, (BELLEVUE, "b1", 2019)), TUTORING), (profiled("b1"), BELLEVUE)]
    for event, source in events if join_first else reversed(events):
        await office.hear(event, source)

    assert await office.people() == people_of(office, [P1, (BELLEVUE, "b1", 2019), (BELLEVUE, "b1", 2018)])


async def hear_at_once(office: Office, *events: tuple[Event, str]) -> None:
    """Each in a transaction of its own; none begins its work before all have begun."""
    begun = asyncio.Barrier(len(events))

    async def hear(event: Event, source: str) -> None:
        async with office.running.context.transactions.begin() as tx:
            await begun.wait()
            await office.running.inbox.decide(tx, arrival(event, source))

    await asyncio.gather(*(hear(event, source) for event, source in events))


async def test_two_joins_at_once_that_share_a_record_end_with_one_person(office: Office) -> None:
    for reference in ("p1", "p2", "p3"):
        await office.hear(profiled(reference))

    await hear_at_once(office, (joined(P1, P2), TUTORING), (joined(P2, P3, join="j2"), TUTORING))

    assert await office.people() == people_of(office, [P1, P2, P3])


async def test_a_join_and_the_registrations_it_waits_for_at_once_end_with_one_person(office: Office) -> None:
    await hear_at_once(office, (profiled("p1"), TUTORING), (joined(P1, P2), TUTORING), (profiled("p2"), TUTORING))

    assert await office.people() == people_of(office, [P1, P2])


async def test_two_years_of_a_stable_reference_at_once_end_with_one_person(office: Office) -> None:
    await hear_at_once(office, (profiled("b1"), BELLEVUE), (profiled("b1", year=2019), BELLEVUE))

    assert await office.people() == people_of(office, [(BELLEVUE, "b1", 2018), (BELLEVUE, "b1", 2019)])


async def test_two_joins_side_by_side_that_meet_in_an_older_one_end_with_one_person(office: Office) -> None:
    for reference in ("p1", "p2", "p3", "p4"):
        await office.hear(profiled(reference))
    await office.hear(joined(P2, P3))
    # The first gives P4 the person of P2 and P3; the second takes them both to P1, and must not miss P4.
    async with office.running.context.transactions.begin() as first:
        await office.running.inbox.decide(first, arrival(joined(P4, P2, join="j2"), TUTORING))
        second = asyncio.create_task(office.hear(joined(P3, P1, join="j3")))
        await office.until_blocked(second)
    await second

    assert await office.people() == people_of(office, [P1, P2, P3, P4])


EVENTS: list[tuple[Event, str]] = [
    (profiled("p1"), TUTORING),
    (profiled("p2"), TUTORING),
    (profiled("p3"), TUTORING),
    (engaged("v1"), STUDENTS),
    (profiled("b1"), BELLEVUE),
    (profiled("b1", year=2019), BELLEVUE),
    (joined(P1, P2, P3), TUTORING),
    (joined(P1, P2, version=2), TUTORING),
    (joined(P3, (BELLEVUE, "b1", 2019), join="j2"), TUTORING),
    (joined((BELLEVUE, "b1", 2018), (STUDENTS, "v1", 2018), join="j3"), BELLEVUE),
    (joined(join="j3", version=2), BELLEVUE),
    (joined(P4, (STUDENTS, "v2", 2018), join="j4"), TUTORING),
]


@pytest.mark.parametrize("seed", range(8))
async def test_any_order_and_duplication_ends_with_the_same_persons(office: Office, seed: int) -> None:
    random = Random(seed)
    arrivals = [*EVENTS, *random.sample(EVENTS, 5)]
    random.shuffle(arrivals)
    for event, source in arrivals:
        assert await office.hear(event, source) is not Outcome.REJECTED

    b1, b1_later, v1 = (BELLEVUE, "b1", 2018), (BELLEVUE, "b1", 2019), (STUDENTS, "v1", 2018)
    ids = {office.id(*side) for side in (P1, P2, P3, b1, b1_later, v1)}
    links = {pair for sides in ([P1, P2], [P3, b1_later], [b1, b1_later]) for pair in links_of(map_ids(office, sides))}
    assert await office.people() == partition(ids, links)


def map_ids(office: Office, sides: Sequence[tuple[str, str, int]]) -> list[str]:
    return [office.id(*side) for side in sides]


async def test_a_coordinator_joins_and_withdraws_over_http(office: Office) -> None:
    for reference in ("p1", "p2"):
        await office.hear(profiled(reference))
    body = {"records": [{"source": TUTORING, "record": name, "school_year": 2018} for name in ("p1", "p2")]}
    answers = [(await office.put("/joins/j1", body)).status_code for _ in range(2)]
    together, published = await office.people(), len(await office.published(RecordAssigned))
    gone = [(await office.running.http.delete("/joins/j1", headers=office.operator)).status_code for _ in range(2)]

    assert (answers, gone) == ([204, 204], [204, 204])
    assert (together, published) == (people_of(office, [P1, P2]), 3)
    assert await office.people() == people_of(office, [P1], [P2])


async def test_a_join_over_http_may_be_made_again_after_it_was_withdrawn(office: Office) -> None:
    for reference in ("p1", "p2"):
        await office.hear(profiled(reference))
    body = {"records": [{"source": TUTORING, "record": name, "school_year": 2018} for name in ("p1", "p2")]}
    await office.put("/joins/j1", body)
    await office.running.http.delete("/joins/j1", headers=office.operator)
    await office.put("/joins/j1", body)

    assert await office.people() == people_of(office, [P1, P2])


async def test_an_unknown_join_is_not_found_and_a_closed_year_is_refused(office: Office) -> None:
    records = [{"source": TUTORING, "record": "p1", "school_year": year} for year in (1991, 2018)]

    assert (await office.running.http.delete("/joins/none", headers=office.operator)).status_code == 404
    assert (await office.put("/joins/j1", {"records": records})).status_code == 409


async def test_a_sender_cannot_join_two_records_of_others_to_each_other(office: Office) -> None:
    own = (BELLEVUE, "made-up-1", 2018)

    outcomes = [
        await office.hear(joined(own, P1, P2), BELLEVUE),
        await office.hear(joined(own, ("urn:nobody", "x1", 2018), join="j2"), BELLEVUE),
        await office.hear(joined(own, P1, join="j3"), BELLEVUE),
    ]

    assert outcomes == [Outcome.REJECTED, Outcome.REJECTED, Outcome.ACCEPTED]
    assert await office.refusals() == [("source_not_allowed", "records")] * 2
