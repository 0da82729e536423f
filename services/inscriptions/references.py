"""Partners' references become our record ids here, at the edge; nothing behind it sees a reference of a person."""

from collections.abc import Iterable

from chassis.digests import keyed_digest
from chassis.references import RecordKeys
from contracts.partners import Partner
from services.inscriptions.domain.persons import NamedRecord


class References:
    """The years' keys, and what is known of the partners' sources."""

    def __init__(self, keys: RecordKeys, partners: Iterable[Partner]) -> None:
        self._keys, self._partners = keys, tuple(partners)
        self._systems = {system.source: system for partner in self._partners for system in partner.systems}

    def opened(self) -> "References":
        """For one batch: the years' keys as they are now."""
        return References(self._keys.opened(), self._partners)

    def name(self, source: str, reference: str, school_year: int) -> NamedRecord:
        """The record, and the same reference in other years where the source keeps them. Raises `NoRecordKey`."""
        record = self._keys.record_id(school_year, source, reference)
        system = self._systems.get(source)
        if system is None or not system.stable_references:
            return NamedRecord(record, source, school_year)
        others = [year for year in self._keys.years() if year != school_year]
        twins = tuple(self._keys.record_id(year, source, reference) for year in others)
        return NamedRecord(record, source, school_year, twins)

    def digest(self, school_year: int | None, data: bytes) -> str:
        """Of what names persons of that year; None: of nobody."""
        return keyed_digest(self._keys, school_year, data)

    def programmes_of(self, source: str) -> tuple[str, ...]:
        """Programmes that the source may speak of; none for a source that nobody has."""
        system = self._systems.get(source)
        return system.programmes if system else ()
