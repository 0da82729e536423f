"""From a source's references to record ids. Pure: the keys are handed in."""

from collections.abc import Sequence
from datetime import datetime
from typing import Protocol

from chassis.references import NoRecordKey, paris_day, school_year_of
from contracts.sessions import Acting, Presence


class Keys(Protocol):
    """The years' record keys: `chassis.references.RecordKeys` in the service."""

    def years(self) -> tuple[int, ...]:
        """Start years that have a key."""

    def record_id(self, school_year: int, source: str, reference: str) -> str:
        """Id of what `source` says of `reference` in that year. Raises `NoRecordKey`."""


def open_year(keys: Keys, starts_at: datetime) -> int:
    """School year of the session's Paris date. Raises `NoRecordKey` when its key is gone: its rolls are closed."""
    year = school_year_of(paris_day(starts_at))
    if year not in keys.years():
        raise NoRecordKey
    return year


def own_presences(keys: Keys, year: int, source: str, presences: Sequence[Presence]) -> tuple[Presence, ...]:
    """The same lines under our record ids."""
    return tuple(line.model_copy(update={"record": keys.record_id(year, source, line.record)}) for line in presences)


def own_acting(keys: Keys, year: int, source: str, acting: Sequence[Acting]) -> tuple[Acting, ...]:
    """The same persons under our record ids; one person in two roles keeps one id."""
    return tuple(line.model_copy(update={"record": keys.record_id(year, source, line.record)}) for line in acting)
