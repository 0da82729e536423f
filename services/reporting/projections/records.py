"""What a record of ours says: an event, or that an aggregate is gone. No tables here."""

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from msgspec import Struct

from contracts.base import Event, Span

LONG_AGO = datetime(1970, 1, 1, tzinfo=UTC)
ORIGIN = ("recorded_at", "correlation", "at_partition", "at_offset")
SPAN = ("starts_on", "ends_on")


class Envelope(Struct, frozen=True, gc=False):
    """What is kept of what stood around a fact: when its producer recorded it, and the way back to the request."""

    time: datetime | None
    correlation: str | None


class Arrived(Struct, frozen=True, gc=False):
    """An event and where it stands on its topic.

    `kind` is the contract's model. `event` is one of it, or on the hot path a struct of `services.reporting.wire` whose
    attributes have the same names and values: ask `kind` what it is, never `isinstance`.
    """

    kind: type[Event]
    event: Any
    envelope: Envelope
    partition: int
    offset: int

    @property
    def recorded_at(self) -> datetime:
        """When its producer recorded it: decides between two records of one person (R7), whichever came first."""
        return self.envelope.time or LONG_AGO

    @property
    def origin(self) -> tuple[datetime, str | None, int, int]:
        """The columns that every row keeps of it, as `ORIGIN` names them."""
        envelope = self.envelope
        return envelope.time or LONG_AGO, envelope.correlation, self.partition, self.offset


@dataclass(frozen=True)
class Removed:
    """A tombstone on a compacted topic: the aggregate of this key is gone."""

    key: str


def dates_of(span: Span) -> tuple[date, date]:
    """As `SPAN` names them. Without an end: for ever (`infinity`)."""
    return span.starts_on, span.ends_on or date.max
