"""I04 where pupils are partly named and partly declared: the interval of R12."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.vocabulary import Activity, Gender, Level
from services.reporting.indicators.interval import Declared, Named, interval
from services.reporting.queries.question import By
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import (
    BELLEVUE,
    DUMAS,
    absent,
    assigned,
    at,
    counted,
    held,
    present,
    profiled,
    school,
)

A, B, C = "a-1", "b-2", "c-3"


async def _vector(reporting: Reporting) -> None:
    await reporting.receive([profiled(record) for record in (A, B, C)])
    await reporting.receive(held("h-1", counted(30), activity=Activity.INFORMATION))
    await reporting.receive(held("h-2", counted(28), activity=Activity.INFORMATION))
    await reporting.receive(held("s-1", present(A), present(B), absent(C)), held("s-2", present(A)))


async def test_named_and_declared_pupils_give_an_interval(reporting: Reporting) -> None:
    """Vector (a)."""
    await _vector(reporting)

    figure = await reporting.figure("I04")

    assert figure.details["nominative"] == 2
    assert (figure.low, figure.high, figure.value) == (30, 60, None)


async def test_a_correction_to_absent_everywhere_moves_the_interval(reporting: Reporting) -> None:
    """Vector (b): of A's two presences none is left, B's stands."""
    await _vector(reporting)
    await reporting.receive(held("s-1", absent(A), present(B), absent(C), version=2), held("s-2", absent(A), version=2))

    assert await reporting.bounds("I04") == (30, 59)
    assert (await reporting.figure("I04")).details["nominative"] == 1


async def test_a_merge_moves_the_nominative_part(reporting: Reporting) -> None:
    """Vector (c)."""
    await _vector(reporting)
    await reporting.receive(assigned(A, "p-1"), assigned(B, "p-1"))

    assert (await reporting.figure("I04")).details["nominative"] == 1


async def test_those_on_the_roll_of_the_same_activity_are_in_its_headcount_already(reporting: Reporting) -> None:
    await reporting.receive(profiled(A), profiled(B), held("s-1", present(A), present(B), counted(30)))

    # Used: 28. Low: 2 + max(0, 28 - 2); high: 2 + 28.
    assert await reporting.bounds("I04") == (28, 30)


async def test_a_headcount_without_a_level_loses_the_named_pupils_of_its_school(reporting: Reporting) -> None:
    roll = held("s-1", present(A), counted(30, level=Level.NON_RENSEIGNE))
    await reporting.receive(profiled(A), roll)

    assert await reporting.bounds("I04") == (29, 30)


async def test_the_school_year_that_adds_most_decides_the_low_bound(reporting: Reporting) -> None:
    await reporting.receive(held("h-1", counted(30), starts_at=at(date(2018, 6, 1))))
    await reporting.receive(held("h-2", counted(20), held_at := counted(5, DUMAS), starts_at=at(date(2018, 10, 1))))

    assert held_at.pupils == 5
    assert await reporting.bounds("I04", "2018") == (30, 55)


async def test_a_breakdown_that_headcounts_cannot_answer_widens_high_only(reporting: Reporting) -> None:
    await reporting.receive(profiled(A, gender=Gender.FEMININ), profiled(B, gender=Gender.MASCULIN))
    await reporting.receive(held("s-1", present(A), present(B)))
    await reporting.receive(held("h-1", counted(10)), held("h-2", counted(8, DUMAS, girls=5)))

    by_gender = (await reporting.result("I04", by=By.GENDER)).cells
    by_qpv = (await reporting.result("I04", by=By.QPV)).cells

    assert (by_gender["F"].low, by_gender["F"].high) == (1 + 5, 1 + 5 + 10)
    assert (by_gender["M"].low, by_gender["M"].high) == (1, 1 + 10 + 3)
    assert (by_qpv["non_renseigne"].low, by_qpv["non_renseigne"].high) == (2, 2 + 18)


async def test_headcounts_answer_for_establishment_and_level(reporting: Reporting) -> None:
    await reporting.receive(school(BELLEVUE), school(DUMAS), profiled(A), held("s-1", present(A)))
    await reporting.receive(held("h-1", counted(10)), held("h-2", counted(8, DUMAS, Level.PREMIERE_G)))

    by_school = (await reporting.result("I04", by=By.ESTABLISHMENT)).cells
    by_level = (await reporting.result("I04", by=By.LEVEL)).cells

    assert {cell: (figure.low, figure.high) for cell, figure in by_school.items()} == {
        BELLEVUE: (10, 11),
        DUMAS: (8, 8),
    }
    assert {cell: (figure.low, figure.high) for cell, figure in by_level.items()} == {"2GT": (10, 11), "1G": (8, 8)}


def test_a_headcount_with_and_one_without_level_may_be_the_same_pupils() -> None:
    declared = [Declared(("E", None, 2018), 30, 30), Declared(("E", "2GT", 2018), 28, 28)]

    assert interval(0, [], declared) == (30, 58)


@pytest.mark.parametrize(
    ("named", "low"), [(("E", "2GT", 2018), 30), (("E", None, 2018), 30), (("F", "2GT", 2018), 32)]
)
def test_a_named_pupil_who_may_be_among_the_declared_is_not_added(named: tuple[str, str, int], low: int) -> None:
    assert interval(2, [Named(named, 2)], [Declared(("E", "2GT", 2018), 30, 30)])[0] == low


SCHOOLS, LEVELS = st.sampled_from(["E", "F"]), st.sampled_from(["2GT", "1G"])
PUPILS = st.lists(st.tuples(SCHOOLS, LEVELS), min_size=1, max_size=12)


@given(PUPILS, st.data())
def test_the_truth_lies_within_the_interval(pupils: list[tuple[str, str]], data: st.DataObject) -> None:
    """Any school of pupils, any activities: some name whom they see, some only count, some do not say the level."""
    activity = st.tuples(st.booleans(), st.booleans(), st.sets(st.sampled_from(range(len(pupils)))))
    activities = data.draw(st.lists(activity, max_size=6))
    truth = {pupil for _, _, there in activities for pupil in there}
    named = {pupil for by_name, _, there in activities if by_name for pupil in there}
    cells: dict[tuple[str, str | None, int], list[int]] = {}
    for by_name, says_level, there in activities:
        sizes: dict[tuple[str, str | None, int], int] = {}
        for pupil in there if not by_name else ():
            place = (pupils[pupil][0], pupils[pupil][1] if says_level else None, 2018)
            sizes[place] = sizes.get(place, 0) + 1
        for place, size in sizes.items():
            cells.setdefault(place, []).append(size)
    groups = [Named((*pupils[pupil], 2018), 1) for pupil in named]
    declared = [Declared(place, max(sizes), sum(sizes)) for place, sizes in cells.items()]

    low, high = interval(len(named), groups, declared)

    assert low <= len(truth) <= high
