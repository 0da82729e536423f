"""CloudEvents 1.0 on Kafka: binary mode out, both modes in. What is not an event raises `NotAnEvent`."""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from cloudevents.core.bindings import kafka
from cloudevents.core.exceptions import CloudEventValidationError
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent

from contracts.base import Event
from contracts.dates import in_years, read_moment

Headers = Sequence[tuple[str, bytes]]

_REQUIRED = ("specversion", "id", "source", "type")
_OPTIONAL = ("subject", "time", "datacontenttype", "dataschema")
# Ids and sources are stored and compared: printable ASCII, of a length that an index can hold.
_PRINTABLE = re.compile(r"[!-~]{1,200}")
_CORRELATION = re.compile(r"[0-9A-Za-z-]{1,64}")
_STRUCTURED = "application/cloudevents"


class NotAnEvent(Exception):
    """The record is not a CloudEvent. `reason` is a code, `field` an attribute or header position, never a value."""

    def __init__(self, reason: str, field: str, rule: str) -> None:
        super().__init__(f"{reason}: {field}: {rule}")
        self.reason, self.field, self.rule = reason, field, rule


@dataclass(frozen=True)
class Envelope:
    """What stands around the data. `data` is the JSON text of the fact."""

    id: str
    source: str
    type: str
    data: bytes
    time: datetime | None = None
    subject: str | None = None
    correlation: str | None = None


@dataclass(frozen=True)
class Message:
    """A record ready to be sent."""

    key: bytes
    value: bytes
    headers: tuple[tuple[str, bytes], ...]


def encode(event: Event, *, id: str, source: str, time: datetime, correlation: str) -> Message:  # noqa: A002 - its name
    """One of our events in binary mode; the key is also the `partitionkey` attribute."""
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": id,
        "source": source,
        "type": event.type,
        "subject": event.subject,
        "time": time,
        "datacontenttype": "application/json",
        "partitionkey": event.key,
        "correlationid": correlation,
    }
    message = kafka.to_binary(CloudEvent(attributes, None), JSONFormat())
    return Message(event.key.encode(), event.to_data(), tuple(message.headers.items()))


def decode(headers: Headers, value: bytes | None) -> Envelope:
    """Read a record in either mode. The Kafka key is the partner's choice and is not read. Raises `NotAnEvent`."""
    text = _text_headers(headers)
    if value is None:
        raise NotAnEvent("not_cloudevent", "value", "the record has no value")
    if text.get("content-type", "").lower().startswith(_STRUCTURED):
        attributes, data = _structured(value)
    else:
        attributes = {name[3:]: content for name, content in text.items() if name.startswith("ce_")}
        data = value
    return _envelope(attributes, data)


def _text_headers(headers: Headers) -> dict[str, str]:
    text: dict[str, str] = {}
    for position, (name, content) in enumerate(headers):
        try:
            decoded = (content or b"").decode("utf-8")
        except UnicodeDecodeError:
            raise NotAnEvent("header_not_utf8", f"headers[{position}]", "headers are UTF-8 text") from None
        lower = name.lower()
        if lower in text and lower.startswith("ce_"):
            raise NotAnEvent("not_cloudevent", f"headers[{position}]", "the same attribute twice")
        text[lower] = decoded
    return text


def _structured(value: bytes) -> tuple[dict[str, Any], bytes]:
    try:
        loaded = json.loads(value)
        # Within the try: what is nested just deep enough to be read may be too deep to be written.
        data = json.dumps(loaded.pop("data", None) if isinstance(loaded, dict) else None).encode()
    except (ValueError, RecursionError):
        raise NotAnEvent("not_json", "value", "a structured event is a JSON object in UTF-8") from None
    if not isinstance(loaded, dict) or data == b"null":
        raise NotAnEvent("not_cloudevent", "data", "a structured event has its fact under `data`")
    # CloudEvents' JSON format: an attribute that is null is one that is not set.
    return {name: content for name, content in loaded.items() if content is not None}, data


def _envelope(attributes: dict[str, Any], data: bytes) -> Envelope:
    # The library invents a missing id and a missing time; an event without id is refused, one without time has none.
    for name in _REQUIRED:
        if not isinstance(attributes.get(name), str) or not attributes[name]:
            raise NotAnEvent("not_cloudevent", name, "the attribute is required")
    for name in ("id", "source", "type"):
        if not _PRINTABLE.fullmatch(attributes[name]):
            raise NotAnEvent("not_cloudevent", name, "printable ASCII, at most 200 characters")
    time = _time(attributes["time"]) if "time" in attributes else None
    if time:
        attributes["time"] = time
    try:
        event = CloudEvent(attributes, None)
    except CloudEventValidationError as error:
        raise NotAnEvent("not_cloudevent", _attributes_of(error), "see CloudEvents 1.0") from None
    correlation = event.get_extension("correlationid")
    readable = isinstance(correlation, str) and _CORRELATION.fullmatch(correlation)
    subject = event.get_subject()
    return Envelope(
        id=event.get_id(),
        source=event.get_source(),
        type=event.get_type(),
        data=data,
        time=time,
        # A partner's subject is not read; only what can be stored and shown goes on.
        subject=subject if subject and _PRINTABLE.fullmatch(subject) else None,
        correlation=correlation if readable else None,
    )


def _time(text: object) -> datetime:
    try:
        if isinstance(text, str) and in_years(moment := read_moment(text)):
            return moment
    except ValueError:
        pass
    raise NotAnEvent("not_cloudevent", "time", "an RFC 3339 timestamp with seconds and offset, 1990 to 2100")


def _attributes_of(error: CloudEventValidationError) -> str:
    """The names of the wrong attributes; one that a partner made up is not repeated."""
    known = (*_REQUIRED, *_OPTIONAL)
    return ", ".join(sorted({name if name in known else "extension" for name in error.errors}))
