"""What a batch of reports touches, and how it changes report by report. Pure: rows are loaded before and saved after.

A later report of the same batch meets what the earlier ones have made, exactly as it would have met it in the tables.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from chassis.errors import NotKnownYet
from services.inscriptions.domain import facts
from services.inscriptions.domain.facts import PersonFact, Reported, Standing
from services.inscriptions.domain.persons import NamedRecord, Statement


@dataclass(frozen=True)
class FactReport:
    """A fact of a person; `named` is its record and `subject` the one that it has as ours."""

    fact: PersonFact
    named: NamedRecord
    subject: str
    digest: str


@dataclass(frozen=True)
class JoinReport:
    """These records are one person. `version` is None for whoever speaks without: other content is newer then."""

    statement: Statement
    records: tuple[NamedRecord, ...]
    version: int | None
    digest: str


Report = FactReport | JoinReport


@dataclass(frozen=True)
class Joined:
    """What a statement holds together, and the correlation id of the report that said so."""

    records: tuple[NamedRecord, ...]
    correlation: str


@dataclass
class People:
    """The first four are as loaded, and go on with each report; the rest is what must be saved."""

    known: frozenset[str] = frozenset()
    """Entries of the registry, of those that the reports name."""
    registered: set[str] = field(default_factory=set)
    """Records, of those that the facts speak of."""
    facts: dict[str, Reported] = field(default_factory=dict)
    statements: dict[Statement, Reported] = field(default_factory=dict)

    recorded: dict[str, PersonFact] = field(default_factory=dict)
    """The last fact of each subject, as ours."""
    joined: dict[Statement, Joined] = field(default_factory=dict)
    """What each statement says now."""
    named: dict[str, NamedRecord] = field(default_factory=dict)
    """Records that are registered or joined, in the order in which they were first met."""
    causes: dict[str, str] = field(default_factory=dict)
    """Record → correlation id of the report that moved it last."""

    def weigh_fact(self, report: FactReport) -> tuple[Standing, PersonFact | None]:
        """What the report is worth, and the fact as ours if it is newer. Raises `Refused` and `NotKnownYet`."""
        known = self.facts.get(report.subject)
        standing = facts.compare(known, report.fact.version, report.digest)
        if standing is not Standing.NEWER:
            return standing, None
        for subject in facts.subjects_named(report.fact):
            if subject not in self.known:
                raise NotKnownYet(subject)
        return standing, facts.record_fact(known, report.fact, report.named.id)

    def record_fact(self, report: FactReport, ours: PersonFact, correlation: str) -> None:
        """The newer fact stands; its record is registered."""
        self.recorded[report.subject] = ours
        self.facts[report.subject] = Reported(ours.version, report.fact.version, report.digest)
        if report.named.id not in self.registered:
            self.registered.add(report.named.id)
            self._move([report.named], correlation)

    def join_records(self, report: JoinReport, correlation: str) -> Standing:
        """A newer statement replaces the earlier one. Raises `Refused`."""
        known = self.statements.get(report.statement)
        version = report.version or facts.version_for(known, report.digest)
        standing = facts.compare(known, version, report.digest)
        if standing is Standing.NEWER:
            self.statements[report.statement] = Reported(facts.next_version(known), version, report.digest)
            self.joined[report.statement] = Joined(report.records, correlation)
            self._move(report.records, correlation)
        return standing

    def _move(self, records: Iterable[NamedRecord], correlation: str) -> None:
        for record in records:
            self.named.setdefault(record.id, record)
            # Where several reports move a record, the last one is what its assignment follows from.
            self.causes.pop(record.id, None)
            self.causes[record.id] = correlation
