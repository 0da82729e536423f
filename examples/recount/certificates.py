"""Indicators about the tutors' certificate: issued, and who could have one."""

from collections import Counter, defaultdict
from datetime import date

from examples.recount.acting import has_training, student_tutors
from examples.recount.answer import Answer, exactly
from examples.recount.period import school_year
from examples.recount.persons import Record
from examples.recount.scope import Scope

_YEARS = 2
_COURSE_MINUTES = 900
"""Length of the elective course: fifteen hours."""


def issued(scope: Scope) -> tuple[Answer, dict[str, Answer]]:
    """I23: not withdrawn, each certificate of a person once, however many records of the person have it."""
    found = set[tuple[Record, str]]()
    cells: dict[str, set[tuple[Record, str]]] = defaultdict(set)
    for person, certificates in scope.world.persons.certificates.items():
        for each in certificates:
            day = date.fromisoformat(each["issued_on"])
            if each.get("withdrawn_on") or day not in scope.period or not scope.has_programme(each["programme"]):
                continue
            if scope.is_under(each["organisation"], day):
                found.add((person, each["certificate"]))
                year = f"{school_year(day)}-{school_year(day) + 1}"
                names = {"year": year, "programme": each["programme"], "school": each["organisation"]}
                cells[names[scope.question.by or "school"]].add((person, each["certificate"]))
    holders = {person for person, _ in found}
    return exactly(len(found), holders=len(holders)), {cell: exactly(len(own)) for cell, own in cells.items()}


def eligible(scope: Scope) -> tuple[Answer, dict[str, Answer]]:
    """I24: of the student tutors, those with the years, the hours and the elective; the others lack something."""
    held = scope.held
    candidates = student_tutors(held, scope)
    years = _years_of_tutoring(scope)
    short = {person for person in candidates if years[person] < _YEARS}
    without = {person for person in candidates if not has_training(person, "cours_electif", scope, _COURSE_MINUTES)}
    entitled = candidates - short - without
    whole = exactly(len(entitled), candidates=len(candidates), missing_years=len(short), missing_course=len(without))
    if scope.question.by == "condition":
        groups = {"eligible": entitled, "annees_manquantes": short, "cours_manquant": without}
        return whole, {cell: exactly(len(people)) for cell, people in groups.items()}
    return whole, {cell: exactly(len(own & entitled)) for cell, own in _schools(scope).items()}


def _years_of_tutoring(scope: Scope) -> Counter[Record]:
    """How many school years each tutor has with enough minutes at tutoring sessions of the scope."""
    minutes = Counter[tuple[Record, int]]()
    for activity in scope.world.held:
        if activity.kind == "tutorat" and activity.day < scope.period.end and scope.has(activity):
            for (person, role), there in activity.acting.items():
                if role == "tuteur":
                    minutes[person, activity.school_year] += there
    enough = scope.question.threshold_hours * 60
    return Counter(person for (person, _), total in minutes.items() if total >= enough)


def _schools(scope: Scope) -> dict[str, set[Record]]:
    """The schools of those who act as a student in the period, as on each day."""
    cells: dict[str, set[Record]] = defaultdict(set)
    for activity in scope.held:
        for person, role in activity.acting:
            if activity.kind == "tutorat" and role == "tuteur":
                for span in scope.world.persons.engaged(person, activity.day, {"etudiant"}):
                    cells[span["organisation"]].add(person)
    return cells
