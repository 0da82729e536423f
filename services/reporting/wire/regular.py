"""A whole record, if it is plainly regular: headers as the relay writes them, and a value that is one of our facts."""

import re
from collections.abc import Callable, Sequence
from operator import itemgetter

from msgspec import MsgspecError
from msgspec.json import Decoder
from pydantic_core import from_json

from contracts import people as of_people
from contracts import sessions as of_sessions
from contracts.base import Event
from services.reporting.projections.records import Envelope
from services.reporting.wire import people, sessions
from services.reporting.wire.checks import Irregular, moment
from services.reporting.wire.facts import Fact

_NAMES = 9
# What the models' parser takes is nested less deep than 200.
_SURELY_FLAT = 190
_lines = itemgetter("ce_id", "ce_source", "ce_subject", "ce_partitionkey", "ce_correlationid", "ce_time")
_match_lines = re.compile(rb"(?:[!-~]{1,200}\n){4}([0-9A-Za-z-]{1,64})\n([!-~]+)").fullmatch

_Read = Callable[[bytes], Fact]
_FACTS: dict[bytes, tuple[type[Event], _Read]] = {
    model.type.encode(): (model, Decoder(fact).decode)
    for model, fact in (
        (of_sessions.SessionPlanned, sessions.SessionPlanned),
        (of_sessions.SessionHeld, sessions.SessionHeld),
        (of_sessions.SessionCancelled, sessions.SessionCancelled),
        (of_people.PupilProfiled, people.PupilProfiled),
        (of_people.PupilEnrolled, people.PupilEnrolled),
        (of_people.VolunteerEngaged, people.VolunteerEngaged),
        (of_people.StudentEnrolled, people.StudentEnrolled),
        (of_people.TrainingCompleted, people.TrainingCompleted),
        (of_people.CertificateIssued, people.CertificateIssued),
        (of_people.RecordAssigned, people.RecordAssigned),
    )
}


def read_regular(
    events: Sequence[type[Event]], headers: Sequence[tuple[str, bytes]], value: bytes
) -> tuple[type[Event], Fact, Envelope] | None:
    """The contract's model, the fact that reads as one of it, and its envelope. None: the contracts have to look."""
    try:
        found = dict(headers)
        model, read = _FACTS[found["ce_type"]]
        if model not in events or len(headers) != _NAMES:
            return None
        envelope = _envelope(found)
        _check_text(value)
        return model, read(value), envelope
    except (ValueError, KeyError, TypeError, MsgspecError):
        return None


def _envelope(found: dict[str, bytes]) -> Envelope:
    """Nine headers, each once: these and `ce_type`."""
    if found["ce_specversion"] != b"1.0" or found["content-type"] != b"application/json":
        raise Irregular
    lines = _match_lines(b"\n".join(_lines(found)))
    if lines is None:
        raise Irregular
    correlation, time = lines.groups()
    return Envelope(moment(time.decode()), correlation.decode())


def _check_text(value: bytes) -> None:
    """Our decoder passes over what stands in unknown fields; what the models refuse there, is refused here.

    That is: bytes that are not UTF-8, broken escapes, and what is nested too deep.
    """
    if not value.isascii():
        value.decode()
    nested = len(value) > _SURELY_FLAT and value.count(b"[") + value.count(b"{") > _SURELY_FLAT
    if nested or b"\\" in value:
        from_json(value)
