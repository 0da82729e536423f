"""The indicators, each written as its definition reads."""

import statistics
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from examples.recount.activities import Activity, Calendar, calendar
from examples.recount.facts import Facts
from examples.recount.interval import interval
from examples.recount.period import Period
from examples.recount.persons import Persons, Record

Figures = dict[str, Any]

_INFORMATION = frozenset({"information", "forum", "decouverte_campus", "conference"})
_STUDENT_ROLES = frozenset({"tuteur", "animateur", "accompagnateur"})
_REINFORCED = 600
"""Minutes from which a tutee is "renforcé": ten hours."""
_SPREAD = ("q1_minutes", "median_minutes", "q3_minutes")


def figures(
    facts: Facts,
    persons: Persons,
    *,
    programmes: Collection[str],
    sites: Mapping[str, str],
    period: Period,
) -> Figures:
    """Every indicator of the scope and period, by its code."""
    found = calendar(facts, persons, programmes, period)
    everywhere = calendar(facts, persons, {session["programme"] for session in facts.sessions}, period)
    held = found.held
    return {
        "I01": interval([activity for activity in held if activity.kind in _INFORMATION], persons),
        **_tutees(held, everywhere.held, persons),
        "I02_inscrits": {"value": len(persons.enrolled_in(programmes, period))},
        "I04": interval(held, persons),
        **_reached(held, persons, sites),
        **_students(held, persons),
        **_hours(held),
        **_activities(found),
    }


def _tutees(held: Sequence[Activity], everywhere: Sequence[Activity], persons: Persons) -> Figures:
    tutoring = [activity for activity in held if activity.kind == "tutorat"]
    tutees = {person for activity in tutoring for person in activity.pupils if persons.is_tutee(person, activity.day)}
    minutes = Counter[Record]()
    for activity in tutoring:
        minutes.update(activity.pupils)
    levels = Counter(_level(person, everywhere, persons) for person in tutees)
    return {
        "I02": {"value": len(tutees), "by_level": dict(sorted(levels.items()))},
        "I02_renforces": {"value": sum(minutes[person] >= _REINFORCED for person in tutees)},
        "I32": _per_tutee(minutes.total(), sorted(minutes[person] for person in tutees)),
    }


def _level(person: Record, everywhere: Sequence[Activity], persons: Persons) -> str:
    """At the first countable activity of the period, looked for before any filter (R7)."""
    first = min(activity.day for activity in everywhere if person in activity.pupils)
    return persons.attribute(person, first, "level") or "NON_RENSEIGNE"


def _per_tutee(total: int, each: list[int]) -> Figures:
    if not each:
        return {"value": None}
    quartiles = statistics.quantiles(each, n=4, method="inclusive") if len(each) > 1 else each * 3
    return {"minutes": total / len(each), "hours": total / len(each) / 60} | dict(zip(_SPREAD, quartiles, strict=True))


def _reached(held: Sequence[Activity], persons: Persons, sites: Mapping[str, str]) -> Figures:
    """Schools of the pupils counted in I04, by name or by headcount, and schools that host."""
    codes = {activity.place for activity in held}
    for activity in held:
        codes |= {persons.attribute(person, activity.day, "establishment") for person in activity.pupils}
        codes |= {line["establishment"] for line in activity.headcounts if line["pupils"]}
    known = {code for code in codes if code is not None}
    return {
        "I05": {"value": len({sites.get(code, code) for code in known})},
        "I05_uai": {"value": len(known)},
    }


def _students(held: Sequence[Activity], persons: Persons) -> Figures:
    acting, tutors = set[Record](), set[Record]()
    for activity in held:
        for person, role in activity.acting:
            if role not in _STUDENT_ROLES or not persons.is_student(person, activity.day):
                continue
            acting.add(person)
            if role == "tuteur" and activity.kind == "tutorat":
                tutors.add(person)
    return {"I08": {"value": len(acting)}, "I09": {"value": len(tutors)}}


def _hours(held: Sequence[Activity]) -> Figures:
    """Integer minutes, converted at the end (R9); headcounts stand apart (R10)."""
    pupils = sum(sum(activity.pupils.values()) for activity in held)
    apart = sum(line["pupils"] * activity.minutes for activity in held for line in activity.headcounts)
    acting = sum(sum(activity.acting.values()) for activity in held)
    sessions = sum(activity.minutes for activity in held)
    presences = sum(len(activity.pupils) for activity in held)
    return {
        "I11": {**_minutes(pupils), "headcount_minutes": apart, "presences": presences},
        "I12": _minutes(acting),
        "I13": _minutes(sessions),
    }


def _minutes(minutes: int) -> Figures:
    return {"minutes": minutes, "hours": minutes / 60}


def _activities(found: Calendar) -> Figures:
    held = len(found.held)
    decided = held + found.cancelled
    return {
        "I14": {
            "value": held,
            "cancelled": found.cancelled,
            "rate": held / decided if decided else None,
        },
        "I16": dict(sorted(Counter(activity.kind for activity in found.held).items())),
        "quality": {
            "unknown_references": len({record for activity in found.held for record in activity.unknown}),
            "missing_rolls": found.without_roll,
        },
    }
