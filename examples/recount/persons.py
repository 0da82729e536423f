"""Whose record is whose (R5), and what is said of each person at a date (R7)."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import date

from examples.recount.facts import Data, Facts
from examples.recount.spans import covers, span_of

Record = tuple[str, str, int]
"""Source, reference, school year."""
Spans = dict[Record, list[Data]]

SILENT = frozenset({None, "NON_RENSEIGNE", "non_renseigne"})
"""What says nothing."""


@dataclass(frozen=True)
class Persons:
    """Records grouped into persons. A person is named by one of the records.

    What is said of a person is a list of spans, or of whole facts for `trainings` and `certificates`.
    """

    person_of: dict[Record, Record]
    profiles: Spans = field(default_factory=dict)
    enrolments: Spans = field(default_factory=dict)
    engagements: Spans = field(default_factory=dict)
    studies: Spans = field(default_factory=dict)
    trainings: Spans = field(default_factory=dict)
    certificates: Spans = field(default_factory=dict)
    _answers: dict[tuple[Record, date, str], str | None] = field(default_factory=dict)

    def person(self, record: Record) -> Record:
        """The person behind a record; a record that nobody joined is a person of its own."""
        return self.person_of.get(record, record)

    def attribute(self, person: Record, day: date, name: str) -> str | None:
        """Level, establishment … of a pupil at a date, as recorded last by whoever says it; None when nobody does."""
        asked = person, day, name
        if asked not in self._answers:
            self._answers[asked] = _said_last(self.profiles.get(person, []), day, name)
        return self._answers[asked]

    def gender_acting(self, person: Record, day: date) -> str | None:
        """The gender of an acting person at a date, by the engagements; None when nobody says it."""
        return _said_last(self.engagements.get(person, []), day, "gender")

    def is_registered_pupil(self, person: Record) -> bool:
        """Somebody speaks of a pupil: with a profile, or with an enrolment that was not withdrawn."""
        return person in self.profiles or person in self.enrolments

    def engaged(self, person: Record, day: date, categories: Collection[str] = ()) -> list[Data]:
        """The person's engagements on that day, in any of these categories or, without categories, in any."""
        spans = self.engagements.get(person, ())
        return [
            span for span in spans if covers(span["span"], day) and (not categories or span["category"] in categories)
        ]

    def is_tutee(self, person: Record, day: date) -> bool:
        """Holds a tutorat enrolment, in any programme, that is active on that day."""
        return any(is_active(span) and covers(span["span"], day) for span in self.enrolments.get(person, ()))


def is_active(enrolment: Data) -> bool:
    """Only these make a tutee (I02)."""
    return enrolment["kind"] == "tutorat" and (enrolment.get("status") or "active") == "active"


def resolve_persons(facts: Facts, stable_sources: Collection[str]) -> Persons:
    """Join records by what partners state, and by references that a system keeps from year to year."""
    persons = Persons(_joined(facts, stable_sources))
    for said, spans in (
        (facts.profiles, persons.profiles),
        (facts.enrolments, persons.enrolments),
        (facts.engagements, persons.engagements),
        (facts.studies, persons.studies),
    ):
        for fact in said:
            for place, span in enumerate(fact.get("spans") or ()):
                spans.setdefault(_person_of(fact, persons), []).append(_with_fact(span, fact, place))
    for said, whole in ((facts.trainings, persons.trainings), (facts.certificates, persons.certificates)):
        for fact in said:
            whole.setdefault(_person_of(fact, persons), []).append(fact)
    return persons


def _joined(facts: Facts, stable_sources: Collection[str]) -> dict[Record, Record]:
    """The person of every record that somebody joined to another, by a statement or by a lasting reference.

    A lasting reference joins only the years in which a fact or a join names it.
    """
    parent: dict[Record, Record] = {}
    for join in facts.joins:
        sides = [(side["source"], side["record"], side["school_year"]) for side in join.get("records") or ()]
        for side in sides:
            _unite(parent, sides[0], side)
    first: dict[tuple[str, str], Record] = {}
    for record in [*dict.fromkeys(_records(facts)), *list(parent)]:
        if record[0] in stable_sources:
            _unite(parent, first.setdefault(record[:2], record), record)
    return {record: _root(parent, record) for record in list(parent)}


def _person_of(fact: Data, persons: Persons) -> Record:
    return persons.person((fact["source"], fact["record"], fact["school_year"]))


def _with_fact(span: Data, fact: Data, place: int) -> Data:
    # Of one fact the later span decides; among facts of one moment the choice must not depend on who came first.
    order = fact["at"], fact["source"], fact["record"], fact["school_year"], place
    return {**span, "span": span_of(span), "order": order, "programme": fact.get("programme")}


def _said_last(spans: list[Data], day: date, name: str) -> str | None:
    said = [span for span in spans if span.get(name) not in SILENT and covers(span["span"], day)]
    last = max(said, key=lambda span: span["order"], default=None)
    return None if last is None else str(last[name])


def _records(facts: Facts) -> Iterable[Record]:
    """Every record that a person's fact names. A roll makes no person: its year may be one without registration."""
    for group in (facts.profiles, facts.enrolments, facts.engagements, facts.studies, facts.trainings):
        for fact in group:
            yield fact["source"], fact["record"], fact["school_year"]
    for fact in facts.certificates:
        yield fact["source"], fact["record"], fact["school_year"]


def _root(parent: dict[Record, Record], record: Record) -> Record:
    while parent.setdefault(record, record) != record:
        record = parent[record]
    return record


def _unite(parent: dict[Record, Record], left: Record, right: Record) -> None:
    parent[_root(parent, right)] = _root(parent, left)
