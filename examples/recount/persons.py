"""Whose record is whose (R5), and what is said of each person at a date (R7)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from examples.recount.facts import Data, Facts
from examples.recount.period import Period, local_day, school_year

Record = tuple[str, str, int]
"""Source, reference, school year."""

_SILENT = frozenset({None, "NON_RENSEIGNE", "non_renseigne"})


@dataclass(frozen=True)
class Persons:
    """Records grouped into persons. A person is named by one of the records."""

    person_of: dict[Record, Record]
    profiles: dict[Record, list[Data]] = field(default_factory=dict)
    enrolments: dict[Record, list[Data]] = field(default_factory=dict)
    engagements: dict[Record, list[Data]] = field(default_factory=dict)

    def person(self, record: Record) -> Record:
        """The person behind a record; a record that nobody joined is a person of its own."""
        return self.person_of.get(record, record)

    def attribute(self, person: Record, day: date, name: str) -> str | None:
        """Level, establishment … of a pupil at a date, as recorded last by whoever says it; None when nobody does."""
        said = [span for span in self.profiles.get(person, ()) if _covers(span, day) and span.get(name) not in _SILENT]
        last = max(said, key=lambda span: str(span["at"]), default=None)
        return None if last is None else str(last[name])

    def is_registered_pupil(self, person: Record) -> bool:
        """Somebody speaks of a pupil: with a profile, or with an enrolment that was not withdrawn."""
        return person in self.profiles or bool(self.enrolments.get(person))

    def is_student(self, person: Record, day: date) -> bool:
        """Engaged as a student on that day, whatever else the person is."""
        spans = self.engagements.get(person, ())
        return any(_covers(span, day) and span["category"] == "etudiant" for span in spans)

    def is_tutee(self, person: Record, day: date) -> bool:
        """Holds a tutorat enrolment, in any programme, that is active on that day."""
        return any(_is_active(span) and _covers(span, day) for span in self.enrolments.get(person, ()))

    def enrolled_in(self, programmes: Collection[str], period: Period) -> set[Record]:
        """Persons with a tutorat enrolment of these programmes, active on a day of the period or more."""
        return {
            person
            for person, spans in self.enrolments.items()
            if any(_is_active(span) and span["programme"] in programmes and _meets(span, period) for span in spans)
        }


def resolve_persons(facts: Facts, stable_sources: Collection[str]) -> Persons:
    """Join records by what partners state, and by references that a system keeps from year to year."""
    parent: dict[Record, Record] = {}
    for join in facts.joins:
        sides = [(side["source"], side["record"], side["school_year"]) for side in join.get("records", ())]
        for side in sides:
            _unite(parent, sides[0], side)
    first: dict[tuple[str, str], Record] = {}
    for record in [*_records(facts), *list(parent)]:
        if record[0] in stable_sources:
            _unite(parent, first.setdefault(record[:2], record), record)
    persons = Persons({record: _root(parent, record) for record in list(parent)})
    for said, spans in (
        (facts.profiles, persons.profiles),
        (facts.enrolments, persons.enrolments),
        (facts.engagements, persons.engagements),
    ):
        for fact in said:
            person = persons.person((fact["source"], fact["record"], fact["school_year"]))
            spans.setdefault(person, []).extend(
                {**span, "at": fact["at"], "programme": fact.get("programme")} for span in fact.get("spans", ())
            )
    return persons


def _records(facts: Facts) -> Iterable[Record]:
    """Every record that somebody speaks of, on rolls too: the year is the activity's."""
    for fact in (*facts.profiles, *facts.enrolments, *facts.engagements):
        yield fact["source"], fact["record"], fact["school_year"]
    for session in facts.sessions:
        year = school_year(local_day(session["starts_at"]))
        for line in (*session.get("presences", ()), *session.get("acting", ())):
            yield session["source"], line["record"], year


def _root(parent: dict[Record, Record], record: Record) -> Record:
    while parent.setdefault(record, record) != record:
        record = parent[record]
    return record


def _unite(parent: dict[Record, Record], left: Record, right: Record) -> None:
    parent[_root(parent, right)] = _root(parent, left)


def _covers(span: Data, day: date) -> bool:
    return span["starts_on"] <= day.isoformat() and ("ends_on" not in span or day.isoformat() < span["ends_on"])


def _meets(span: Data, period: Period) -> bool:
    starts_before = bool(span["starts_on"] < period.end.isoformat())
    return starts_before and ("ends_on" not in span or span["ends_on"] > period.start.isoformat())


def _is_active(span: Data) -> bool:
    return bool(span["kind"] == "tutorat" and span.get("status", "active") == "active")
