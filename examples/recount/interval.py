"""How many persons, where some were counted by name and others only declared by number (R10, R12)."""

from collections import defaultdict
from collections.abc import Sequence

from examples.recount.activities import Activity
from examples.recount.period import school_year
from examples.recount.persons import Persons, Record

Cell = tuple[str | None, str, int]
"""Establishment, level, school year: all as at the activity."""


def interval(activities: Sequence[Activity], persons: Persons) -> dict[str, int]:
    """`nominative` distinct persons, and the bounds `low` and `high` that the headcounts allow."""
    nominative = {person for activity in activities for person in activity.pupils}
    named: dict[Cell, set[Record]] = defaultdict(set)
    declared: dict[Cell, list[int]] = defaultdict(list)
    for activity in activities:
        here: dict[Cell, set[Record]] = defaultdict(set)
        for person in activity.pupils:
            here[_cell_of(person, activity, persons)].add(person)
        for cell, present in here.items():
            named[cell] |= present
        for line in activity.headcounts:
            cell = line["establishment"], line.get("level", "NON_RENSEIGNE"), school_year(activity.day)
            declared[cell].append(max(0, line["pupils"] - len(here[cell])))
    beyond: dict[int, int] = defaultdict(int)
    for cell, numbers in declared.items():
        beyond[cell[2]] += max(0, max(numbers) - len(named[cell]))
    return {
        "nominative": len(nominative),
        "low": len(nominative) + max(beyond.values(), default=0),
        "high": len(nominative) + sum(sum(numbers) for numbers in declared.values()),
    }


def _cell_of(person: Record, activity: Activity, persons: Persons) -> Cell:
    establishment = persons.attribute(person, activity.day, "establishment")
    level = persons.attribute(person, activity.day, "level") or "NON_RENSEIGNE"
    return establishment, level, school_year(activity.day)
