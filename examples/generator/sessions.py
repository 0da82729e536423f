"""The calendar of a programme: groups, weeks, visits. Who comes and how long it lasts is in `rolls`."""

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import Enum

from examples.generator.people import Pupil, Volunteer
from examples.generator.plan import Lycee, Plan, SchoolYear

ABSENT = frozenset({"absent_justifie", "absent_non_justifie", "non_renseigne"})


class Fate(Enum):
    """What becomes of a session that somebody meant to hold."""

    HELD = "held"
    CANCELLED = "cancelled"
    NEVER_HELD = "never held"


@dataclass
class Seat:
    """One pupil on a roll; `missed` minutes are taken off the session's."""

    pupil: Pupil
    status: str
    missed: int = 0

    @property
    def present(self) -> bool:
        """Counts as present (R3)."""
        return self.status not in ABSENT


@dataclass
class Act:
    """One person acting, in one role."""

    person: Volunteer
    role: str
    missed: int = 0
    preparation: int = 0


@dataclass(eq=False)
class Session:
    """One activity. Only a held one has seats and acts that count; `members` are the pupils expected."""

    year: int
    day: date
    hour: str
    activity: str
    lycee: Lycee
    members: list[Pupil]
    place: str | None = None
    subject: str | None = None
    minutes: int = 0
    fate: Fate = Fate.HELD
    reference: str = ""
    seats: list[Seat] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)

    @property
    def tutoring(self) -> bool:
        """A tutoring session (I02)."""
        return self.activity == "tutorat"


def schedule(plan: Plan, pupils: list[Pupil]) -> list[Session]:
    """Every session of every school year, by date."""
    sessions = [session for year in plan.years for session in _year(plan, year, pupils)]
    sessions.sort(key=lambda session: session.day)
    numbers = plan.rng("session references").sample(range(1000, 1000 + 9 * len(sessions)), len(sessions))
    for session, number in zip(sessions, numbers, strict=True):
        session.reference = f"{plan.programme}-s-{number}"
    return sessions


def tutored(plan: Plan, session: Session, pupil: Pupil) -> bool:
    """Whether being there makes this pupil tutored, in the period aimed at."""
    stay = pupil.stays.get(session.year)
    if stay is None or pupil.guest or not (session.tutoring and plan.in_aim(session.day)):
        return False
    return pupil in session.members and stay.tutee_from <= session.day < stay.tutee_to


def _year(plan: Plan, year: SchoolYear, pupils: list[Pupil]) -> list[Session]:
    rng, rhythm = plan.rng(f"sessions|{year.year}"), plan.tables["rhythm"]
    closed = {date.fromisoformat(day) for day in rhythm["closed"]}
    sessions = []
    for lycee in plan.lycees:
        there = [pupil for pupil in pupils if pupil.lycee is lycee and year.year in pupil.stays]
        for establishment in lycee.establishments:
            uai = establishment.uai
            own = [pupil for pupil in there if not pupil.guest and pupil.stays[year.year].schooling[0].uai == uai]
            for group in _groups(rng, own, rhythm["group_size"]):
                weekday, hour = rng.choice(rhythm["weekdays"]), rng.choice(rhythm["hours"])
                days = [week + timedelta(days=weekday) for week in year.weeks]
                sessions += [
                    _tutoring(plan, rng, Session(year.year, day, hour, "tutorat", lycee, group, place=uai))
                    for day in days
                    if day not in closed
                ]
        if there:
            sessions.append(_visit(plan, rng, year, lycee, there))
    return sessions


def _groups(rng: random.Random, pupils: list[Pupil], size: int) -> list[list[Pupil]]:
    drawn = rng.sample(pupils, len(pupils))
    number = -(-len(drawn) // size)
    return [drawn[position::number] for position in range(number)]


def _tutoring(plan: Plan, rng: random.Random, session: Session) -> Session:
    """Who has left the tutoring is not expected any more; who is enrolled late comes before the enrolment counts."""
    stays = [(pupil, pupil.stays[session.year]) for pupil in session.members]
    session.members = [pupil for pupil, stay in stays if session.day < stay.tutee_to]
    session.subject = rng.choice(plan.subjects)
    return session


def _visit(plan: Plan, rng: random.Random, year: SchoolYear, lycee: Lycee, there: list[Pupil]) -> Session:
    asked = plan.tables["visits"]
    day = date.fromisoformat(asked["weeks"][str(year.year)]) + timedelta(days=2)
    tutees = [pupil for pupil in there if not pupil.guest]
    invited = rng.sample(tutees, round(len(tutees) * asked["pupils_share"]))
    guests = [pupil for pupil in there if pupil.guest]
    return Session(year.year, day, "14:00", asked["activity"], lycee, invited + guests, minutes=asked["minutes"])
