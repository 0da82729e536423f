"""The generated schemas say what the models do: closed for writers, open for readers."""

import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from contracts.catalogue import EVENTS
from contracts.envelope import decode
from contracts.schema import CONTRACTS, Role, Schema, as_text, schema_of
from tests.contracts.documents import allowed, nearly_allowed, spoiled_everywhere, validator
from tests.contracts.examples import example_messages

# What JSON Schema cannot express: the model's error, and the words of the schema that say so instead.
RULES_OF_WORDS = {
    "uai_key": "control letter",
    "duplicate_reference": "once",
    "span_order": "later than `starts_on`",
    "girls_within_pupils": "Must not exceed `pupils`",
    "own_parent": "itself",
    "own_part": "add up to this one",
    "one_value": "Either `number`, or `numerator` and `denominator`",
    "part_within_whole": "Must not exceed `denominator`",
    "int_type": "without fraction",
}
# The machine may be busy: slowness is no fault of a document.
SEARCH = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
every_event = pytest.mark.parametrize("event_type", EVENTS)
every_contract = pytest.mark.parametrize("event_type", CONTRACTS)


@cache
def writers_text(event_type: str) -> str:
    return as_text(schema_of(event_type, "writer", 1))


def subschemas(node: Any) -> Iterator[Schema]:
    if isinstance(node, dict):
        yield node
    for child in node.values() if isinstance(node, dict) else node if isinstance(node, list) else ():
        yield from subschemas(child)


@every_contract
def test_a_schema_is_a_valid_schema_and_its_text_is_always_the_same(event_type: str) -> None:
    for role in ("writer", "reader"):
        schema = schema_of(event_type, role, 1)

        assert jsonschema_rs.meta.is_valid(schema)
        assert as_text(schema) == as_text(json.loads(as_text(schema)))
        assert as_text(schema).endswith("}\n")
        assert schema["$id"] == f"urn:cordees:schema:{event_type}:{role}:1"


@every_contract
def test_writers_get_closed_objects_and_no_word_unknown(event_type: str) -> None:
    schema = schema_of(event_type, "writer", 1)

    assert all(node["additionalProperties"] is False for node in subschemas(schema) if node.get("type") == "object")
    assert all("unknown" not in node["enum"] for node in subschemas(schema) if "enum" in node)


@every_contract
def test_readers_get_open_objects_and_plain_strings(event_type: str) -> None:
    schema = schema_of(event_type, "reader", 1)

    assert not any("additionalProperties" in node or "enum" in node for node in subschemas(schema))


@every_event
@pytest.mark.parametrize("role", ["writer", "reader"])
def test_every_edge_value_at_every_place_is_judged_alike(event_type: str, role: Role) -> None:
    model = EVENTS[event_type]
    fullest = max((decode(e.headers, e.value).data for e in example_messages(event_type)), key=len)
    for document in spoiled_everywhere(json.loads(fullest)):
        assert_same_verdict(event_type, role, document, model.parse_written if role == "writer" else model.parse_read)


@every_event
@SEARCH
@given(data=st.data())
def test_what_the_writers_schema_allows_the_model_accepts(event_type: str, data: st.DataObject) -> None:
    assert_same_verdict(
        event_type, "writer", data.draw(allowed(event_type, "writer")), EVENTS[event_type].parse_written
    )


@every_event
@SEARCH
@given(data=st.data())
def test_the_model_and_the_writers_schema_judge_alike(event_type: str, data: st.DataObject) -> None:
    document = data.draw(nearly_allowed(event_type, "writer"))

    assert_same_verdict(event_type, "writer", document, EVENTS[event_type].parse_written)


@every_event
@SEARCH
@given(data=st.data())
def test_the_model_and_the_readers_schema_judge_alike(event_type: str, data: st.DataObject) -> None:
    document = data.draw(nearly_allowed(event_type, "reader"))

    assert_same_verdict(event_type, "reader", document, EVENTS[event_type].parse_read)


def assert_same_verdict(event_type: str, role: Role, document: Any, parse: Callable[[str], object]) -> None:
    by_schema = validator(event_type, role).is_valid(document)
    by_model: set[str] = set()
    try:
        parse(json.dumps(document))
    except ValidationError as error:
        # Pydantic counts a list whose items are refused as too short besides.
        by_model = {fault["type"] for fault in error.errors()} - ({"too_short"} if error.error_count() > 1 else set())

    if not by_schema:
        assert by_model
    else:
        text = writers_text(event_type)
        assert all(fault in RULES_OF_WORDS and RULES_OF_WORDS[fault] in text for fault in by_model)
