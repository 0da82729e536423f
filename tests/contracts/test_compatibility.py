"""The gate: each forbidden and each permitted change is tried on a real committed schema, at the top and inside."""

import copy
import json
from typing import Any, Literal

import jsoncompat
import jsonschema_rs
import pytest

from contracts.committed import ROLES, Place
from contracts.compatibility import Rule, Schema, breaks
from contracts.schema import CONTRACTS
from tests.contracts.changes import (
    HELD,
    PERMITTED,
    PRESENCE,
    REFUSED,
    Change,
    add_field,
    at,
    changed,
    put,
    remove_field,
    require,
)
from tests.contracts.documents import validator
from tests.contracts.examples import example_messages
from tests.contracts.test_examples import data_of


@pytest.mark.parametrize(("role", "change", "path", "rule"), REFUSED)
def test_a_forbidden_change_is_refused_with_its_field_and_rule(
    role: str, change: Change, path: str, rule: Rule
) -> None:
    found = breaks(*changed(HELD, role, change))

    assert [(fault.path, fault.rule) for fault in found] != []
    assert (path, rule) in [(fault.path, fault.rule) for fault in found]


@pytest.mark.parametrize(("role", "change"), [pytest.param(r, c, id=name) for name, r, c in PERMITTED])
def test_a_permitted_change_passes_and_every_example_is_still_read(role: str, change: Change) -> None:
    old, new = changed(HELD, role, change)

    assert breaks(old, new) == ()
    newer = jsonschema_rs.Draft202012Validator(new, validate_formats=True)
    assert all(newer.is_valid(data_of(example)) for example in example_messages(HELD))


def test_an_earlier_reader_reads_a_new_field_and_a_new_word() -> None:
    data = {**data_of(example_messages(HELD)[0]), "activity": "robotique", "nouveau": "x"}

    assert validator(HELD, "reader").is_valid(data)


@pytest.mark.parametrize("event_type", CONTRACTS)
@pytest.mark.parametrize("role", ROLES)
def test_every_field_of_every_committed_schema_is_guarded(event_type: str, role: Any) -> None:
    """Removing, retyping or requiring any field of any object is seen: no blind spot in our own schemas."""
    place = Place(event_type)
    schema = place.read(place.numbers()[-1], role)
    for path in ("", *(f"$defs/{name}" for name, node in schema.get("$defs", {}).items() if "properties" in node)):
        for name in at(schema, path)["properties"]:
            retyped = put(f"{path}/properties".lstrip("/"), name, {"type": "boolean"})

            assert breaks(*changed(event_type, role, remove_field(path, name)))
            assert breaks(*changed(event_type, role, retyped))
            if name not in at(schema, path).get("required", ()):
                assert breaks(*changed(event_type, role, require(path, name)))


def test_a_changed_definition_behind_an_unchanged_condition_is_seen() -> None:
    old: Schema = {"$defs": {"A": {"type": "string"}}, "oneOf": [{"$ref": "#/$defs/A"}, {"type": "integer"}]}
    new: Schema = {**old, "$defs": {"A": {"type": "string", "minLength": 1}}}

    assert [fault.rule for fault in breaks(old, new)] == [Rule.KEYWORD]


def test_a_definition_that_holds_itself_is_compared_once() -> None:
    old: Schema = {"$defs": {"T": {"type": "object", "properties": {"in": {"$ref": "#/$defs/T"}}}}, "$ref": "#/$defs/T"}
    new = copy.deepcopy(old)
    new["$defs"]["T"]["properties"]["name"] = {"type": "string"}

    assert breaks(old, new) == ()
    assert [str(fault) for fault in breaks(new, old)] == ["name: a field may not be removed (properties)"]


# A second opinion by a library that compares what two schemas allow. It does not look at these:
BLIND = {Rule.PATTERN, Rule.FORMAT, Rule.DEFAULT}


def jsoncompat_allows(old: Schema, new: Schema, role: Literal["serializer", "deserializer", "both"]) -> bool:
    # It takes an `$id` for a reference that it cannot follow.
    bare = [{name: value for name, value in schema.items() if name != "$id"} for schema in (old, new)]
    old_text, new_text = map(json.dumps, bare)
    return jsoncompat.check_compat(old_text, new_text, role)


@pytest.mark.parametrize(("role", "change", "path", "rule"), REFUSED)
def test_jsoncompat_refuses_the_same(role: str, change: Change, path: str, rule: Rule) -> None:
    assert not jsoncompat_allows(*changed(HELD, role, change), "both") or rule in BLIND, path


@pytest.mark.parametrize("change", [add_field(""), add_field(PRESENCE)])
def test_jsoncompat_agrees_that_either_reader_reads_either_writer(change: Change) -> None:
    old_writer, new_writer = changed(HELD, "writer", change)
    old_reader, new_reader = changed(HELD, "reader", change)

    assert jsoncompat_allows(old_writer, new_reader, "deserializer")
    assert jsoncompat_allows(old_reader, new_writer, "serializer")
