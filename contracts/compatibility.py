"""Finds what may not change between two versions of a schema (DESIGN §4). Knows no file.

One rule for both schemas of a type: a reader of either version must read what a writer of the other one writes. So
widening a bound is refused like narrowing it. Only a new optional field, a new word of a list and opening an object
pass; a keyword that nobody thought of must stay as it is.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

Schema = dict[str, Any]


class Rule(StrEnum):
    """Why a change is refused."""

    FIELD_REMOVED = "a field may not be removed"
    FIELD_REQUIRED = "a new field must be optional"
    BECAME_REQUIRED = "an optional field may not become required"
    BECAME_OPTIONAL = "a required field may not become optional: earlier readers need it"
    RETYPED = "a field may not change its type, nor begin or cease to allow null"
    WORD_REMOVED = "a list may not lose a word"
    LIST_CLOSED = "free text may not become a list of words"
    LIST_OPENED = "a list of words may not become free text"
    PATTERN = "a pattern may not change"
    FORMAT = "a format may not change"
    BOUND = "a bound may not change, in either direction"
    DEFAULT = "the meaning of an absent field may not change"
    CLOSED = "an open object may not be closed"
    KEYWORD = "this keyword may not change"


@dataclass(frozen=True, order=True)
class Break:
    """One forbidden change. `path` is like `presences[].minutes`; the whole event is `.`."""

    path: str
    rule: Rule
    keyword: str

    def __str__(self) -> str:
        return f"{self.path}: {self.rule} ({self.keyword})"


_BOUNDS = (
    *("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf", "minLength", "maxLength"),
    *("minItems", "maxItems", "uniqueItems", "minProperties", "maxProperties"),
)
_MUST_STAY = {
    "pattern": Rule.PATTERN,
    "format": Rule.FORMAT,
    "default": Rule.DEFAULT,
    **dict.fromkeys(_BOUNDS, Rule.BOUND),
}
_WORDS_ABOUT = {"title", "description", "$comment", "examples", "deprecated", "$schema", "$id", "$defs", "$ref"}
_COMPARED = {"type", "enum", "properties", "required", "additionalProperties", "items", *_MUST_STAY, *_WORDS_ABOUT}
_ABSENT = object()


def breaks(old: Schema, new: Schema) -> tuple[Break, ...]:
    """Every forbidden change from `old` to `new`, two whole schemas of one type and one role."""
    return tuple(sorted(set(_Comparison(old, new).node(old, new, ""))))


class _Comparison:
    def __init__(self, old_root: Schema, new_root: Schema) -> None:
        self._old_root, self._new_root = old_root, new_root
        self._under_way: set[tuple[str, str]] = set()

    def node(self, old: Schema, new: Schema, path: str) -> Iterator[Break]:
        """Compare two subschemas. A pair of definitions that is being compared already is not entered again."""
        pair = (str(old.get("$ref", "")), str(new.get("$ref", "")))
        if all(pair) and pair in self._under_way:
            return
        self._under_way.add(pair)
        old, new = _plain(old, self._old_root), _plain(new, self._new_root)
        yield from _type_and_words(old, new, path or ".")
        yield from self._unchanged(old, new, path or ".")
        yield from self._object(old, new, path)
        if "items" in old and "items" in new:
            yield from self.node(old["items"], new["items"], f"{path}[]")
        elif "items" in old or "items" in new:
            yield Break(path or ".", Rule.RETYPED, "items")
        self._under_way.discard(pair)

    def _object(self, old: Schema, new: Schema, path: str) -> Iterator[Break]:
        before, after = old.get("properties", {}), new.get("properties", {})
        for name, child in before.items():
            where = f"{path}.{name}".lstrip(".")
            if name not in after:
                yield Break(where, Rule.FIELD_REMOVED, "properties")
                continue
            yield from self.node(child, after[name], where)
        yield from _required(old, new, path)
        closed_before, closed_after = old.get("additionalProperties", True), new.get("additionalProperties", True)
        if closed_after is not True and closed_after != closed_before:
            yield Break(path or ".", Rule.CLOSED, "additionalProperties")

    def _unchanged(self, old: Schema, new: Schema, path: str) -> Iterator[Break]:
        for keyword in sorted(set(old) | set(new)):
            if keyword in _COMPARED and keyword not in _MUST_STAY:
                continue
            before = _expanded(old.get(keyword, _ABSENT), self._old_root)
            after = _expanded(new.get(keyword, _ABSENT), self._new_root)
            if type(before) is not type(after) or before != after:
                yield Break(path, _MUST_STAY.get(keyword, Rule.KEYWORD), keyword)


def _required(old: Schema, new: Schema, path: str) -> Iterator[Break]:
    before, after = set(old.get("required", ())), set(new.get("required", ()))
    for name in after - before:
        known = name in old.get("properties", {})
        rule = Rule.BECAME_REQUIRED if known else Rule.FIELD_REQUIRED
        yield Break(f"{path}.{name}".lstrip("."), rule, "required")
    for name in (before - after) & set(new.get("properties", {})):
        yield Break(f"{path}.{name}".lstrip("."), Rule.BECAME_OPTIONAL, "required")


def _type_and_words(old: Schema, new: Schema, path: str) -> Iterator[Break]:
    if old.get("type") != new.get("type"):
        yield Break(path, Rule.RETYPED, "type")
    if "enum" in old and "enum" in new:
        if any(word not in new["enum"] for word in old["enum"]):
            yield Break(path, Rule.WORD_REMOVED, "enum")
    elif "enum" in new:
        yield Break(path, Rule.LIST_CLOSED, "enum")
    elif "enum" in old:
        yield Break(path, Rule.LIST_OPENED, "enum")


def _expanded(value: object, root: Schema, inside: tuple[str, ...] = ()) -> object:
    """The value with every reference in it followed and every word about it left out, so that `==` compares meaning."""
    if isinstance(value, list):
        return [_expanded(item, root, inside) for item in value]
    if not isinstance(value, dict):
        return value
    target = value.get("$ref")
    if isinstance(target, str) and target not in inside:
        value, inside = {**_target(target, root), **value}, (*inside, target)
    return {key: _expanded(item, root, inside) for key, item in value.items() if key not in _WORDS_ABOUT}


def _target(reference: str, root: Schema) -> Schema:
    found: Any = root
    for step in reference.removeprefix("#/").split("/"):
        found = found[step]
    return dict(found)


def _plain(node: Schema, root: Schema) -> Schema:
    """The node with its reference followed, and "this or null" as one node whose type is a pair."""
    while "$ref" in node:
        siblings = {keyword: value for keyword, value in node.items() if keyword != "$ref"}
        node = {**_target(node["$ref"], root), **siblings}
    branches = node.get("anyOf", [])
    others = [branch for branch in branches if branch != {"type": "null"}]
    if len(others) == 1 and len(branches) == 2:  # noqa: PLR2004 - the field's own shape, or null
        outer = {keyword: value for keyword, value in node.items() if keyword != "anyOf"}
        inner = _plain(others[0], root)
        return {**inner, **outer, "type": ["null", inner.get("type")]}
    return node
