"""Indicators about those who act: students, tutors, staff, their hours, and the schools they come from."""

from collections import defaultdict
from collections.abc import Collection, Sequence

from examples.recount.activities import Activity
from examples.recount.answer import Answer, exactly
from examples.recount.persons import Record
from examples.recount.pupils import tutees
from examples.recount.scope import Scope

STUDENT = frozenset({"etudiant"})
STAFF = frozenset({"enseignant", "chercheur", "doctorant", "alumni", "personnel"})
_STUDENT_ROLES = frozenset({"tuteur", "animateur", "accompagnateur"})


def students(activities: Sequence[Activity], scope: Scope) -> Answer:
    """I08: a student is whoever is engaged as one on the day, whatever else the person is."""
    return exactly(len(_acting(activities, scope, STUDENT, _STUDENT_ROLES)))


def student_tutors(activities: Sequence[Activity], scope: Scope) -> set[Record]:
    """Students who were tutor at a tutoring session."""
    tutoring = [activity for activity in activities if activity.kind == "tutorat"]
    return _acting(tutoring, scope, STUDENT, {"tuteur"})


def tutors(activities: Sequence[Activity], scope: Scope) -> Answer:
    """I09, with the trained ones and the pupils for each."""
    found = student_tutors(activities, scope)
    pupils = len(tutees(activities, scope))
    return exactly(
        len(found),
        trained=len(_trained(found, scope)),
        pupils_per_tutor=pupils / len(found) if found else None,
    )


def trained_tutors(activities: Sequence[Activity], scope: Scope) -> Answer:
    """I09_formes."""
    return exactly(len(_trained(student_tutors(activities, scope), scope)))


def _trained(people: Collection[Record], scope: Scope) -> list[Record]:
    return [person for person in people if has_training(person, "tuteur", scope)]


def has_training(person: Record, kind: str, scope: Scope, minutes: int = 0) -> bool:
    """A training of this kind and length, in any programme, completed before the period's end and not withdrawn."""
    return any(
        training["training"] == kind
        and training["minutes"] >= minutes
        and training.get("completed_on")
        and training["completed_on"] < scope.period.end.isoformat()
        for training in scope.world.persons.trainings.get(person, ())
    )


def staff(activities: Sequence[Activity], scope: Scope) -> Answer:
    """I10, in any role."""
    return exactly(len(_acting(activities, scope, STAFF)))


def professionals(activities: Sequence[Activity], scope: Scope) -> set[Record]:
    """Whoever acts, in any role, on a day on which engaged as a professional."""
    return _acting(activities, scope, {"professionnel"})


def _acting(
    activities: Sequence[Activity], scope: Scope, categories: Collection[str], roles: Collection[str] = ()
) -> set[Record]:
    """Persons acting on a day on which they are of one of the categories; in one of the roles or, without, in any."""
    return {
        person
        for activity in activities
        for person, role in activity.acting
        if (not roles or role in roles) and scope.world.persons.engaged(person, activity.day, categories)
    }


def volunteer_hours(activities: Sequence[Activity], _: Scope) -> Answer:
    """I12: one line for each activity, person and role; preparation stays out."""
    minutes = sum(sum(activity.acting.values()) for activity in activities)
    return exactly(minutes / 60, minutes=minutes)


def schools_involved(scope: Scope) -> tuple[Answer, dict[str, Answer]]:
    """I34: schools that are members on a day on which somebody engaged with them acts; one cell for each."""
    there = {
        (span["organisation"], activity.day, activity.programme)
        for activity in scope.held
        for person, _ in activity.acting
        for span in scope.world.persons.engaged(person, activity.day)
    }
    by_programme = scope.question.by == "programme"
    cells: dict[str, set[str]] = defaultdict(set)
    for school, day, programme in there:
        if scope.is_member(school, day):
            cells[programme if by_programme else school].add(school)
    schools = {school for own in cells.values() for school in own}
    return exactly(len(schools)), {cell: exactly(len(own)) for cell, own in cells.items()}
