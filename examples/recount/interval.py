"""How many persons, where some were counted by name and others only declared by number (R10, R12).

A headcount line says with `answer` what it can tell of the part that is counted: `whole`, all its pupils belong to it;
`part`, the number of pupils is that of the part alone (girls); `loose`, nobody knows how many of them belong to it.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence

from examples.recount.activities import Activity
from examples.recount.facts import Data
from examples.recount.persons import Persons, Record

Cell = tuple[str | None, str | None, int]
"""Establishment, level (None where nobody says it), school year: all as at the activity."""
Named = dict[Cell, set[Record]]


def interval(activities: Sequence[Activity], persons: Persons) -> dict[str, int]:
    """`nominative` distinct persons, and the bounds `low` and `high` that the headcounts allow.

    Whoever may be among those declared is among them for `low`, and only who must be is among them for `high`.
    """
    nominative = {person for activity in activities for person in activity.pupils}
    largest: dict[str, dict[Cell, int]] = defaultdict(dict)
    more = 0
    for activity in activities:
        for line in (each for each in activity.headcounts if each["pupils"]):
            cell = line["establishment"], line["level"], activity.school_year
            here = _named([(activity, _compared(line, activity))], persons)
            more += max(0, line["pupils"] - len(_certain(here, cell)))
            least = line["pupils"] - len(_possible(here, cell))
            largest[line["answer"]][cell] = max(least, largest[line["answer"]].get(cell, 0))
    return {
        "nominative": len(nominative),
        "low": len(nominative) + _beyond(largest, activities, persons),
        "high": len(nominative) + more,
    }


def _compared(line: Data, activity: Activity) -> Collection[Record]:
    """Who of the activity may be in a headcount's number: of girls the girls, else everybody on the roll."""
    if line["answer"] == "part":
        return activity.pupils
    among: Collection[Record] = line.get("among", activity.roll)
    return among


def _beyond(largest: dict[str, dict[Cell, int]], activities: Sequence[Activity], persons: Persons) -> int:
    """How many were declared beyond all those named, in the school year that has most of them."""
    years: dict[int, int] = defaultdict(int)
    for answer in largest.keys() - {"loose"}:
        named = _named([(each, each.pupils if answer == "part" else each.roll) for each in activities], persons)
        left = {cell: max(0, number - len(_possible(named, cell))) for cell, number in largest[answer].items()}
        for establishment, year in {(cell[0], cell[2]) for cell in left}:
            # Those without a level may be the pupils of all levels, or the other way round.
            levels = [left[cell] for cell in left if cell[::2] == (establishment, year) and cell[1]]
            years[year] += max(sum(levels), left.get((establishment, None, year), 0))
    return max(years.values(), default=0)


def _named(there: Iterable[tuple[Activity, Collection[Record]]], persons: Persons) -> Named:
    """These persons of each activity by what they were that day."""
    named: Named = defaultdict(set)
    for activity, pupils in there:
        for person in pupils:
            establishment = persons.attribute(person, activity.day, "establishment")
            level = persons.attribute(person, activity.day, "level")
            named[establishment, level, activity.school_year].add(person)
    return named


def _certain(named: Named, cell: Cell) -> Collection[Record]:
    """Who is known to be of the cell; nobody where it has no level."""
    return named.get(cell, ()) if cell[1] else ()


def _possible(named: Named, cell: Cell) -> set[Record]:
    """Who may be of the cell: of its establishment, level and year as far as these are known."""
    establishment, level, year = cell
    return {
        person
        for (where, which, when), people in named.items()
        if when == year and where in {establishment, None} and (level is None or which in {level, None})
        for person in people
    }
