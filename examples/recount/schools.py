"""Indicators about pupils' schools: reached, roped, in priority education; and the académies."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from examples.recount.activities import Activity
from examples.recount.answer import Answer, exactly, share
from examples.recount.cuts import school_cell
from examples.recount.period import school_year
from examples.recount.registry import ACADEMIES, OVERSEAS
from examples.recount.scope import Scope
from examples.recount.spans import FOREVER, first_day, span_of

_PRIORITY = frozenset({"REP", "REP+"})

ONE_DAY = timedelta(days=1)


def sites_reached(activities: Sequence[Activity], scope: Scope) -> Answer:
    """I05."""
    codes = _codes(activities, scope)
    return exactly(len({scope.registry.school(code)["site"] for code in codes}), uai=len(codes))


def codes_reached(activities: Sequence[Activity], scope: Scope) -> Answer:
    """I05_uai."""
    return exactly(len(_codes(activities, scope)))


def _codes(activities: Sequence[Activity], scope: Scope) -> set[str]:
    """Schools of the pupils counted in I04, by name or by headcount, and schools that host."""
    codes = {activity.place for activity in activities if activity.place}
    for activity in activities:
        codes |= {line["establishment"] for line in activity.headcounts if line["pupils"]}
        own = {scope.world.persons.attribute(person, activity.day, "establishment") for person in activity.pupils}
        codes |= {code for code in own if code is not None}
    return codes


def academies(activities: Sequence[Activity], scope: Scope) -> Answer:
    """I07: of the sites; a site whose mother establishment nobody registered is where its school is."""
    places = set[tuple[str, str]]()
    for code in _codes(activities, scope):
        school = scope.registry.school(code)
        site = scope.registry.establishments.get(school["site"], school)
        if site.get("academie") in ACADEMIES:
            places.add((site["academie"], site["departement"]))
    found = {academie for academie, _ in places}
    return exactly(
        len(found),
        toutes=int(found == ACADEMIES),
        departements=len({departement for _, departement in places}),
        overseas=len(found & OVERSEAS),
    )


@dataclass(frozen=True)
class _Roped:
    """One convention of the scope with an establishment.

    `since` is the first day that it has in common with the period, None where it does not count in the period.
    """

    code: str
    site: str
    programme: str
    starts_on: str
    ends_on: str
    since: date | None


def _roped(scope: Scope) -> list[_Roped]:
    found = []
    for each in scope.conventions("establishment", {"encorde"}):
        valid = span_of(each["valid"])
        if scope.running(each["programme"], valid):
            counts = scope.running(each["programme"], valid, scope.period.span)
            since = max(first_day(valid), scope.period.start) if counts else None
            code = each["establishment"]
            site = scope.registry.school(code)["site"]
            found.append(_Roped(code, site, each["programme"], *valid, since))
    return found


def roped_sites(scope: Scope) -> tuple[Answer, dict[str, Answer]]:
    """I06, with the sites that joined and that left in the period; by what the signing establishment is."""
    every = _roped(scope)
    first = {each.site: min(one.starts_on for one in every if one.site == each.site) for each in every}
    last = {each.site: max(one.ends_on for one in every if one.site == each.site) for each in every}
    whole = exactly(
        len({each.site for each in every if each.since}),
        joined=sum(date.fromisoformat(day) in scope.period for day in first.values()),
        left=sum(day != FOREVER and date.fromisoformat(day) - ONE_DAY in scope.period for day in last.values()),
    )
    return whole, {cell: exactly(len({each.site for each in own})) for cell, own in _cells(every, scope).items()}


def priority_colleges(scope: Scope) -> tuple[Answer, dict[str, Answer]]:
    """I18b: of the roped collèges, those in REP or REP+ in the school year in which their time in the period starts."""
    colleges = [each for each in _roped(scope) if scope.registry.school(each.code).get("nature") == "college"]
    cells = _cells(colleges, scope)
    return _priority(colleges, scope), {cell: _priority(own, scope) for cell, own in cells.items()}


def _priority(colleges: Sequence[_Roped], scope: Scope) -> Answer:
    """Without any list about any of them, nobody can tell."""
    since: dict[str, date] = {}
    for each in colleges:
        if each.since:
            since[each.code] = min(each.since, since.get(each.code, each.since))
    priority = sum(scope.registry.priority(code, school_year(day)) in _PRIORITY for code, day in since.items())
    known = any(
        each["rentree"] <= school_year(day)
        for code, day in since.items()
        for each in scope.registry.school(code).get("priority") or ()
    )
    return exactly(share(priority, len(since)) if known else None, priority=priority, colleges=len(since))


def _cells(every: Sequence[_Roped], scope: Scope) -> dict[str, list[_Roped]]:
    """Those that count in the period, by their own programme or by what their establishment is."""
    cells: dict[str, list[_Roped]] = defaultdict(list)
    by = scope.question.by
    for each in every:
        if each.since and by:
            year = school_year(each.since)
            cells[each.programme if by == "programme" else school_cell(scope, each.code, by, year)].append(each)
    return cells
