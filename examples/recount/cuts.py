"""Breakdowns: activities cut into parts, one list of parts for each cell. Every cell is then counted anew (R6).

Of a part only what belongs to the cell is left: its pupils, headcounts and place, or its acting persons. Whatever
has no answer stands in the cell `non_renseigne` (R8).
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import replace

from examples.recount.activities import Activity
from examples.recount.facts import Data
from examples.recount.persons import Record
from examples.recount.scope import Scope

UNKNOWN = "non_renseigne"
Cells = dict[str, list[Activity]]

ATTRIBUTES = frozenset({"level", "gender", "scholarship", "qpv", "rural", "track"})
SCHOOLS = frozenset({"establishment", "type", "academie", "departement", "rep"})
OCCASIONS = frozenset({"organisation", "programme", "activity", "subject", "place", "edition", "topic"})

_ANSWERS = ("oui", "non")
_WORDS = {"gender": ("F", "M", "X"), "scholarship": _ANSWERS, "qpv": _ANSWERS, "rural": _ANSWERS}
"""What a pupil may be, where the list is closed."""


def cut_occasions(activities: Sequence[Activity], by: str, scope: Scope) -> Cells:
    """Whole activities: by what they are, where, for whom and when."""
    cells: Cells = defaultdict(list)
    for activity in activities:
        for cell in _occasions(activity, by, scope):
            cells[cell].append(activity)
    return cells


def _occasions(activity: Activity, by: str, scope: Scope) -> Iterable[str]:
    if by == "organisation":
        above = {each for organiser in activity.organisers for each in scope.registry.above(organiser, activity.day)}
        return {each for each in above if scope.is_under(each, activity.day)}
    one = {
        "programme": activity.programme,
        "activity": activity.kind,
        "subject": activity.subject,
        "place": activity.place,
        "edition": activity.day.isoformat(),
        "topic": activity.title,
    }[by]
    return {one or UNKNOWN}


def cut_schools(activities: Sequence[Activity], by: str, scope: Scope) -> Cells:
    """By the establishment of each pupil at each activity, of each headcount, and of the place.

    Whoever was named without an establishment may be among those declared in any cell: such a roll is in all of them.
    """
    cells: Cells = defaultdict(list)
    anywhere: list[tuple[Activity, Collection[str]]] = []
    for activity in activities:
        pupils: dict[str, dict[Record, int]] = defaultdict(dict)
        for person, minutes in activity.pupils.items():
            code = scope.world.persons.attribute(person, activity.day, "establishment")
            pupils[_school(code, by, activity, scope)][person] = minutes
        headcounts: dict[str, list[Data]] = defaultdict(list)
        for line in activity.headcounts:
            headcounts[_school(line["establishment"], by, activity, scope)].append(line)
        there = {_school(activity.place, by, activity, scope)} if activity.place else set()
        for cell in {*pupils, *headcounts, *there}:
            part = replace(
                activity,
                pupils=pupils[cell],
                headcounts=tuple(headcounts[cell]),
                place=activity.place if cell in there else None,
            )
            cells[cell].append(part)
        if None in {scope.world.persons.attribute(each, activity.day, "establishment") for each in activity.roll}:
            anywhere.append((replace(activity, pupils={}, headcounts=(), place=None), {*pupils, *headcounts, *there}))
    for roll, own in anywhere:
        for cell in cells.keys() - own:
            cells[cell].append(roll)
    return cells


def _school(code: str | None, by: str, activity: Activity, scope: Scope) -> str:
    return UNKNOWN if code is None else school_cell(scope, code, by, activity.school_year)


def school_cell(scope: Scope, code: str, by: str, year: int) -> str:
    """Where an establishment stands in a breakdown of SCHOOLS; its priority status is that of the school year."""
    if by == "establishment":
        return code
    if by == "rep":
        return scope.registry.priority(code, year) if code in scope.registry.establishments else UNKNOWN
    return scope.registry.school(code).get("nature" if by == "type" else by) or UNKNOWN


def cut_attributes(activities: Sequence[Activity], by: str, scope: Scope) -> Cells:
    """By what each pupil is in the period (R7). Every cell has every activity: the roll tells who may be declared."""

    def answer(person: Record) -> str:
        return scope.world.attribute(person, by, scope.period) or UNKNOWN

    answers = {person: answer(person) for activity in activities for person in activity.pupils}
    lines = [line for activity in activities for line in activity.headcounts]
    names = {*answers.values(), *(cell for line in lines for cell in _opened(line, by))}
    return {cell: [_having(activity, cell, by, answers) for activity in activities] for cell in names}


def _having(activity: Activity, cell: str, by: str, answers: dict[Record, str]) -> Activity:
    pupils = {person: minutes for person, minutes in activity.pupils.items() if answers[person] == cell}
    others = {person for person in activity.pupils if by == "gender" and answers[person] in {"M", "X"}}
    lines = activity.headcounts
    told = [_girls(line, cell, others) if by == "gender" else _declared(line, cell, by) for line in lines]
    return replace(activity, pupils=pupils, headcounts=tuple(told))


def _opened(line: Data, by: str) -> set[str]:
    """The cells that a headcount opens by itself: its level; else its pupils may be in any."""
    return {_level(line)} if by == "level" else {*_WORDS.get(by, ()), UNKNOWN}


def _declared(line: Data, cell: str, by: str) -> Data:
    """What a headcount says of a cell: it knows levels; else it widens the top."""
    if by == "level":
        return line if _level(line) == cell else {**line, "pupils": 0}
    return {**line, "answer": "loose"}


def _girls(line: Data, cell: str, others: Collection[Record]) -> Data:
    """Where girls were counted, they are a number of their own; the rest is compared with who is known to be none."""
    if line["girls"] is None:
        return {**line, "answer": "loose"}
    if cell == "F":
        return {**line, "pupils": line["girls"], "answer": "part"}
    return {**line, "pupils": line["pupils"] - line["girls"], "answer": "loose", "among": others}


def _level(line: Data) -> str:
    return str(line["level"] or UNKNOWN)


def cut_acting(activities: Sequence[Activity], by: str, scope: Scope, categories: Collection[str]) -> Cells:
    """By what each acting person is or does that day; `categories` are those that the indicator counts, or all."""
    cells: Cells = defaultdict(list)
    find = _acting_cells(by, scope, categories)
    for activity in activities:
        parts: dict[str, dict[tuple[Record, str], int]] = defaultdict(dict)
        for (person, role), minutes in activity.acting.items():
            for cell in find(person, role, activity):
                parts[cell][person, role] = minutes
        for cell, acting in parts.items():
            cells[cell].append(replace(activity, acting=acting))
    return cells


def _acting_cells(
    by: str, scope: Scope, categories: Collection[str]
) -> Callable[[Record, str, Activity], Collection[str]]:
    persons = scope.world.persons
    if by == "role":
        return lambda _, role, __: {role}
    if by == "gender":
        return lambda person, _, __: {_gender(person, scope)}
    name = {"school": "organisation", "category": "category"}[by]
    return lambda person, _, activity: (
        {span[name] for span in persons.engaged(person, activity.day, categories)} or {UNKNOWN}
    )


def _gender(person: Record, scope: Scope) -> str:
    first = scope.world.first_acting(person, scope.period)
    return scope.world.persons.gender_acting(person, first) or UNKNOWN
