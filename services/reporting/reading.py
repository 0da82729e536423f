"""From a Kafka record to what projections take: an event, a tombstone, something to skip or to park. No I/O."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from pydantic import ValidationError

from chassis.errors import field_path
from contracts.catalogue import EVENTS
from contracts.envelope import Envelope as Whole
from contracts.envelope import NotAnEvent, decode
from contracts.topics import Topic
from services.reporting.projections.records import Arrived, Envelope, Removed
from services.reporting.storage import Parked
from services.reporting.wire import read_regular

_SUBJECT_LENGTH = 200


class Record(Protocol):
    """What is read of a consumer record."""

    @property
    def partition(self) -> int:
        """Of its topic."""

    @property
    def offset(self) -> int:
        """In its partition."""

    @property
    def key(self) -> bytes | None:
        """`<kind>/<id>` on compacted topics."""

    @property
    def value(self) -> bytes | None:
        """None: a tombstone."""

    @property
    def headers(self) -> Sequence[tuple[str, bytes]]:
        """The envelope in binary mode."""


@dataclass(frozen=True)
class Skipped:
    """A type that this version does not know: a newer service published it."""

    type: str


def read_record(topic: Topic, record: Record) -> Arrived | Removed | Skipped | Parked:
    """Tolerant: what a newer writer added is no reason to park."""
    if record.value is None and topic.config["cleanup.policy"] == "compact":
        return _tombstone(record)
    if record.value is not None and (regular := read_regular(topic.events, record.headers, record.value)):
        return Arrived(*regular, record.partition, record.offset)
    return read_by_contract(topic, record)


def read_by_contract(topic: Topic, record: Record) -> Arrived | Skipped | Parked:
    """Whatever is not plainly regular, and the measure for what is."""
    try:
        envelope = decode(record.headers, record.value)
    except NotAnEvent as error:
        return Parked(record.offset, error.reason, error.field, header(record, "ce_subject"))
    event = EVENTS.get(envelope.type)
    if event is None or event not in topic.events:
        return Skipped(envelope.type)
    try:
        fact = event.parse_read(envelope.data)
    except ValidationError as error:
        return _unreadable(record, envelope, error)
    kept = Envelope(envelope.time, envelope.correlation)
    return Arrived(event, fact, kept, record.partition, record.offset)


def _tombstone(record: Record) -> Removed | Parked:
    try:
        return Removed((record.key or b"").decode())
    except UnicodeDecodeError:
        return Parked(record.offset, "not_cloudevent", "key")


def _unreadable(record: Record, envelope: Whole, error: ValidationError) -> Parked:
    first = error.errors(include_url=False, include_input=False, include_context=False)[0]
    return Parked(
        offset=record.offset,
        reason=str(first["type"])[:_SUBJECT_LENGTH],
        field=field_path(first["loc"]) or "data",
        subject=_printable(envelope.subject),
        type=envelope.type,
        correlation=envelope.correlation,
    )


def header(record: Record, name: str) -> str | None:
    """Fit for a column, whatever the record holds."""
    found = next((content for key, content in record.headers if key == name), None)
    return _printable(found.decode(errors="replace")) if found else None


def _printable(text: str | None) -> str | None:
    """Fit for a column: PostgreSQL stores no NUL, and a broken record may hold anything."""
    if text is None:
        return None
    return "".join(letter if letter.isprintable() else "?" for letter in text[:_SUBJECT_LENGTH])
