"""What partners say of people. What is ours here: authority, closed years, and references that become ids."""

from typing import assert_never

from chassis.errors import Refused
from chassis.inbox import Origin, Outcome
from chassis.references import NoRecordKey
from chassis.transaction import Transaction
from contracts.people import PupilEnrolled, PupilProfiled, RecordsJoined, VolunteerEngaged
from services.inscriptions import handlers
from services.inscriptions.domain.facts import PersonFact, Standing
from services.inscriptions.domain.persons import NamedRecord, Statement
from services.inscriptions.references import References

_OUTCOMES = {Standing.NEWER: Outcome.ACCEPTED, Standing.OLDER: Outcome.STALE, Standing.SAME: Outcome.DUPLICATE}


class PartnerEvents:
    """The four facts of partners' inbound topics."""

    def __init__(self, references: References) -> None:
        self._references = references

    async def on_partner_event(self, tx: Transaction, event: PersonFact | RecordsJoined, origin: Origin) -> Outcome:
        """Raises `Refused` and `NotKnownYet`, both before anything is written."""
        match event:
            case PupilProfiled() | PupilEnrolled() | VolunteerEngaged():
                standing = await self._record_fact(tx, event, origin)
            case RecordsJoined():
                standing = await self._join_records(tx, event, origin)
            case _:
                assert_never(event)
        return _OUTCOMES[standing]

    async def _record_fact(self, tx: Transaction, event: PersonFact, origin: Origin) -> Standing:
        if isinstance(event, PupilEnrolled) and event.programme not in origin.system.programmes:
            raise Refused("programme_not_allowed", "programme", "this source may not speak of this programme")
        named = self._name(origin.source, event.record, event.school_year, "school_year")
        return await handlers.record_fact(tx, event, named, origin.digest)

    def _check_authority(self, event: RecordsJoined, origin: Origin) -> None:
        """A sender attaches its own records to one of somebody else's, and never joins two of others to each other."""
        foreign = [side for side in event.records if origin.partner.system(side.source) is None]
        if event.records and len(foreign) == len(event.records):
            raise Refused("source_not_allowed", "records", "at least one record belongs to the sender")
        if len(foreign) > 1:
            raise Refused("source_not_allowed", "records", "at most one record belongs to another partner")
        if any(not self._references.programmes_of(side.source) for side in foreign):
            raise Refused("source_not_allowed", "records", "each source is that of a known system")

    async def _join_records(self, tx: Transaction, event: RecordsJoined, origin: Origin) -> Standing:
        self._check_authority(event, origin)
        named = [
            self._name(side.source, side.record, side.school_year, f"records[{position}].school_year")
            for position, side in enumerate(event.records)
        ]
        statement = Statement(origin.source, event.join)
        return await handlers.join_records(tx, statement, named, event.version, origin.digest)

    def _name(self, source: str, reference: str, school_year: int, field: str) -> NamedRecord:
        try:
            return self._references.name(source, reference, school_year)
        except NoRecordKey:
            raise Refused("year_closed", field, "the records of this school year are closed") from None
