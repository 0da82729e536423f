"""Indicators about pupils: informed, tutored, supported, beneficiaries, and their hours.

Each takes activities of the scope and period that were held, or parts of them, and answers as its definition reads.
"""

import statistics
from collections import Counter
from collections.abc import Collection, Sequence
from datetime import date

from examples.recount.activities import Activity
from examples.recount.answer import Answer, between, exactly, share
from examples.recount.cuts import ATTRIBUTES, SCHOOLS, UNKNOWN, school_cell
from examples.recount.facts import Data
from examples.recount.interval import interval
from examples.recount.period import school_year
from examples.recount.persons import Record, is_active
from examples.recount.scope import Scope

INFORMATION = frozenset({"information", "forum", "decouverte_campus", "conference"})
SUPPORT = frozenset({"soutien_scolaire", "cours", "stage_sciences", "stage_cpge"})
_PREPARATORY = frozenset({"CPGE1", "CPGE2"})


def informed(activities: Sequence[Activity], scope: Scope) -> Answer:
    """I01."""
    return _mixed([activity for activity in activities if activity.kind in INFORMATION], scope)


def beneficiaries(activities: Sequence[Activity], scope: Scope) -> Answer:
    """I04."""
    return _mixed(activities, scope)


def _mixed(activities: Sequence[Activity], scope: Scope) -> Answer:
    found = interval(activities, scope.world.persons)
    return between(found["low"], found["high"], nominative=found["nominative"])


def tutored(activities: Sequence[Activity], scope: Scope) -> Answer:
    """I02."""
    return exactly(len(tutees(activities, scope)))


def tutees(activities: Sequence[Activity], scope: Scope) -> set[Record]:
    """Present at a tutoring session on a day on which they are enrolled for it."""
    return {
        person
        for activity in activities
        if activity.kind == "tutorat"
        for person in activity.pupils
        if scope.world.persons.is_tutee(person, activity.day)
    }


def reinforced(activities: Sequence[Activity], scope: Scope) -> Answer:
    """I02_renforces: all minutes at tutoring sessions count, enrolled that day or not; in each school those of all."""
    minutes = _tutoring_minutes(scope.held if scope.question.by in SCHOOLS else activities)
    enough = scope.question.threshold_hours * 60
    return exactly(sum(minutes[person] >= enough for person in tutees(activities, scope)))


def in_preparatory_class(activities: Sequence[Activity], scope: Scope) -> Answer:
    """I33."""
    levels = [scope.world.attribute(person, "level", scope.period) for person in tutees(activities, scope)]
    return exactly(sum(level in _PREPARATORY for level in levels))


def supported(activities: Sequence[Activity], _: Scope) -> Answer:
    """I03."""
    return exactly(len({person for each in activities if each.kind in SUPPORT for person in each.pupils}))


def girls(activities: Sequence[Activity], scope: Scope) -> Answer:
    """I17: of those who are one or the other; the rest is shown apart."""
    pupils = {person for activity in activities for person in activity.pupils}
    genders = Counter(scope.world.attribute(person, "gender", scope.period) for person in pupils)
    known = genders["F"] + genders["M"]
    return exactly(
        share(genders["F"], known),
        girls=genders["F"],
        boys=genders["M"],
        other=len(pupils) - known,
        coverage_percent=share(known, len(pupils)),
    )


def pupil_hours(activities: Sequence[Activity], _: Scope) -> Answer:
    """I11: integer minutes, converted at the end (R9); headcounts stand apart (R10)."""
    minutes = sum(sum(activity.pupils.values()) for activity in activities)
    apart = sum(line["pupils"] * activity.minutes for activity in activities for line in activity.headcounts)
    return exactly(
        minutes / 60,
        minutes=minutes,
        headcount_minutes=apart,
        headcount_hours=apart / 60,
        presences=sum(len(activity.pupils) for activity in activities),
    )


def hours_per_tutee(activities: Sequence[Activity], scope: Scope) -> Answer:
    """I32: the pupil-hours of tutoring over the tutees; the spread is that of the tutees' own minutes."""
    minutes = _tutoring_minutes(activities)
    each = sorted(minutes[person] for person in tutees(activities, scope))
    if not each:
        return exactly(None)
    quartiles = statistics.quantiles(each, n=4, method="inclusive") if len(each) > 1 else each * 3
    spread = dict(zip(("q1_minutes", "median_minutes", "q3_minutes"), quartiles, strict=True))
    return exactly(minutes.total() / len(each) / 60, minutes=minutes.total(), tutees=len(each), **spread)


def _tutoring_minutes(activities: Sequence[Activity]) -> Counter[Record]:
    minutes = Counter[Record]()
    for activity in activities:
        if activity.kind == "tutorat":
            minutes.update(activity.pupils)
    return minutes


def enrolled(scope: Scope) -> tuple[Answer, dict[str, Answer]]:
    """I02_inscrits: an active tutorat enrolment of the scope on a day of the period."""
    cells: dict[str, set[Record]] = {}
    found = set[Record]()
    for person, spans in scope.world.persons.enrolments.items():
        own = [
            span
            for span in spans
            if is_active(span) and scope.running(span["programme"], span["span"], scope.period.span)
        ]
        if own:
            found.add(person)
            for cell in _cells_enrolled(person, own, scope):
                cells.setdefault(cell, set()).add(person)
    return exactly(len(found)), {cell: exactly(len(people)) for cell, people in cells.items()}


def _cells_enrolled(person: Record, enrolments: Sequence[Data], scope: Scope) -> Collection[str]:
    """An enrolment is no activity: its school is that of its first day in the period, each enrolment its own."""
    by = scope.question.by
    days = sorted({max(scope.period.start, date.fromisoformat(span["span"][0])) for span in enrolments})
    if by in ATTRIBUTES:
        day = scope.world.first_day(person, scope.period) or days[0]
        return {scope.world.persons.attribute(person, day, by) or UNKNOWN}
    if by in SCHOOLS:
        schools = {day: scope.world.persons.attribute(person, day, "establishment") for day in days}
        return {school_cell(scope, code, by, school_year(day)) if code else UNKNOWN for day, code in schools.items()}
    return {span["programme"] for span in enrolments} if by == "programme" else ()
