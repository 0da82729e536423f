"""How many persons, where some were counted by name and others only declared by number (R10, R12).

A headcount line says with `answer` what it can tell of the part that is counted: `whole`, all its pupils belong to it;
`part`, the number of pupils is that of the part alone (girls); `loose`, nobody knows how many of them belong to it.
"""

from collections import defaultdict
from collections.abc import Collection, Sequence

from examples.recount.activities import Activity
from examples.recount.persons import Persons, Record

Cell = tuple[str | None, str, int]
"""Establishment, level, school year: all as at the activity."""
Named = dict[tuple[Cell, str], set[Record]]


def interval(activities: Sequence[Activity], persons: Persons) -> dict[str, int]:
    """`nominative` distinct persons, and the bounds `low` and `high` that the headcounts allow."""
    nominative = {person for activity in activities for person in activity.pupils}
    answers = {line["answer"] for activity in activities for line in activity.headcounts}
    named: Named = defaultdict(set)
    declared: dict[tuple[Cell, str], list[int]] = defaultdict(list)
    for activity in activities:
        here = _named_here(activity, persons, answers)
        for key, present in here.items():
            named[key] |= present
        for line in activity.headcounts:
            key = (line["establishment"], line["level"], activity.school_year), line["answer"]
            declared[key].append(max(0, line["pupils"] - len(here[key])))
    beyond: dict[int, int] = defaultdict(int)
    for (cell, answer), numbers in declared.items():
        if answer != "loose":
            beyond[cell[2]] += max(0, max(numbers) - len(named[cell, answer]))
    return {
        "nominative": len(nominative),
        "low": len(nominative) + max(beyond.values(), default=0),
        "high": len(nominative) + sum(sum(numbers) for numbers in declared.values()),
    }


def _named_here(activity: Activity, persons: Persons, answers: Collection[str]) -> Named:
    """Who was named in each cell: a headcount of girls is compared with the girls, any other with everybody."""
    here: Named = defaultdict(set)
    for answer in answers:
        for person in activity.pupils if answer == "part" else activity.roll:
            establishment = persons.attribute(person, activity.day, "establishment")
            level = persons.attribute(person, activity.day, "level") or "NON_RENSEIGNE"
            here[(establishment, level, activity.school_year), answer].add(person)
    return here
