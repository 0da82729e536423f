"""Who came to what was held, and how long it lasted. What systems get wrong of it is elsewhere."""

import random
from collections.abc import Callable

from examples.generator.people import Person
from examples.generator.plan import Plan, PlanRefused
from examples.generator.series import Hours
from examples.generator.sessions import Fate, Seat, Session

_SHORTEST, _LONGEST = 50, 240
"""Minutes of a session that a school would accept, on average."""

Promised = list[tuple[Person, list[Session]]]


def call_rolls(plan: Plan, sessions: list[Session]) -> None:
    """Attendance as drawn; but whoever would have been there too rarely was there after all.

    Raises PlanRefused when the plan cannot give what it asks for.
    """
    promised = _promised(sessions)
    for _, own in promised:
        _hold_enough(own)
    draw = _attendance(plan, plan.rng("attendance"))
    seats: dict[tuple[Session, Person], Seat] = {}
    for session in sessions:
        if session.fate is Fate.HELD:
            session.seats = [draw(pupil, session.minutes) for pupil in session.members]
            seats.update({(session, seat.pupil): seat for seat in session.seats})
    for pupil, own in promised:
        _be_there([(session, seats[session, pupil]) for session in own if session.fate is Fate.HELD])


def _promised(sessions: list[Session]) -> Promised:
    """The sessions that count for each pupil, by series and school year, where the series promises something."""
    own: dict[tuple[str, int, Person], list[Session]] = {}
    for session in sessions:
        for pupil in session.members if session.series.fewest else ():
            if session.counts_for(pupil):
                own.setdefault((session.series.series, session.year, pupil), []).append(session)
    return [(pupil, there) for (_, _, pupil), there in own.items()]


def _short(sessions: list[Session], minutes: list[int]) -> bool:
    """Whether so much attendance is less than the series promises."""
    series = sessions[0].series
    return sum(map(bool, minutes)) < series.at_least or sum(minutes) < series.at_least_minutes


def _hold_enough(own: list[Session]) -> None:
    """Some are cancelled or never reported; but everybody keeps enough."""
    if _short(own, [session.minutes for session in own]):
        raise PlanRefused(f"{own[0].series.series}: too few meetings for what each pupil must attend")
    lost = [session for session in own if session.fate is not Fate.HELD]
    while _short(own, [session.minutes for session in own if session.fate is Fate.HELD]):
        lost.pop(0).fate = Fate.HELD


def _be_there(own: list[tuple[Session, Seat]]) -> None:
    sessions = [session for session, _ in own]
    missed = [seat for _, seat in own if seat.missed or not seat.present]
    while _short(sessions, [session.minutes_of(seat) for session, seat in own]):
        seat = missed.pop(0)
        seat.status, seat.missed = "present", 0


def _attendance(plan: Plan, rng: random.Random) -> Callable[[Person, int], Seat]:
    asked = plan.table("attendance")
    shares = {
        "absent_justifie": asked["absent_justified"],
        "absent_non_justifie": asked["absent_unjustified"],
        "non_renseigne": asked["not_recorded"],
        "retard": asked["late"],
        "depart_anticipe": asked["leaves_early"],
        "distance": asked["remote"],
    }
    shares["present"] = 1 - sum(shares.values())
    words, weights = list(shares), list(shares.values())

    def draw(pupil: Person, minutes: int) -> Seat:
        status = rng.choices(words, weights)[0]
        missed = rng.choice(asked["missed"]) if status in {"retard", "depart_anticipe"} else 0
        return Seat(pupil, status, min(missed, minutes // 2))

    return draw


def set_minutes(plan: Plan, sessions: list[Session]) -> None:
    """Where a series aims at pupil-hours, its sessions last about what these ask for, given who came to everything."""
    series = {id(session.series): session.series for session in sessions if session.series.aim}
    for one in series.values():
        if one.aim:
            _aim(plan, [session for session in sessions if session.series is one], sessions, one.aim)


def _aim(plan: Plan, own: list[Session], sessions: list[Session], aim: Hours) -> None:
    mine, period = set(own), [session for session in sessions if aim.starts_on <= session.day < aim.ends_on]
    wanted, seats = aim.hours * 60 * _share(plan, own, aim), 0
    for session in period:
        present = [seat for seat in session.seats if seat.present]
        if session in mine:
            wanted, seats = wanted + sum(seat.missed for seat in present), seats + len(present)
        else:
            wanted -= sum(session.minutes_of(seat) for seat in present)
    mean = wanted / seats if seats else 0
    if plan.scale < 1:
        mean = min(max(mean, _SHORTEST), _LONGEST)
    if not _SHORTEST <= mean <= _LONGEST:
        raise PlanRefused(f"{own[0].series.series}: the hours aimed at need sessions of {mean:.0f} minutes")
    rng = plan.rng(f"minutes|{own[0].series.series}")
    for session in own:
        session.minutes = 5 * round((mean + rng.uniform(-aim.around, aim.around)) / 5)


def _share(plan: Plan, own: list[Session], aim: Hours) -> float:
    """In a smaller world, fewer hours: in proportion to the pupils and to the weeks that are left."""
    if plan.scale == 1:
        return 1
    weeks = [week for year in plan.years.values() for week in year.weeks if aim.starts_on <= week < aim.ends_on]
    met = {session.day.isocalendar()[:2] for session in own if aim.starts_on <= session.day < aim.ends_on}
    return plan.scale * min(1, len(met) / len(weeks))
