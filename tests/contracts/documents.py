"""Hypothesis strategies: documents that a schema allows, and documents that are wrong in one or two places."""

import copy
import json
from collections.abc import Iterator
from functools import cache
from typing import Any

import jsonschema_rs
from hypothesis import strategies as st

from contracts.schema import Role, Schema, schema_of
from contracts.uai import control_letter

UAI = st.integers(0, 9_999_999).map(lambda number: f"{number:07}{control_letter(f'{number:07}')}")
_DAYS = ("1990-01-01", "2018-09-03", "2019-01-07", "2020-02-29", "2100-12-31")
_ZONES = ("Z", "+01:00", "+02:00", "-10:00", "+13:45")
_REFERENCES = st.from_regex(r"\A[A-Za-z][A-Za-z0-9._:-]{0,6}[0-9]\Z")

# Values at the edges of the rules: each has been refused or accepted by mistake in some JSON library.
EDGES: tuple[Any, ...] = (
    *(None, True, False, 0, 1, -1, 2**31 - 1, 2**31, 10**20, 1.0, 1.5, "", "0", "unknown", "presént", [], {}, [None]),
    *("1549324800", "20190107", "2019-02-30", "2019-01-07", "1989-12-31", "2101-01-01", "2019-01-07\n"),
    *("2019-01-07T17:00:00", "2019-01-07T17:00:00Z", "2019-01-07 17:00:00Z", "2019-01-07t17:00:00z"),
    *("2019-01-07T17:00Z", "2019-01-07T24:00:00Z", "2019-01-07T23:59:60Z", "2019-01-07T17:00:00+24:00"),
    *("2019-02-29T17:00:00Z", "2101-01-01T00:00:00Z", "2019-01-07T17:00:00,5Z", "2019-01-07T17:00:00.123456789Z"),
    *(
        "0911568K",
        "0911568L",
        "0911568I",
        "0911568k",
        "911568K",
        "0010856B",
        "99",
        "2A",
        "100",
        "é",
        "\u0000",
        "a\u0000",
    ),
    *("amina.diallo@lycee.fr", "Diallo", "123456789AB", "1234567890A", "1234A12345A", "x" * 80 + "1", "a1", "a--b"),
)


@cache
def validator(event_type: str, role: Role) -> jsonschema_rs.Draft202012Validator:
    """The schema of today, with formats checked."""
    schema = schema_of(event_type, role, 1)
    return jsonschema_rs.Draft202012Validator(schema, validate_formats=True)


@cache
def allowed(event_type: str, role: Role) -> st.SearchStrategy[Any]:
    """Documents that the schema allows."""
    schema, judge = schema_of(event_type, role, 1), validator(event_type, role)
    return _node(schema, schema).filter(judge.is_valid)


@cache
def nearly_allowed(event_type: str, role: Role) -> st.SearchStrategy[Any]:
    """Documents that were allowed before one or two of their places were changed."""
    return st.builds(_spoil, allowed(event_type, role), st.lists(_spoilings(), min_size=1, max_size=2))


def spoiled_everywhere(document: Any) -> Iterator[Any]:
    """The document with every edge value at every place, with every field removed, and with every list's head twice."""
    for where in range(len(list(_places(document)))):
        for value in EDGES:
            yield _spoil(document, [("replace", where, value)])
        for operation in ("remove", "add", "repeat"):
            yield _spoil(document, [(operation, where, None)])


def _node(node: Schema, root: Schema) -> st.SearchStrategy[Any]:
    if "$ref" in node:
        return _node(root["$defs"][node["$ref"].rpartition("/")[2]], root)
    if "anyOf" in node and "type" not in node:
        return st.one_of(*(_node(branch, root) for branch in node["anyOf"]))
    if "enum" in node:
        return st.sampled_from(node["enum"])
    kinds = {"object": _object, "array": _array, "integer": _integer, "string": _string}
    return kinds[node["type"]](node, root) if node["type"] in kinds else st.none()


def _object(node: Schema, root: Schema) -> st.SearchStrategy[Any]:
    fields = {name: _node(child, root) for name, child in node["properties"].items()}
    # Conditions on a whole object: exactly one of these groups of fields (oneOf), or one of them at least (anyOf).
    groups = [branch["required"] for branch in (*node.get("oneOf", ()), *node.get("anyOf", ()))] or [[]]
    required = {name: field for name, field in fields.items() if name in node.get("required", ())}
    apart = {name for group in node.get("oneOf", ()) for name in group["required"]}
    optional = {name: field for name, field in fields.items() if name not in {*required, *apart}}
    return st.one_of(*(_with_group(node, root, required, optional, group) for group in groups))


def _with_group(
    node: Schema, root: Schema, required: dict[str, Any], optional: dict[str, Any], group: list[str]
) -> st.SearchStrategy[Any]:
    said = {name: _node(_not_null(node["properties"][name]), root) for name in group}
    others = {name: field for name, field in optional.items() if name not in said}
    return st.fixed_dictionaries({**required, **said}, optional=others)


def _not_null(node: Schema) -> Schema:
    return {**node, "anyOf": [branch for branch in node["anyOf"] if branch.get("type") != "null"]}


def _array(node: Schema, root: Schema) -> st.SearchStrategy[Any]:
    return st.lists(_node(node["items"], root), min_size=node.get("minItems", 0), max_size=3)


def _integer(node: Schema, _root: Schema) -> st.SearchStrategy[Any]:
    lowest = node.get("exclusiveMinimum", node.get("minimum", 0) - 1) + 1
    return st.integers(lowest, node.get("maximum")) | st.just(lowest)


def _string(node: Schema, _root: Schema) -> st.SearchStrategy[Any]:
    pattern = node.get("pattern", "")
    if node.get("format") == "date":
        return st.sampled_from(_DAYS)
    if node.get("format") == "date-time":
        return st.builds(
            "{}T{}{}".format, st.sampled_from(_DAYS), st.sampled_from(("00:00:00", "23:59:59.5")), _zones()
        )
    if pattern.startswith("^[0-9]{7}"):
        return UAI
    if "allOf" in node:
        return _REFERENCES
    return st.from_regex(pattern.replace("$", r"\Z"), fullmatch=True) if pattern else st.text(max_size=20)


def _zones() -> st.SearchStrategy[str]:
    return st.sampled_from(_ZONES)


def _spoilings() -> st.SearchStrategy[tuple[str, int, Any]]:
    operation = st.sampled_from(("replace", "replace", "remove", "add", "repeat"))
    return st.tuples(operation, st.integers(0, 10_000), st.sampled_from(EDGES))


def _spoil(document: Any, spoilings: list[tuple[str, int, Any]]) -> Any:
    document = copy.deepcopy(document)
    for operation, where, value in spoilings:
        places = list(_places(document))
        if places:
            _change(*places[where % len(places)], operation, value)
    # As from the wire: what the two judges get is the same text.
    return json.loads(json.dumps(document))


def _places(node: Any) -> list[tuple[Any, Any]]:
    if isinstance(node, dict):
        return [place for key in sorted(node) for place in [(node, key), *_places(node[key])]]
    if isinstance(node, list):
        return [place for index, item in enumerate(node) for place in [(node, index), *_places(item)]]
    return []


def _change(parent: Any, place: Any, operation: str, value: Any) -> None:
    if operation == "remove":
        del parent[place]
    elif operation == "add" and isinstance(parent, dict):
        parent["inconnu"] = value
    elif operation == "repeat" and isinstance(parent[place], list):
        parent[place] += copy.deepcopy(parent[place][:1])
    else:
        parent[place] = copy.deepcopy(value)
