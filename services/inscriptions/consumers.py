"""What partners say of people. What is ours here: authority, closed years, and references that become ids."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from chassis.errors import DomainError, Refused
from chassis.inbox import Arrived, Fold, Origin, Outcome
from chassis.references import NoRecordKey
from chassis.transaction import Transaction
from contracts.people import CertificateIssued, PupilEnrolled, RecordsJoined, TrainingCompleted
from services.inscriptions import handlers
from services.inscriptions.domain.facts import PERSON_FACTS, PersonFact, Standing, subject_of
from services.inscriptions.domain.people import FactReport, JoinReport, People, Report
from services.inscriptions.domain.persons import NamedRecord, Statement
from services.inscriptions.references import References

_OUTCOMES = {Standing.NEWER: Outcome.ACCEPTED, Standing.OLDER: Outcome.STALE, Standing.SAME: Outcome.DUPLICATE}
_OF_A_PROGRAMME = (PupilEnrolled, TrainingCompleted, CertificateIssued)


class PartnerEvents:
    """The facts of partners' inbound topics."""

    def __init__(self, references: References) -> None:
        self._references = references

    async def on_partner_event(self, tx: Transaction, arrived: Sequence[Arrived]) -> Fold:
        """Each event as a report, or as what refuses it; and everything that the reports touch."""
        reading = _Reading(self._references.opened())
        reports = {one: reading.read(one) for one in arrived}
        touched = [report for report in reports.values() if not isinstance(report, Refused)]
        return PeopleFold(reports, await handlers.load_people(tx, touched))


@dataclass
class PeopleFold:
    """One batch."""

    reports: Mapping[Arrived, Report | Refused]
    people: People

    async def decide(self, tx: Transaction, one: Arrived) -> Outcome:
        """Raises `Refused` and `NotKnownYet`, both before anything is changed."""
        match report := self.reports[one]:
            case FactReport():
                return _OUTCOMES[await handlers.record_fact(tx, self.people, report)]
            case JoinReport():
                return _OUTCOMES[self.people.join_records(report, tx.correlation)]
            case DomainError():
                raise report

    async def save(self, tx: Transaction) -> None:
        """Write what the reports have changed."""
        await handlers.save_people(tx, self.people)


@dataclass(frozen=True)
class _Reading:
    """Authority, and references that become ids, with the keys of one batch."""

    references: References

    def read(self, one: Arrived) -> Report | Refused:
        """The event as ours."""
        event, origin = one.event, one.origin
        try:
            if isinstance(event, RecordsJoined):
                return self._join_records(event, origin)
            if isinstance(event, PERSON_FACTS):
                return self._record_fact(event, origin)
        except Refused as refusal:
            return refusal
        raise TypeError(event.type)

    def _record_fact(self, event: PersonFact, origin: Origin) -> FactReport:
        if isinstance(event, _OF_A_PROGRAMME) and event.programme not in origin.system.programmes:
            raise Refused("programme_not_allowed", "programme", "this source may not speak of this programme")
        named = self._name(origin.source, event.record, event.school_year, "school_year")
        return FactReport(event, named, subject_of(event, named.id), origin.digest)

    def _check_authority(self, event: RecordsJoined, origin: Origin) -> None:
        """A sender attaches its own records to one of somebody else's, and never joins two of others to each other."""
        foreign = [side for side in event.records if origin.partner.system(side.source) is None]
        if event.records and len(foreign) == len(event.records):
            raise Refused("source_not_allowed", "records", "at least one record belongs to the sender")
        if len(foreign) > 1:
            raise Refused("source_not_allowed", "records", "at most one record belongs to another partner")
        if any(not self.references.programmes_of(side.source) for side in foreign):
            raise Refused("source_not_allowed", "records", "each source is that of a known system")

    def _join_records(self, event: RecordsJoined, origin: Origin) -> JoinReport:
        self._check_authority(event, origin)
        named = tuple(
            self._name(side.source, side.record, side.school_year, f"records[{position}].school_year")
            for position, side in enumerate(event.records)
        )
        return JoinReport(Statement(origin.source, event.join), named, event.version, origin.digest)

    def _name(self, source: str, reference: str, school_year: int, field: str) -> NamedRecord:
        try:
            return self.references.name(source, reference, school_year)
        except NoRecordKey:
            raise Refused("year_closed", field, "the records of this school year are closed") from None
