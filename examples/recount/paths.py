"""Indicators that follow persons over the years: tutees who became tutors, beneficiaries who became students."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from examples.recount.activities import Activity
from examples.recount.answer import Answer, exactly, share
from examples.recount.cuts import UNKNOWN
from examples.recount.declared import headcount_of
from examples.recount.period import school_year
from examples.recount.persons import Record
from examples.recount.scope import Scope
from examples.recount.spans import common, first_day

TARGET_PERCENT = 20


@dataclass(frozen=True)
class Study:
    """A person at a member school in the period, since `since`, by a study or by an engagement as a student."""

    person: Record
    school: str
    since: date
    pathway: bool


def studies(scope: Scope) -> list[Study]:
    """Every stretch of the period's students; the school is a member on a day of it that lies in the period."""
    persons = scope.world.persons
    every = [(person, span) for person, spans in persons.studies.items() for span in spans]
    every += [
        (person, span)
        for person, spans in persons.engagements.items()
        for span in spans
        if span["category"] == "etudiant"
    ]
    members = {span["organisation"]: scope.member_spans(span["organisation"]) for _, span in every}
    return [
        Study(person, span["organisation"], first_day(span["span"]), span.get("pathway") == "oui")
        for person, span in every
        if any(common(span["span"], member, scope.period.span) for member in members[span["organisation"]])
    ]


def presences(activities: Iterable[Activity]) -> dict[Record, list[date]]:
    """The days on which each pupil was there."""
    days: dict[Record, list[date]] = defaultdict(list)
    for activity in activities:
        for person in activity.pupils:
            days[person].append(activity.day)
    return days


def from_pathways(scope: Scope) -> tuple[Answer, dict[str, Answer]]:
    """I22: of the students, those who were accompanied as pupils, or were admitted by the route for them.

    A school has as many students as it declares, and at least those who are known.
    """
    days = presences(scope.world.held)
    found = studies(scope)
    flagged = [each for each in found if each.pathway or any(day < each.since for day in days[each.person])]
    known = {school: len({each.person for each in found if each.school == school}) for school in _member_schools(scope)}
    declared = {school: headcount_of(school, scope) for school in known}
    totals = {school: max(number, declared[school] or 0) for school, number in known.items()}
    low = sum(said is not None and said < known[school] for school, said in declared.items())
    people = {each.person for each in flagged}
    cells = {
        school: exactly(share(len({each.person for each in flagged if each.school == school}), total))
        for school, total in totals.items()
    }
    enrolled = {each.person for each in found}
    value = share(len(people), sum(totals.values()))
    return exactly(
        value,
        flagged=len(people),
        enrolled=len(enrolled),
        students=sum(totals.values()),
        **({"declared_too_low": low} if low else {}),
        target_percent=TARGET_PERCENT,
        progress_percent=None if value is None else 100 * value / TARGET_PERCENT,
    ), cells


def _member_schools(scope: Scope) -> list[str]:
    """Schools that are members on a day of the period."""
    return [
        school
        for school in scope.registry.organisations
        if any(common(span, scope.period.span) for span in scope.member_spans(school))
    ]


def former_beneficiaries(scope: Scope) -> tuple[Answer, dict[str, Answer]]:
    """I26: students who were there as pupils before; the rate is that of all who were, by the year of the last time."""
    days = presences(_before_end(_places_of_presence(scope), scope))
    admitted: dict[Record, date] = {}
    schools: dict[str, set[Record]] = defaultdict(set)
    for each in studies(scope):
        if earlier := [day for day in days.get(each.person, ()) if day < each.since]:
            admitted[each.person] = max(*earlier, admitted.get(each.person, earlier[0]))
            schools[each.school].add(each.person)
    whole = _rated(len(admitted), len(days))
    if scope.question.by == "school":
        return whole, {school: exactly(len(people)) for school, people in schools.items()}
    cohorts: dict[int, list[bool]] = defaultdict(list)
    for person, own in days.items():
        cohorts[school_year(admitted.get(person, max(own)))].append(person in admitted)
    return whole, {_year(year): _rated(sum(answers), len(answers)) for year, answers in cohorts.items()}


def _places_of_presence(scope: Scope) -> list[Activity]:
    """Held ones of the programme; only where none is asked for, of the organisation."""
    if scope.programmes is None:
        return [each for each in scope.world.held if scope.has(each)]
    return [each for each in scope.world.held if scope.has_programme(each.programme)]


def _before_end(activities: Iterable[Activity], scope: Scope) -> list[Activity]:
    return [each for each in activities if each.day < scope.period.end]


def _rated(value: int, whole: int) -> Answer:
    return exactly(value, beneficiaries=whole, rate_percent=share(value, whole))


def _year(year: int) -> str:
    return f"{year}-{year + 1}"


def tutees_turned_tutors(scope: Scope) -> tuple[Answer, dict[str, Answer]]:
    """I25: tutors of the period, of any category, who were tutees in a school year before their first day as tutor."""
    first: dict[Record, date] = {}
    for activity in scope.held:
        for person, role in activity.acting:
            if role == "tuteur":
                first.setdefault(person, activity.day)
    years = _tutee_years(scope)
    turned = {
        person: max(year for year in years[person] if year < school_year(day))
        for person, day in first.items()
        if min(years.get(person, [9999])) < school_year(day)
    }
    cells: dict[str, set[Record]] = defaultdict(set)
    for person, year in turned.items():
        day = first[person]
        if scope.question.by == "years_between":
            cells[str(school_year(day) - year)].add(person)
        else:
            engaged = scope.world.persons.engaged(person, day, {"etudiant"})
            for school in {span["organisation"] for span in engaged} or {UNKNOWN}:
                cells[school].add(person)
    return exactly(len(turned)), {cell: exactly(len(people)) for cell, people in cells.items()}


def _tutee_years(scope: Scope) -> dict[Record, set[int]]:
    """School years with a presence that counts for I02, in any programme."""
    years: dict[Record, set[int]] = defaultdict(set)
    for activity in scope.world.held:
        if activity.kind == "tutorat":
            for person in activity.pupils:
                if scope.world.persons.is_tutee(person, activity.day):
                    years[person].add(activity.school_year)
    return years
