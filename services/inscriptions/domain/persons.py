"""Whose record is whose. A person is a set of records that links hold together, and nothing else.

Which person a record belongs to is a function of the records and the active links alone, never of the order in
which they arrived: every record brings a person id of its own, and a set of linked records takes the smallest.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from contracts.people import RecordAssigned

Link = tuple[str, str]


@dataclass(frozen=True)
class NamedRecord:
    """A record as a message names it: the reference became an id and is not kept."""

    id: str
    source: str
    school_year: int
    twins: tuple[str, ...] = ()
    """The same reference in the other school years, where the source keeps its references."""


@dataclass(frozen=True)
class Statement:
    """Somebody's statement that records are one person."""

    source: str
    reference: str


@dataclass(frozen=True)
class Record:
    """One record and what was published of it: version 0 and no person while nothing was."""

    id: str
    own_person: str
    """The id that the record brings; a fresh one, given when the record was first seen."""
    registered: bool = False
    """A partner registered it itself; otherwise it was only named in a join."""
    person: str | None = None
    version: int = 0


def pair(one: str, other: str) -> Link:
    """A link has no direction: the smaller id stands first."""
    return (one, other) if one < other else (other, one)


def links_of(records: Iterable[str]) -> frozenset[Link]:
    """Links that hold these records together: a chain in the order of their ids."""
    return frozenset(pairwise(sorted(set(records))))


def components(records: Iterable[str], links: Iterable[Link]) -> tuple[frozenset[str], ...]:
    """Sets of records that links hold together; a link to a record that is not among them holds nothing."""
    beside: dict[str, set[str]] = {record: set() for record in records}
    for one, other in links:
        if one in beside and other in beside:
            beside[one].add(other)
            beside[other].add(one)
    found: list[frozenset[str]] = []
    while beside:
        found.append(_take_component(beside))
    return tuple(found)


def _take_component(beside: dict[str, set[str]]) -> frozenset[str]:
    waiting, taken = [next(iter(beside))], set[str]()
    while waiting:
        record = waiting.pop()
        if record not in taken:
            taken.add(record)
            waiting.extend(beside.pop(record))
    return frozenset(taken)


def persons(own_person: Mapping[str, str], links: Iterable[Link]) -> dict[str, str]:
    """Record → person: the smallest of the ids that the linked records bring."""
    return {
        record: min(own_person[member] for member in component)
        for component in components(own_person, links)
        for record in component
    }


def assign_records(records: Sequence[Record], links: Iterable[Link]) -> tuple[RecordAssigned, ...]:
    """What must be published so that every record has the person that the links give it, in the order of the ids.

    Nothing for records that nobody registered and that no link binds to a registered one (R4b), unless they had been
    bound to one before: then they stand for themselves.
    """
    person_of = persons({record.id: record.own_person for record in records}, links)
    registered = {person_of[record.id] for record in records if record.registered}
    return tuple(
        RecordAssigned(record=record.id, person=person_of[record.id], version=record.version + 1)
        for record in sorted(records, key=lambda record: record.id)
        if record.person != person_of[record.id] and (person_of[record.id] in registered or record.version)
    )


def causes_of(
    records: Iterable[Record], assigned: Iterable[RecordAssigned], moved: Mapping[str, str]
) -> dict[str, str]:
    """Person → correlation id of the last report that moved one of its records; `moved` is in the order of reports."""
    person_of = {record.id: record.person for record in records} | {event.record: event.person for event in assigned}
    return {person: correlation for record, correlation in moved.items() if (person := person_of.get(record))}
