"""Every committed example is valid by both schemas, read by the model in both ways, and written as we write."""

import json
from typing import Any

import pytest

from contracts.catalogue import EVENTS, INBOUND_INSCRIPTIONS, INBOUND_SESSIONS
from contracts.envelope import Envelope, NotAnEvent, decode, encode
from contracts.rejections import REJECTED_TYPE, RecordRejected
from contracts.schema import CONTRACTS
from tests.contracts.documents import validator
from tests.contracts.examples import FOLDER, ExampleMessage, example_messages

ALL = [(event_type, example) for event_type in CONTRACTS for example in example_messages(event_type)]
EVENT_EXAMPLES = [(event_type, example) for event_type, example in ALL if event_type in EVENTS]


def named(examples: list[tuple[str, ExampleMessage]]) -> pytest.MarkDecorator:
    names = [f"{event_type}-{example.name}" for event_type, example in examples]
    return pytest.mark.parametrize(("event_type", "example"), examples, ids=names)


def read(example: ExampleMessage) -> Envelope:
    return decode(example.headers, example.value)


def data_of(example: ExampleMessage) -> Any:
    return json.loads(read(example).data)


@pytest.mark.parametrize("event_type", CONTRACTS)
def test_every_type_has_several_examples(event_type: str) -> None:
    assert len(example_messages(event_type)) >= 3


def test_no_example_lies_outside_of_the_types() -> None:
    assert {path.parent.name for path in FOLDER.glob("*/*")} == set(CONTRACTS)


def test_what_partners_send_has_examples_in_both_modes() -> None:
    for model in (*INBOUND_INSCRIPTIONS, *INBOUND_SESSIONS):
        modes = {len(example.headers) == 1 for example in example_messages(model.type)}

        assert modes == {True, False}, model.type


@named(ALL)
def test_an_example_is_valid_by_both_schemas(event_type: str, example: ExampleMessage) -> None:
    assert read(example).type == event_type
    for role in ("writer", "reader"):
        faults = [fault.message for fault in validator(event_type, role).iter_errors(data_of(example))]

        assert faults == []


@named(EVENT_EXAMPLES)
def test_an_example_says_the_same_in_both_readings_and_after_a_round_trip(
    event_type: str, example: ExampleMessage
) -> None:
    model, data = EVENTS[event_type], read(example).data
    written = model.parse_written(data)

    assert model.parse_read(data) == written
    assert model.parse_written(written.to_data()) == written


@named([(event_type, example) for event_type, example in EVENT_EXAMPLES if example.is_ours])
def test_our_examples_are_what_we_would_send(event_type: str, example: ExampleMessage) -> None:
    envelope = read(example)
    event = EVENTS[event_type].parse_written(envelope.data)
    assert envelope.time is not None
    assert envelope.correlation is not None

    message = encode(
        event, id=envelope.id, source=envelope.source, time=envelope.time, correlation=envelope.correlation
    )

    assert dict(message.headers) == dict(example.headers)
    assert message.key == example.key
    assert json.loads(message.value) == data_of(example)


@named(ALL)
def test_a_writer_may_not_add_a_field_and_a_reader_does_not_mind(event_type: str, example: ExampleMessage) -> None:
    data = {**data_of(example), "champ_nouveau": {"profond": [1]}}

    assert not validator(event_type, "writer").is_valid(data)
    assert validator(event_type, "reader").is_valid(data)


@named(EVENT_EXAMPLES)
def test_the_models_refuse_and_ignore_a_new_field_likewise(event_type: str, example: ExampleMessage) -> None:
    model, data = EVENTS[event_type], read(example).data
    more = json.dumps({**json.loads(data), "champ_nouveau": 1})

    with pytest.raises(ValueError, match="extra_forbidden"):
        model.parse_written(more)
    assert model.parse_read(more) == model.parse_written(data)


def test_refusals_are_read_by_their_own_model() -> None:
    for example in example_messages(REJECTED_TYPE):
        assert RecordRejected.model_validate_json(read(example).data, strict=True, extra="forbid").reason


@pytest.mark.parametrize("path", sorted(FOLDER.glob("*/*.json")), ids=lambda path: path.stem)
def test_an_example_file_is_written_in_the_one_way(path: Any) -> None:
    text = path.read_text(encoding="utf-8")

    assert text == json.dumps(json.loads(text), indent=2, ensure_ascii=False) + "\n"


def test_the_mode_is_told_by_the_content_type() -> None:
    structured = next(e for e in example_messages("fr.cordees.session.held.v1") if e.name.endswith("-structured"))

    with pytest.raises(NotAnEvent, match="specversion"):
        decode((("content-type", b"application/json"),), structured.value)
