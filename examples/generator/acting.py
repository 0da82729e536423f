"""Who acts in what was held: people take turns, so that all of a cohort act before anybody acts much more often."""

import random
from dataclasses import dataclass

from examples.generator.people import Cohorts, Person
from examples.generator.plan import Plan, Row
from examples.generator.sessions import Act, Fate, Session


@dataclass
class _Circle:
    people: list[Person]
    turn: int = 0

    def next(self, number: int) -> list[Person]:
        size = len(self.people)
        chosen = [self.people[(self.turn + position) % size] for position in range(min(number, size))]
        self.turn += len(chosen)
        return chosen


class Turns:
    """Circles of the people of one school year; series that name the same cohorts share a circle."""

    def __init__(self, plan: Plan, volunteers: Cohorts) -> None:
        self._plan, self._volunteers = plan, volunteers
        self._rng, self._circles = plan.rng("turns"), dict[tuple[int, tuple[str, ...]], _Circle]()

    def take(self, sessions: list[Session]) -> None:
        """Tutoring in the period aimed at comes first, so that every tutor is one in that period."""
        held = [session for session in sessions if session.fate is Fate.HELD]
        for session in sorted(held, key=lambda session: not (session.tutoring and session.aimed_at)):
            session.acts = [act for row in session.series.acting for act in self._acts(session, row)]
            if session.series.acting and session.series.acting[0].get("also"):
                session.acts.append(Act(session.acts[0].person, session.series.acting[0]["also"]))

    def _acts(self, session: Session, row: Row) -> list[Act]:
        number = row.get("number", 1)
        drawn = number if isinstance(number, int) else self._rng.choice(number)
        cohorts = (row["cohort"],) if isinstance(row["cohort"], str) else tuple(row["cohort"])
        return [self._act(session, row, person) for person in self._circle(session.year, cohorts).next(drawn)]

    def _circle(self, year: int, cohorts: tuple[str, ...]) -> _Circle:
        known = self._circles.get((year, cohorts))
        if known is None:
            people = [person for name in cohorts for person in self._volunteers[name] if year in person.engagements]
            known = _Circle(self._rng.sample(people, len(people)))
            self._circles[year, cohorts] = known
        return known

    def _act(self, session: Session, row: Row, person: Person) -> Act:
        asked = self._plan.table("acting")
        missed = _drawn(self._rng, asked.get("partial_share", 0), [10, 15, 20, 30])
        preparation = _drawn(self._rng, asked.get("preparation_share", 0), [15, 30, 45])
        return Act(person, row["role"], min(missed, session.minutes // 2), preparation)


def _drawn(rng: random.Random, share: float, minutes: list[int]) -> int:
    return rng.choice(minutes) if rng.random() < share else 0
