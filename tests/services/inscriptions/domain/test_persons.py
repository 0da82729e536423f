"""Whose record is whose is a function of records and links, whatever their order."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from contracts.people import RecordAssigned
from services.inscriptions.domain.persons import Record, assign_records, links_of, pair, persons

NAMES = [f"00000000-0000-8000-8000-00000000000{digit}" for digit in range(8)]
# The order of the persons' ids is not that of the records'.
OWN = dict(zip(NAMES, reversed(NAMES), strict=True))

Link = tuple[str, str]
links = st.sets(st.tuples(st.sampled_from(NAMES), st.sampled_from(NAMES)).filter(lambda two: two[0] < two[1]))


def by_spreading(own: dict[str, str], held: set[Link]) -> dict[str, str]:
    """The same question answered slowly: the smaller id spreads along the links until nothing moves."""
    person = dict(own)
    while True:
        before = dict(person)
        for one, other in held:
            person[one] = person[other] = min(person[one], person[other])
        if person == before:
            return person


def record(number: int, *, registered: bool = True, **more: object) -> Record:
    return replace(Record(NAMES[number], OWN[NAMES[number]], registered=registered), **more)  # type: ignore[arg-type]


@given(links)
def test_linked_records_are_one_person_and_others_are_not(held: set[Link]) -> None:
    assert persons(OWN, held) == by_spreading(OWN, held)


@given(links.flatmap(lambda held: st.tuples(st.permutations(sorted(held)), st.permutations(NAMES))))
def test_the_order_of_records_and_links_does_not_matter(shuffled: tuple[list[Link], list[str]]) -> None:
    held, names = shuffled

    assert persons({name: OWN[name] for name in names}, held) == persons(OWN, sorted(held))


@given(st.lists(st.tuples(st.booleans(), st.sets(st.sampled_from(NAMES), max_size=4)), max_size=12))
def test_assignments_made_step_by_step_end_where_one_look_at_the_end_does(steps: list[tuple[bool, set[str]]]) -> None:
    known = {name: Record(name, OWN[name], registered=True) for name in NAMES}
    held: set[Link] = set()
    for joins, names in steps:
        held = held | links_of(names) if joins else held - links_of(names)
        for event in assign_records(list(known.values()), held):
            assert event.version == known[event.record].version + 1
            known[event.record] = replace(known[event.record], person=event.person, version=event.version)

    unchanged = {name: OWN[name] for name in NAMES} | {r.id: r.person for r in known.values() if r.person}
    assert unchanged == by_spreading(OWN, held)


def test_a_registered_record_stands_for_itself() -> None:
    assert assign_records([record(0)], []) == (RecordAssigned(record=NAMES[0], person=OWN[NAMES[0]], version=1),)


def test_what_nobody_registered_is_not_spoken_of() -> None:
    assert assign_records([record(0, registered=False), record(1, registered=False)], [pair(NAMES[0], NAMES[1])]) == ()


def test_a_record_bound_to_a_registered_one_is_spoken_of() -> None:
    answer = assign_records([record(0), record(1, registered=False)], [pair(NAMES[1], NAMES[0])])

    assert {(event.record, event.person) for event in answer} == {(name, OWN[NAMES[1]]) for name in NAMES[:2]}


def test_only_records_whose_person_changed_are_published() -> None:
    settled = [record(number, person=OWN[NAMES[1]], version=3) for number in (0, 1)]

    answer = assign_records([*settled, record(2)], [pair(NAMES[0], NAMES[1])])

    assert [event.record for event in answer] == [NAMES[2]]


def test_an_unregistered_record_that_was_bound_stands_for_itself_afterwards() -> None:
    left = record(1, registered=False, person=OWN[NAMES[0]], version=1)

    assert assign_records([left], []) == (RecordAssigned(record=NAMES[1], person=OWN[NAMES[1]], version=2),)


def test_links_of_a_set_hold_it_together_whatever_its_order() -> None:
    assert links_of([NAMES[2], NAMES[0], NAMES[1]]) == {(NAMES[0], NAMES[1]), (NAMES[1], NAMES[2])}
    assert links_of([NAMES[0]]) == links_of([]) == frozenset()
