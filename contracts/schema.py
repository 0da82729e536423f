"""JSON Schemas (draft 2020-12) made from the models: closed for writers, open for readers. Knows no file.

What a schema cannot say stands in its descriptions: the control letter of a UAI, uniqueness within a roll, the order
of two dates, girls within pupils.
"""

import json
from collections.abc import Callable
from typing import Any, Literal

from contracts.base import Shape
from contracts.catalogue import EVENTS
from contracts.rejections import REJECTED_TYPE, RecordRejected

Schema = dict[str, Any]
Role = Literal["writer", "reader"]

CONTRACTS: dict[str, type[Shape]] = {**EVENTS, REJECTED_TYPE: RecordRejected}
"""Every type that stands on a topic, ours or a partner's."""

_WRITER = (
    "For writers: unknown fields and words are refused. Whole numbers are written without fraction or exponent "
    "(1, not 1.0), and what has no value is left out or null. Formats are checked. What this schema cannot "
    "express stands in the descriptions and is checked as well."
)
_READER = (
    "For readers: ignore unknown fields, read an unknown word of a list as `unknown`, "
    "and keep the highest version of what you read."
)


def schema_of(event_type: str, role: Role, number: int) -> Schema:
    """Version `number` of one schema of one type, from today's model."""
    model = CONTRACTS[event_type]
    bare = _each(model.model_json_schema(mode="validation"), _without_title)
    schema = _each(bare, _closed if role == "writer" else _opened)
    about = f"{schema.pop('description')}\n\n{_WRITER if role == 'writer' else _READER}"
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:cordees:schema:{event_type}:{role}:{number}",
        "title": model.__name__,
        "description": about,
        **schema,
    }


def as_text(schema: Schema) -> str:
    """The one way in which a schema is written to a file."""
    return json.dumps(schema, indent=2, sort_keys=True, ensure_ascii=False) + "\n"


def _each(node: Schema, change: Callable[[Schema], Schema]) -> Schema:
    """`change` applied to every subschema, the innermost first."""
    done: Schema = {}
    for keyword, value in node.items():
        if keyword in ("properties", "$defs"):
            done[keyword] = {name: _each(child, change) for name, child in value.items()}
        elif keyword in ("anyOf", "allOf", "oneOf"):
            done[keyword] = [_each(child, change) for child in value]
        elif keyword in ("items", "not"):
            done[keyword] = _each(value, change)
        else:
            done[keyword] = value
    return change(done)


def _without_title(node: Schema) -> Schema:
    # The order of `required` has no meaning: sorted, so that moving a field in the code changes no file.
    done = {keyword: value for keyword, value in node.items() if keyword != "title"}
    return {**done, "required": sorted(done["required"])} if "required" in done else done


def _closed(node: Schema) -> Schema:
    if node.get("type") == "object":
        return {**node, "additionalProperties": False}
    if "enum" in node:
        return {**node, "enum": [word for word in node["enum"] if word != "unknown"]}
    return node


def _opened(node: Schema) -> Schema:
    if "enum" not in node:
        return node
    words = ", ".join(word for word in node["enum"] if word != "unknown")
    open_node = {keyword: value for keyword, value in node.items() if keyword != "enum"}
    return {**open_node, "description": f"{node['description']} Words known today: {words}."}
