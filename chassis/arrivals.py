"""Reads partners' records: what can be refused for its shape or its authority, before anything is looked up."""

import uuid
from dataclasses import dataclass

from pydantic import ValidationError

from chassis.digests import digest_of
from chassis.errors import Refused, fault_of
from chassis.positions import Record
from chassis.references import RecordKeys
from chassis.rejecting import Position
from contracts.base import Event
from contracts.catalogue import EVENTS
from contracts.envelope import Envelope, NotAnEvent, decode
from contracts.partners import Partner, PartnerSource
from contracts.topics import Topic


@dataclass(frozen=True)
class Origin:
    """Whose event it is, and as whom the partner spoke. `digest` is that of the parsed event."""

    partner: Partner
    system: PartnerSource
    source: str
    id: str
    digest: str


@dataclass(frozen=True, eq=False)
class Arrived:
    """A record that can be read, before anything is decided. Two are never the same one."""

    envelope: Envelope
    event: Event
    origin: Origin
    position: Position
    correlation: str

    @property
    def key(self) -> tuple[str, str]:
        """What makes it unique."""
        return self.origin.source, self.origin.id


@dataclass(frozen=True, eq=False)
class Unreadable:
    """A record that is refused for its shape or its authority."""

    position: Position
    refusal: Refused
    correlation: str


Read = Arrived | Unreadable


class Reader:
    """The inbound topics of one service."""

    def __init__(self, topics: dict[str, tuple[Topic, Partner]], keys: RecordKeys) -> None:
        self._topics, self._keys = topics, keys

    def opened(self) -> "Reader":
        """For one batch: the years' keys as they are now."""
        return Reader(self._topics, self._keys.opened())

    def read(self, record: Record) -> Read:
        """A record from Kafka. Its correlation id is the partner's own, else a new one."""
        position = Position(record.topic, record.partition, record.offset)
        try:
            envelope = decode(record.headers, record.value)
        except NotAnEvent as error:
            return Unreadable(position, Refused(error.reason, error.field, error.rule), str(uuid.uuid4()))
        return self.read_envelope(envelope, position, envelope.correlation or str(uuid.uuid4()))

    def read_envelope(self, envelope: Envelope, position: Position, correlation: str) -> Read:
        """A record whose envelope is known: also one that was held."""
        topic, partner = self._topics[position.topic]
        kind = EVENTS.get(envelope.type)
        if kind is None or kind not in topic.events:
            refusal = Refused("unknown_type", "type", "this topic does not carry this type")
            return Unreadable(position, refusal, correlation)
        system = partner.system(envelope.source)
        if system is None:
            refusal = Refused("source_not_allowed", "source", "this topic may not carry this source")
            return Unreadable(position, refusal, correlation)
        try:
            event = kind.parse_written(envelope.data)
        except ValidationError as error:
            return Unreadable(position, _refusal(error), correlation)
        digest = digest_of(self._keys, event)
        origin = Origin(partner, system, envelope.source, envelope.id, digest)
        return Arrived(envelope, event, origin, position, correlation)


def _refusal(error: ValidationError) -> Refused:
    """The first fault: its field and rule. What was sent is never part of it."""
    first = error.errors(include_url=False, include_input=False)[0]
    if first["type"] == "json_invalid":
        return Refused("not_json", "value", "the data is a JSON object in UTF-8")
    field, rule, message = fault_of(first)
    return Refused("schema", field or "data", f"{rule}: {message}")
