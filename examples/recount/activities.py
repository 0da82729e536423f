"""Activities as they stand, with one line for each person and role (R1 to R4b, R9)."""

from dataclasses import dataclass
from datetime import date

from examples.recount.facts import Data
from examples.recount.period import local_day, school_year
from examples.recount.persons import SILENT, Persons, Record
from examples.recount.registry import Registry

PRESENT = frozenset({"present", "distance", "retard", "depart_anticipe"})


@dataclass(frozen=True)
class Activity:
    """One activity. A part of it (`cuts.py`) has fewer `pupils`, `headcounts` or `acting`, and the same `roll`.

    `said` is `held`, `cancelled` or `planned`. `roll` maps each registered pupil present to minutes, `acting` each
    person and role. `expected` are the registered pupils on the roll, present or not; `named` the organisers that
    the activity itself names, `organisers` those, or where it names none, the programme's.
    """

    said: str
    day: date
    programme: str
    kind: str
    minutes: int
    place: str | None
    subject: str | None
    title: str | None
    named: frozenset[str]
    organisers: frozenset[str]
    headcounts: tuple[Data, ...]
    stands: tuple[Data, ...]
    roll: dict[Record, int]
    pupils: dict[Record, int]
    acting: dict[tuple[Record, str], int]
    expected: frozenset[Record]
    unknown: frozenset[Record]

    @property
    def school_year(self) -> int:
        """The year in which its school year starts."""
        return school_year(self.day)


def read_activity(session: Data, persons: Persons, registry: Registry) -> Activity:
    """Only what is said of registered persons enters; the others' records are `unknown`."""
    day = local_day(session["starts_at"])
    roll, expected, strange = _roll(session, day, persons)
    acting, strangers = _acting(session, day, persons)
    named = frozenset(session.get("organisers") or ())
    return Activity(
        said=session["said"].removeprefix("session."),
        day=day,
        programme=session["programme"],
        kind=session["activity"],
        minutes=session["minutes"],
        place=session.get("place"),
        subject=session.get("subject_taught"),
        title=session.get("title"),
        named=named,
        organisers=named or frozenset(registry.organisers(session["programme"], day)),
        headcounts=tuple(_headcount(line) for line in session.get("headcounts") or ()),
        stands=tuple(session.get("stands") or ()),
        roll=roll,
        pupils=roll,
        acting=acting,
        expected=frozenset(expected),
        unknown=frozenset(strange | strangers),
    )


def _roll(session: Data, day: date, persons: Persons) -> tuple[dict[Record, int], set[Record], set[Record]]:
    roll: dict[Record, int] = {}
    expected, unknown = set[Record](), set[Record]()
    for line in session.get("presences") or ():
        record = (session["source"], line["record"], school_year(day))
        person = persons.person(record)
        if not persons.is_registered_pupil(person):
            unknown.add(record)
            continue
        expected.add(person)
        if line["status"] in PRESENT:
            roll[person] = max(roll.get(person, 0), _minutes(line, session))
    return roll, expected, unknown


def _acting(session: Data, day: date, persons: Persons) -> tuple[dict[tuple[Record, str], int], set[Record]]:
    acting: dict[tuple[Record, str], int] = {}
    unknown = set[Record]()
    for line in session.get("acting") or ():
        record = (session["source"], line["record"], school_year(day))
        person = persons.person(record)
        if person in persons.engagements:
            key = person, line["role"]
            acting[key] = max(acting.get(key, 0), _minutes(line, session))
        else:
            unknown.add(record)
    return acting, unknown


def _minutes(line: Data, session: Data) -> int:
    """What the person was there; where nobody says it, the whole session."""
    minutes = line.get("minutes")
    return int(session["minutes"] if minutes is None else minutes)


def _headcount(line: Data) -> Data:
    """`answer` says how its pupils are compared with those named (see `interval.py`); no level is None."""
    return {
        "establishment": line["establishment"],
        "level": None if line.get("level") in SILENT else line["level"],
        "pupils": line["pupils"],
        "girls": line.get("girls"),
        "answer": "whole",
    }
