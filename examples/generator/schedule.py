"""The calendar: on which days the occasions of every series fall. Who comes and how long it lasts is in `rolls`."""

import random
from dataclasses import replace
from datetime import date, timedelta

from examples.generator.groups import Occasion, occasions
from examples.generator.people import Cohorts, Stay
from examples.generator.plan import Plan, SchoolYear
from examples.generator.series import Series, load_series
from examples.generator.sessions import Fate, Session

_SPARE = 2
"""Meetings more than each pupil must have been at, in the smallest world."""


def schedule(plan: Plan, pupils: Cohorts) -> list[Session]:
    """Every session of every series, by date."""
    sessions = [session for series in load_series(plan) for year in series.school_years
                for session in _year(plan, series, pupils, plan.years[year])]  # fmt: skip
    sessions.sort(key=lambda session: session.day)
    numbers = plan.rng("session references").sample(range(1000, 1000 + 9 * len(sessions)), len(sessions))
    for session, number in zip(sessions, numbers, strict=True):
        session.reference = f"{plan.programme}-s-{number}"
    return sessions


def _year(plan: Plan, series: Series, pupils: Cohorts, year: SchoolYear) -> list[Session]:
    rng = plan.rng(f"series|{series.series}|{year.year}")
    weeks, dates, sessions = _thinned(plan, series, year), _dates(series, year), list[Session]()
    if series.dates and not dates:
        return []
    for number, occasion in enumerate(occasions(plan, rng, series, pupils, year.year)):
        hour = series.hour or rng.choice(plan.table("rhythm")["hours"])
        # Groups of pupils meet on every date named; whatever has no names on its roll happens once, on one of them.
        named = dates if series.pupils else dates[number % len(dates) :][:1] if dates else []
        for day in named or _days(plan, rng, series, weeks):
            sessions.append(_session(plan, rng, series, occasion, (year.year, day, hour, len(sessions))))
    return _disturbed(plan, rng, series, sessions)


def _session(
    plan: Plan, rng: random.Random, series: Series, occasion: Occasion, when: tuple[int, date, str, int]
) -> Session:
    year, day, hour, position = when
    return Session(
        series=series,
        system=plan.systems[series.system],
        year=year,
        day=day,
        hour=hour,
        minutes=rng.choice(series.minutes),
        members=[person for person in occasion.members if _expected(series, person.stays[year], day)],
        organisers=series.organisers[position % len(series.organisers)] if series.organisers else (),
        place=_place(series, occasion),
        subject=rng.choice(series.subjects) if series.subjects else None,
        title=series.titles[position % len(series.titles)] if series.titles else None,
        cells=occasion.cells,
    )


def _dates(series: Series, year: SchoolYear) -> list[date]:
    return [day for day in series.dates if year.starts_on <= day < date(year.year + 1, 9, 1)]


def _expected(series: Series, stay: Stay, day: date) -> bool:
    """A tutee who has left is not expected any more; who is enrolled late comes before the enrolment counts."""
    return series.activity != "tutorat" or day < stay.enrolled_to


def _place(series: Series, occasion: Occasion) -> str | None:
    return occasion.place or (series.place if series.place != "establishment" else None)


def _days(plan: Plan, rng: random.Random, series: Series, weeks: list[date]) -> list[date]:
    """One weekday of every week, or of as many weeks as the series has meetings."""
    weekday, closed = rng.choice(plan.table("rhythm")["weekdays"]), plan.table("rhythm").get("closed", ())
    days = [week + timedelta(days=weekday) for week in weeks]
    days = [day for day in days if day.isoformat() not in closed]
    if series.times is None:
        return days
    number = min(len(days), max(_fewest(series), round(series.times * plan.scale)))
    first = rng.uniform(0, 1)
    return [days[int((first + position) * len(days) / number) % len(days)] for position in range(number)]


def _fewest(series: Series) -> int:
    return min(series.times or 1, max(1, series.fewest + _SPARE if series.fewest else 1))


def _thinned(plan: Plan, series: Series, year: SchoolYear) -> list[date]:
    """Keep a share of the weeks, spread over the year; enough inside the aim for everybody to come often enough."""
    inside = [week for week in year.weeks if series.aims_at(week)]
    outside = [week for week in year.weeks if week not in inside]
    if series.times is not None:
        return list(year.weeks)
    fewest = series.fewest + _SPARE
    kept = {*_spread(inside, max(fewest, round(len(inside) * plan.scale)))}
    return sorted(kept | {*_spread(outside, round(len(outside) * plan.scale))})


def _spread(weeks: list[date], number: int) -> list[date]:
    if number >= len(weeks):
        return weeks
    return [weeks[position * len(weeks) // number] for position in range(number)]


def _disturbed(plan: Plan, rng: random.Random, series: Series, sessions: list[Session]) -> list[Session]:
    """Some are cancelled or never reported. What happens only once is then held all the same, on a later day."""
    asked, all_of_them = plan.table("trouble"), list[Session]()
    for session in sessions:
        drawn = rng.random()
        cancelled = drawn < asked["cancelled_share"]
        if not cancelled and drawn >= asked["cancelled_share"] + asked["never_held_share"]:
            all_of_them.append(session)
            continue
        fate = Fate.CANCELLED if cancelled else Fate.NEVER_HELD
        if series.repeats:
            session.fate = fate
        else:
            all_of_them.append(replace(session, day=session.day - timedelta(days=14), fate=fate))
        all_of_them.append(session)
    return all_of_them
