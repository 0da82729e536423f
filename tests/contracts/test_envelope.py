"""What is not an event is refused by `NotAnEvent` or a validation error, and neither repeats what was sent."""

import json
import sys
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.catalogue import EVENTS
from contracts.envelope import Envelope, NotAnEvent, decode
from contracts.sessions import SessionHeld
from tests.contracts.documents import nearly_allowed
from tests.contracts.examples import ExampleMessage, example_messages

CHILD = "Zoé-Témoin-7431"
HEADERS = {
    "ce_specversion": b"1.0",
    "ce_id": b"s-1.1",
    "ce_source": b"urn:imt-mines-ales:tutorat",
    "ce_type": b"fr.cordees.session.held.v1",
    "content-type": b"application/json",
}
ATTRIBUTES = {name.removeprefix("ce_"): text.decode() for name, text in HEADERS.items() if name.startswith("ce_")}
DATA = {
    "version": 1,
    "session": "s-1",
    "programme": "ales",
    "activity": "tutorat",
    "starts_at": "2019-01-07T17:00:00+01:00",
    "minutes": 60,
}
VALUE = json.dumps(DATA).encode()
STRUCTURED = (("content-type", b"application/cloudevents+json"),)


def binary(value: bytes | None = VALUE, **headers: bytes | None) -> Envelope:
    kept = {name: content for name, content in {**HEADERS, **headers}.items() if content is not None}
    return decode(tuple(kept.items()), value)


def structured(**attributes: Any) -> Envelope:
    return decode(STRUCTURED, json.dumps({**ATTRIBUTES, "data": DATA, **attributes}).encode())


def receive(headers: Any, value: bytes | None) -> list[str]:
    """What the inbox does first; the texts of every refusal on the way."""
    try:
        envelope = decode(headers, value)
    except NotAnEvent as error:
        return [str(error), error.reason, error.field, error.rule]
    model = EVENTS.get(envelope.type, SessionHeld)
    texts = []
    for parse in (model.parse_written, model.parse_read):
        try:
            parse(envelope.data)
        except ValidationError as error:
            texts += [str(error), *(fault["msg"] for fault in error.errors())]
    return texts


def test_both_modes_say_the_same() -> None:
    assert binary(ce_time=b"2019-01-07T18:00:00Z").data == structured(time="2019-01-07T18:00:00Z").data
    assert structured(time="2019-01-07T19:00:00+01:00").time == datetime(2019, 1, 7, 18, tzinfo=UTC)


@pytest.mark.parametrize("name", ["specversion", "id", "source", "type"])
@pytest.mark.parametrize("content", [None, "", 7, [], "é", "a b", "x" * 201, "\u0000", "\ud800"])
def test_a_required_attribute_is_printable_and_never_made_up(name: str, content: Any) -> None:
    with pytest.raises(NotAnEvent) as caught:
        structured(**{name: content})

    assert (caught.value.reason, caught.value.field) == ("not_cloudevent", name)


@pytest.mark.parametrize("name", ["ce_specversion", "ce_id", "ce_source", "ce_type"])
def test_a_missing_header_is_named(name: str) -> None:
    with pytest.raises(NotAnEvent) as caught:
        binary(**{name: None})

    assert (caught.value.reason, caught.value.field) == ("not_cloudevent", name.removeprefix("ce_"))


@pytest.mark.parametrize(
    ("headers", "reason", "field"),
    [
        ([*HEADERS.items(), ("trace", b"\xff\xfe")], "header_not_utf8", "headers[5]"),
        ([*HEADERS.items(), ("ce_id", b"s-1.2")], "not_cloudevent", "headers[5]"),
        ([*HEADERS.items(), ("CE_ID", b"s-1.2")], "not_cloudevent", "headers[5]"),
        ([*HEADERS.items(), (f"ce_{CHILD}", b"1")], "not_cloudevent", "extension"),
        ([*HEADERS.items(), ("ce_", b"1")], "not_cloudevent", "extension"),
        ([*HEADERS.items(), ("ce_data", b"1")], "not_cloudevent", "extension"),
        ([*HEADERS.items(), ("ce_subject", b"")], "not_cloudevent", "subject"),
        ([*HEADERS.items(), ("ce_\u0000", b"1")], "not_cloudevent", "extension"),
    ],
)
def test_a_bad_header_is_refused_by_its_place(headers: Any, reason: str, field: str) -> None:
    with pytest.raises(NotAnEvent) as caught:
        decode(headers, VALUE)

    assert (caught.value.reason, caught.value.field) == (reason, field)
    assert CHILD not in str(caught.value)


@pytest.mark.parametrize(
    "time",
    [
        *("2019-01-07T18:00:00", "2019-01-07", "20190107T180000Z", "2019-02-30T18:00:00Z", "2019-W02-1T10:00:00Z"),
        *("0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "", CHILD, 1546884000, ["x"], "\ud800"),
    ],
)
def test_a_time_without_offset_or_out_of_range_is_refused(time: Any) -> None:
    with pytest.raises(NotAnEvent) as caught:
        structured(time=time)

    assert (caught.value.reason, caught.value.field) == ("not_cloudevent", "time")
    assert CHILD not in str(caught.value)


@pytest.mark.parametrize(
    ("value", "reason", "field"),
    [
        (None, "not_cloudevent", "value"),
        (b"", "not_json", "value"),
        (b"{", "not_json", "value"),
        (b"\xff\xfe\xfd", "not_json", "value"),
        (b"[" * 100_000, "not_json", "value"),
        (b'{"data":' * 100_000, "not_json", "value"),
        (b'{"data":' + b"9" * 5_000 + b"}", "not_json", "value"),
        (b"[]", "not_cloudevent", "data"),
        (b"null", "not_cloudevent", "data"),
        (b"NaN", "not_cloudevent", "data"),
        (json.dumps(ATTRIBUTES).encode(), "not_cloudevent", "data"),
        (json.dumps({**ATTRIBUTES, "data": None}).encode(), "not_cloudevent", "data"),
        (json.dumps({**ATTRIBUTES, "data_base64": "e30="}).encode(), "not_cloudevent", "data"),
        (json.dumps({**ATTRIBUTES, "data": {}, CHILD: 1}).encode(), "not_cloudevent", "extension"),
        (json.dumps({**ATTRIBUTES, "data": {}, "\ud800": 1}).encode(), "not_cloudevent", "extension"),
    ],
)
def test_a_broken_structured_event_is_refused(value: bytes | None, reason: str, field: str) -> None:
    with pytest.raises(NotAnEvent) as caught:
        decode(STRUCTURED, value)

    assert (caught.value.reason, caught.value.field) == (reason, field)
    assert CHILD not in str(caught.value)


def test_any_depth_is_refused_in_both_modes_without_another_exception() -> None:
    limit = sys.getrecursionlimit()
    for depth in (*range(150, 250), *range(limit - 120, limit + 20), 100_000):
        nest = b"[" * depth + b"]" * depth
        frame = json.dumps(ATTRIBUTES).encode()[:-1]

        assert receive(STRUCTURED, frame + b', "data": ' + nest + b"}")
        assert receive(tuple(HEADERS.items()), nest)


@pytest.mark.parametrize(
    "value",
    [
        *(b"", b"{", b"\xff", b"null", b"[]", b'"x"', b"NaN", b"{}"),
        VALUE.replace(b"60", b"NaN"),
        VALUE.replace(b"60", b"-Infinity"),
        VALUE.replace(b"60", b"1e999"),
        VALUE.replace(b"60", b"9" * 400),
        VALUE.replace(b"60", b"9" * 5_000),
        VALUE.replace(b"60", b"60.0"),
        VALUE.replace(b"s-1", b"s-1\\u0000"),
        VALUE.replace(b"s-1", b"s-1\\ud800"),
        VALUE.replace(b"s-1", b"s-1\x01"),
        VALUE.replace(b"s-1", b"s-1\xed\xa0\x80"),
        VALUE.replace(b"+01:00", b""),
        b"\xef\xbb\xbf" + VALUE,
        VALUE + b"{}",
    ],
)
def test_data_that_is_no_fact_is_a_validation_error(value: bytes) -> None:
    with pytest.raises(ValidationError):
        SessionHeld.parse_written(binary(value).data)


def test_an_attribute_that_is_null_is_not_set() -> None:
    envelope = structured(time=None, subject=None, correlationid=None, dataschema=None)

    assert (envelope.time, envelope.subject, envelope.correlation) == (None, None, None)


@pytest.mark.parametrize("subject", [CHILD, "a\u0000", "x" * 201, "\ud800"])
def test_a_subject_that_cannot_be_stored_is_not_taken(subject: str) -> None:
    assert structured(subject=subject).subject is None


@pytest.mark.parametrize("correlation", [CHILD, "", "x" * 65, 7, None])
def test_a_correlation_that_cannot_be_logged_is_not_taken(correlation: Any) -> None:
    assert structured(correlationid=correlation).correlation is None


EXAMPLES: list[ExampleMessage] = [example for event_type in EVENTS for example in example_messages(event_type)]
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.just(CHILD),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.sampled_from([*HEADERS, "ce_time", "ce_subject", "ce_foo", "CE_ID", "x"]) | st.text(max_size=6)
CONTENTS = st.sampled_from([*HEADERS.values(), CHILD.encode(), b"", *(h[1] for h in STRUCTURED)]) | st.binary(
    max_size=8
)
FUZZ = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def assert_silent(texts: list[str]) -> None:
    assert not any(CHILD in text for text in texts)


@FUZZ
@given(st.lists(st.tuples(NAMES, CONTENTS), max_size=8), st.none() | st.binary(max_size=40) | st.just(VALUE))
def test_any_record_is_an_event_or_refused(headers: list[tuple[str, bytes]], value: bytes | None) -> None:
    assert_silent(receive(headers, value))


@FUZZ
@given(st.dictionaries(NAMES, ANY_JSON, max_size=4), ANY_JSON)
def test_any_structured_event_is_an_event_or_refused(attributes: dict[str, Any], data: Any) -> None:
    assert_silent(receive(STRUCTURED, json.dumps({**ATTRIBUTES, **attributes, "data": data}).encode()))


@FUZZ
@given(st.sampled_from(EXAMPLES), st.lists(st.tuples(st.integers(0, 2_000), st.binary(max_size=3)), max_size=3))
def test_an_example_with_broken_bytes_is_an_event_or_refused(
    example: ExampleMessage, cuts: list[tuple[int, bytes]]
) -> None:
    value = example.value
    for place, insertion in cuts:
        value = value[: place % len(value)] + insertion + value[place % len(value) + 1 :] or b" "

    assert_silent(receive(example.headers, value))


@FUZZ
@given(st.data())
def test_a_refusal_never_repeats_a_value(data: st.DataObject) -> None:
    event_type = data.draw(st.sampled_from(sorted(EVENTS)))
    text = json.dumps(data.draw(nearly_allowed(event_type, "writer")), ensure_ascii=False)
    # Whatever string stood there carries the secret now.
    spoiled = json.loads(text, object_hook=lambda fields: {n: _marked(v) for n, v in fields.items()})

    assert_silent(receive(tuple({**HEADERS, "ce_type": event_type.encode()}.items()), json.dumps(spoiled).encode()))


def _marked(value: Any) -> Any:
    return CHILD if isinstance(value, str) else value
