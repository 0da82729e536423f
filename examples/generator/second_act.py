"""What comes after the figures are out: one roll corrected, one session cancelled. Persons stay counted, hours move."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from examples.generator.messages import Fact
from examples.generator.people import Person
from examples.generator.plan import PlanRefused
from examples.generator.sessions import ABSENT, Fate, Session
from examples.generator.world import World

_FEWER, _TWICE = 3, 2
_HOURS = 600
"""Minutes of tutoring that other figures ask for (a reinforced tutee, a year of tutoring): nobody falls below."""


@dataclass(frozen=True)
class SecondAct:
    """Two facts, and who is concerned in the references of the system that reports them."""

    corrected: Fact
    cancelled: Fact
    absent: list[str]

    def named(self) -> dict[str, Any]:
        """The references, for whoever shows what moved."""
        return {
            "programme": self.corrected.data["programme"],
            "source": self.corrected.system.source,
            "corrected": {
                "session": self.corrected.data["session"],
                "version": self.corrected.data["version"],
                "absent": self.absent,
            },
            "cancelled": {"session": self.cancelled.data["session"], "version": self.cancelled.data["version"]},
        }


def second_act(world: World, facts: list[Fact]) -> SecondAct:
    """Two sessions of one tutoring series, of the latest school year, whose people are there often enough without."""
    rng = world.plan.rng("second act")
    rolls = {fact.data["session"]: fact for fact in facts if fact.event == "session.held"}
    last = max(fact.at for fact in facts if fact.event.startswith("session."))
    first, second = _two(world)
    corrected = rolls[first.reference]
    lines = [dict(line) for line in corrected.data["presences"]]
    own = {world.registers.record(seat.pupil, first.system, first.year, pupil=True) for seat in first.seats}
    present = [line for line in lines if line["record"] in own and line["status"] not in ABSENT]
    absent = rng.sample(present, min(_FEWER, len(present)))
    for line in absent:
        line["status"] = "absent_non_justifie"
        line.pop("minutes", None)
    return SecondAct(
        _next(corrected, "session.held", {**corrected.data, "presences": lines}, last),
        _next(rolls[second.reference], "session.cancelled", _without_roll(rolls[second.reference].data), last),
        [line["record"] for line in absent],
    )


def _two(world: World) -> tuple[Session, Session]:
    """The fullest session that can be spared, and another one of its series that can be spared as well.

    Best are two that share nobody; then two that everybody can spare; in a very small world, any two.
    """
    held = _candidates(world)
    often = _Often(session for session in world.sessions if session.tutoring and session.fate is Fate.HELD)
    once, twice = ([s for s in held if _plain(s) and often.enough_without(s, times)] for times in (1, _TWICE))
    for spare, apart in ((once, True), (twice, False), (held, False)):
        for first in sorted(spare, key=_present, reverse=True):
            others = [other for other in spare if other is not first and other.series is first.series]
            others = [other for other in others if not (apart and _people(other) & _people(first))]
            if others:
                return first, max(others, key=_present)
    raise PlanRefused("too few sessions to correct one and cancel another")


def _present(session: Session) -> int:
    return sum(seat.present for seat in session.seats)


def _people(session: Session) -> set[Person]:
    return {person for person, _ in _counted(session)}


def _candidates(world: World) -> list[Session]:
    """Tutoring sessions that somebody attended, of the latest school year in which groups meet again and again."""
    held = [
        session
        for session in world.sessions
        if session.tutoring and session.series.repeats and session.fate is Fate.HELD and session.aimed_at
    ]
    last = max((session.year for session in held), default=0)
    return [session for session in held if session.year == last and _present(session)]


class _Often:
    """How often and for how long everybody was at tutoring sessions, by school year."""

    def __init__(self, sessions: Iterable[Session]) -> None:
        self._times, self._minutes = Counter[tuple[Person, int]](), Counter[tuple[Person, int]]()
        for session in sessions:
            for person, attended in _counted(session) if session.aimed_at else ():
                self._times[person, session.year] += 1
                self._minutes[person, session.year] += attended

    def enough_without(self, session: Session, times: int) -> bool:
        """Whether so many such sessions less leave everybody counted, also where ten hours are asked for."""
        return all(
            self._times[person, session.year] > times
            and not _HOURS <= self._minutes[person, session.year] < _HOURS + times * session.minutes
            for person, _ in _counted(session)
            if not person.stays or session.series.at_least_minutes or self._times[person, session.year] <= times
        )


def _counted(session: Session) -> list[tuple[Person, int]]:
    """Who counts for being there, and for how long."""
    pupils = [(seat.pupil, session.minutes_of(seat)) for seat in session.seats if seat.present]
    return pupils + [(act.person, session.minutes - act.missed) for act in session.acts]


def _plain(session: Session) -> bool:
    """Nobody there on whom other figures hang: not tutored, two accounts, two establishments, two lives."""
    for seat in session.seats:
        stay = seat.pupil.stays[session.year]
        if seat.present and (stay.accounts > 1 or len(stay.schooling) > 1 or not session.counts_for(seat.pupil)):
            return False
    return not any(act.person.stays or act.person.studies for act in session.acts)


def _without_roll(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in {"presences", "acting", "headcounts", "stands"}}


def _next(before: Fact, event: str, data: dict[str, Any], last: datetime) -> Fact:
    data = {**data, "version": before.data["version"] + 1}
    return Fact(before.system, event, before.subject, data, last + timedelta(days=5))
