"""Held activities of a programme in a period, with one line for each person and role (R1 to R4b, R9)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from examples.recount.facts import Data, Facts
from examples.recount.period import Period, local_day, school_year
from examples.recount.persons import Persons, Record

PRESENT = frozenset({"present", "distance", "retard", "depart_anticipe"})


@dataclass(frozen=True)
class Activity:
    """One held activity. `pupils` maps each registered pupil present to minutes; `acting` each person and role."""

    day: date
    kind: str
    minutes: int
    place: str | None
    headcounts: tuple[Data, ...]
    pupils: dict[Record, int]
    acting: dict[tuple[Record, str], int]
    unknown: frozenset[Record]


@dataclass(frozen=True)
class Calendar:
    """What stands in the calendar of the period."""

    held: list[Activity]
    cancelled: int
    without_roll: int


def calendar(facts: Facts, persons: Persons, programmes: Collection[str], period: Period) -> Calendar:
    """Only held activities count (R2); a planned one is data quality."""
    inside = [
        session
        for session in facts.sessions
        if session["programme"] in programmes and local_day(session["starts_at"]) in period
    ]
    return Calendar(
        held=[_activity(session, persons) for session in inside if session["said"] == "session.held"],
        cancelled=sum(session["said"] == "session.cancelled" for session in inside),
        without_roll=sum(session["said"] == "session.planned" for session in inside),
    )


def _activity(session: Data, persons: Persons) -> Activity:
    day = local_day(session["starts_at"])
    pupils: dict[Record, int] = {}
    acting: dict[tuple[Record, str], int] = {}
    unknown = set[Record]()
    for line in session.get("presences", ()):
        record = (session["source"], line["record"], school_year(day))
        person = persons.person(record)
        if not persons.is_registered_pupil(person):
            unknown.add(record)
        elif line["status"] in PRESENT:
            pupils[person] = max(pupils.get(person, 0), line.get("minutes", session["minutes"]))
    for line in session.get("acting", ()):
        record = (session["source"], line["record"], school_year(day))
        person = persons.person(record)
        if person in persons.engagements:
            key = person, line["role"]
            acting[key] = max(acting.get(key, 0), line.get("minutes", session["minutes"]))
        else:
            unknown.add(record)
    return Activity(
        day=day,
        kind=session["activity"],
        minutes=session["minutes"],
        place=session.get("place"),
        headcounts=tuple(session.get("headcounts", ())),
        pupils=pupils,
        acting=acting,
        unknown=frozenset(unknown),
    )
