"""Changes of a committed schema: forbidden ones, with the field and rule that must be named, and permitted ones."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from contracts.committed import ROLES, Place
from contracts.compatibility import Rule, Schema

HELD = "fr.cordees.session.held.v1"
Change = Callable[[Schema], object]


def changed(event_type: str, role: Any, change: Change) -> tuple[Schema, Schema]:
    """The last version as committed, and what it would be after the change."""
    place = Place(event_type)
    old = place.read(place.numbers()[-1], role)
    new = copy.deepcopy(old)
    change(new)
    assert new != old
    return old, new


def at(schema: Schema, path: str) -> Any:
    """The subschema at a path such as `properties/minutes` or `$defs/Presence`."""
    node: Any = schema
    for step in path.split("/") if path else ():
        node = node[int(step)] if isinstance(node, list) else node[step]
    return node


def put(path: str, keyword: str, value: Any) -> Change:
    return lambda schema: at(schema, path).update({keyword: value})


def drop(path: str, keyword: str) -> Change:
    return lambda schema: at(schema, path).pop(keyword)


def remove_field(path: str, name: str) -> Change:
    def change(schema: Schema) -> None:
        del at(schema, path)["properties"][name]
        if name in at(schema, path).get("required", ()):
            at(schema, path)["required"].remove(name)

    return change


def add_field(path: str, *, required: bool = False) -> Change:
    def change(schema: Schema) -> None:
        at(schema, path)["properties"]["nouveau"] = {"type": "string"}
        if required:
            at(schema, path)["required"] = [*at(schema, path)["required"], "nouveau"]

    return change


def close(path: str) -> Change:
    return lambda schema: at(schema, path).update(additionalProperties=False)


def require(path: str, name: str) -> Change:
    return lambda schema: at(schema, path).update(required=[*at(schema, path).get("required", ()), name])


def release(path: str, name: str) -> Change:
    return lambda schema: at(schema, path)["required"].remove(name)


PRESENCE, HEADCOUNT, ACTING = "$defs/Presence", "$defs/Headcount", "$defs/Acting"
NEW = {"type": "string"}
# Both schemas: (what, the change, where it is found, the rule).
FORBIDDEN: list[tuple[str, Change, str, Rule]] = [
    ("a removed field", remove_field("", "subject_taught"), "subject_taught", Rule.FIELD_REMOVED),
    (
        "a removed field inside",
        remove_field(ACTING, "preparation_minutes"),
        "acting[].preparation_minutes",
        Rule.FIELD_REMOVED,
    ),
    ("a removed required field", remove_field("", "programme"), "programme", Rule.FIELD_REMOVED),
    ("a removed required field inside", remove_field(PRESENCE, "status"), "presences[].status", Rule.FIELD_REMOVED),
    ("a retyped field", put("properties/minutes", "type", "number"), "minutes", Rule.RETYPED),
    (
        "a retyped field inside",
        put(f"{HEADCOUNT}/properties/pupils", "type", "string"),
        "headcounts[].pupils",
        Rule.RETYPED,
    ),
    (
        "a list that becomes one",
        put("properties", "presences", {"$ref": "#/$defs/Presence"}),
        "presences",
        Rule.RETYPED,
    ),
    (
        "a field that is now nullable",
        put("properties", "programme", {"anyOf": [NEW, {"type": "null"}]}),
        "programme",
        Rule.RETYPED,
    ),
    ("no null any more", put("properties/place", "anyOf", [{"type": "string"}]), "place", Rule.RETYPED),
    (
        "no null any more inside",
        put(f"{PRESENCE}/properties", "minutes", {"type": "integer"}),
        "presences[].minutes",
        Rule.RETYPED,
    ),
    ("a new required field", add_field("", required=True), "nouveau", Rule.FIELD_REQUIRED),
    ("a new required field inside", add_field(HEADCOUNT, required=True), "headcounts[].nouveau", Rule.FIELD_REQUIRED),
    ("an optional field made required", require("", "place"), "place", Rule.BECAME_REQUIRED),
    ("the same inside", require(PRESENCE, "minutes"), "presences[].minutes", Rule.BECAME_REQUIRED),
    ("a required field made optional", release("", "minutes"), "minutes", Rule.BECAME_OPTIONAL),
    ("the same inside again", release(PRESENCE, "record"), "presences[].record", Rule.BECAME_OPTIONAL),
    ("another pattern", put("properties/programme", "pattern", "^[a-z]+$"), "programme", Rule.PATTERN),
    (
        "another pattern inside",
        put(f"{PRESENCE}/properties/record", "pattern", ".*"),
        "presences[].record",
        Rule.PATTERN,
    ),
    ("a dropped pattern", drop("properties/programme", "pattern"), "programme", Rule.PATTERN),
    ("another pattern beside null", put("properties/place/anyOf/0", "pattern", ".*"), "place", Rule.PATTERN),
    ("another format", put("properties/starts_at", "format", "date"), "starts_at", Rule.FORMAT),
    ("a dropped format", drop("properties/starts_at", "format"), "starts_at", Rule.FORMAT),
    ("a new format inside", put(f"{PRESENCE}/properties/record", "format", "uuid"), "presences[].record", Rule.FORMAT),
    ("a lower maximum", put("properties/minutes", "maximum", 600), "minutes", Rule.BOUND),
    ("a higher maximum", put("properties/minutes", "maximum", 10**6), "minutes", Rule.BOUND),
    ("no minimum", drop(f"{HEADCOUNT}/properties/pupils", "minimum"), "headcounts[].pupils", Rule.BOUND),
    ("another minimum", put("properties/minutes", "exclusiveMinimum", 5), "minutes", Rule.BOUND),
    (
        "a bound beside null inside",
        put(f"{PRESENCE}/properties/minutes/anyOf/0", "maximum", 9),
        "presences[].minutes",
        Rule.BOUND,
    ),
    ("fewer items", put("properties/presences", "maxItems", 10), "presences", Rule.BOUND),
    ("at least one item", put("properties/presences", "minItems", 1), "presences", Rule.BOUND),
    ("unique items", drop("properties/organisers", "uniqueItems"), "organisers", Rule.BOUND),
    ("shorter text", put("properties/programme", "maxLength", 20), "programme", Rule.BOUND),
    ("a minimum length inside", put("properties/organisers/items", "minLength", 2), "organisers[]", Rule.BOUND),
    (
        "another default",
        put(f"{ACTING}/properties/preparation_minutes", "default", 15),
        "acting[].preparation_minutes",
        Rule.DEFAULT,
    ),
    (
        "another default of a list of words",
        put(f"{HEADCOUNT}/properties/level", "default", "2GT"),
        "headcounts[].level",
        Rule.DEFAULT,
    ),
    ("a default for null", put("properties/place", "default", "0911568K"), "place", Rule.DEFAULT),
    ("a rule among others", drop(f"{PRESENCE}/properties/record", "allOf"), "presences[].record", Rule.KEYWORD),
    ("a new condition", put("", "not", {"required": ["place"]}), ".", Rule.KEYWORD),
    ("a constant", put("properties/programme", "const", "ales"), "programme", Rule.KEYWORD),
]
FORBIDDEN_TO_WRITERS: list[tuple[str, Change, str, Rule]] = [
    ("a narrowed list", put("$defs/Activity", "enum", ["tutorat", "cours"]), "activity", Rule.WORD_REMOVED),
    ("a narrowed list inside", put("$defs/Attendance", "enum", ["present"]), "presences[].status", Rule.WORD_REMOVED),
    (
        "a renamed word",
        lambda s: at(s, "$defs/Level/enum").__setitem__(0, "SIXIEME"),
        "headcounts[].level",
        Rule.WORD_REMOVED,
    ),
    ("free text for a list", drop("$defs/Activity", "enum"), "activity", Rule.LIST_OPENED),
    ("a list for free text", put("properties/programme", "enum", ["ales"]), "programme", Rule.LIST_CLOSED),
    (
        "a list for free text inside",
        put(f"{PRESENCE}/properties/record", "enum", ["b1"]),
        "presences[].record",
        Rule.LIST_CLOSED,
    ),
]
FORBIDDEN_TO_READERS: list[tuple[str, Change, str, Rule]] = [
    ("a list for free text", put("$defs/Activity", "enum", ["tutorat"]), "activity", Rule.LIST_CLOSED),
    ("a closed object", close(""), ".", Rule.CLOSED),
    ("a closed object inside", close(PRESENCE), "presences[]", Rule.CLOSED),
]
REFUSED = [
    *(pytest.param(role, *case[1:], id=f"{role}: {case[0]}") for role in ROLES for case in FORBIDDEN),
    *(pytest.param("writer", *case[1:], id=f"writer: {case[0]}") for case in FORBIDDEN_TO_WRITERS),
    *(pytest.param("reader", *case[1:], id=f"reader: {case[0]}") for case in FORBIDDEN_TO_READERS),
]


def rename_definition(schema: Schema) -> None:
    schema["$defs"]["Renamed"] = schema["$defs"].pop("Presence")
    schema["properties"]["presences"]["items"]["$ref"] = "#/$defs/Renamed"


def write_out_definition(schema: Schema) -> None:
    schema["properties"]["presences"]["items"] = schema["$defs"].pop("Presence")


PERMITTED: list[tuple[str, Any, Change]] = [
    *((f"{role}: a new optional field", role, add_field("")) for role in ROLES),
    *((f"{role}: a new optional field inside", role, add_field(PRESENCE)) for role in ROLES),
    *((f"{role}: other words about it", role, put("properties/place", "description", "Lieu.")) for role in ROLES),
    *((f"{role}: another name of a definition", role, rename_definition) for role in ROLES),
    *((f"{role}: a definition written out", role, write_out_definition) for role in ROLES),
    ("writer: a new word", "writer", lambda s: at(s, "$defs/Activity/enum").append("robotique")),
    ("writer: a new word inside", "writer", lambda s: at(s, "$defs/Attendance/enum").insert(0, "en_avance")),
    ("writer: an opened object", "writer", drop("", "additionalProperties")),
    ("writer: an opened object inside", "writer", drop(PRESENCE, "additionalProperties")),
]
