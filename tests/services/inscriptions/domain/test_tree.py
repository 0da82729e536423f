"""No circle at any date: the rule beside a slow one that looks at every day."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.base import Span
from services.inscriptions.domain.refusals import Cycle, SpansOverlap
from services.inscriptions.domain.tree import Tie, refuse_cycle, refuse_overlap

FIRST = date(2018, 9, 1)
DAYS = 6

days = st.integers(0, DAYS)
spans = st.tuples(days, days).filter(lambda two: two[0] < two[1])
ties = st.builds(
    lambda child, parent, span: Tie(child, parent, *(FIRST + timedelta(day) for day in span)),
    st.sampled_from("abcd"),
    st.sampled_from("abcd"),
    spans,
)


def has_circle(every: list[Tie]) -> bool:
    return any(_has_circle_on(FIRST + timedelta(day), every) for day in range(DAYS + 1))


def _has_circle_on(day: date, every: list[Tie]) -> bool:
    parents = {name: {t.parent for t in every if t.child == name and t.starts_on <= day < t.ends_on} for name in "abcd"}
    # Whoever has no parents left cannot be on a circle; what remains at the end is.
    while free := [name for name, above in parents.items() if not above]:
        for name in free:
            del parents[name]
        parents = {name: above - set(free) for name, above in parents.items()}
    return bool(parents)


@given(st.lists(ties, max_size=8))
def test_ties_entered_one_child_at_a_time_are_acyclic_exactly_when_no_day_has_a_circle(wished: list[Tie]) -> None:
    tree: list[Tie] = []
    for tie in wished:
        mine = [*(known for known in tree if known.child == tie.child), tie]
        rest = [known for known in tree if known.child != tie.child]
        try:
            refuse_cycle({str(number): one for number, one in enumerate(mine)}, tree)
        except Cycle:
            assert has_circle([*rest, *mine])
        else:
            tree = [*rest, *mine]
            assert not has_circle(tree)


def test_spans_of_one_name_may_touch_and_spans_of_two_may_overlap() -> None:
    one, two = Span(starts_on=FIRST, ends_on=FIRST + timedelta(2)), Span(starts_on=FIRST + timedelta(2))

    refuse_overlap("memberships", [("a", one), ("a", two), ("b", one)])


def test_an_open_span_overlaps_everything_after_it() -> None:
    still, later = Span(starts_on=FIRST), Span(starts_on=FIRST + timedelta(1000))

    with pytest.raises(SpansOverlap) as refused:
        refuse_overlap("memberships", [("a", still), ("b", later), ("a", later)])
    assert refused.value.field == "memberships[2]"
