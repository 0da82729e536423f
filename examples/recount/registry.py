"""What the operator registered: the dated tree of organisations, programmes, schools, conventions, declarations."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from examples.recount.facts import Data
from examples.recount.spans import ALWAYS, Span, common, covers, span_of

OVERSEAS = frozenset({"28", "31", "32", "33", "43"})
# 05 and 21 became 70 in 2020; 26 never was.
ACADEMIES = frozenset(f"{number:02}" for number in range(1, 28)) - {"05", "21", "26"} | {"70"} | OVERSEAS
_SCHOOLS = frozenset({"ecole", "universite"})


@dataclass(frozen=True)
class Registry:
    """The entries of each kind by their id; each is its body with `id` added."""

    organisations: dict[str, Data]
    establishments: dict[str, Data]
    programmes: dict[str, Data]
    conventions: dict[str, Data]
    declarations: dict[str, Data]
    _above: dict[tuple[str, date], frozenset[str]] = field(default_factory=dict)

    def inside(self, programme: str) -> set[str]:
        """The programme and whatever has it as parent, at any depth."""
        found = {programme}
        parents = {each["id"]: each.get("parent") for each in self.programmes.values()}
        while more := {child for child, parent in parents.items() if parent in found} - found:
            found |= more
        return found

    def organisers(self, programme: str, day: date) -> set[str]:
        """Who runs the programme that day."""
        return {each["organisation"] for each in self.organised(programme) if covers(span_of(each), day)}

    def organised(self, programme: str) -> list[Data]:
        """The programme's organisers, with their spans."""
        return self.programmes.get(programme, {}).get("organisers") or []

    def above(self, organisation: str, day: date) -> frozenset[str]:
        """The organisation and everything above it in the tree of that day."""
        if (organisation, day) not in self._above:
            found, todo = {organisation}, [organisation]
            while todo:
                members = self.organisations.get(todo.pop(), {}).get("memberships") or ()
                parents = {each["parent"] for each in members if covers(span_of(each), day)} - found
                found |= parents
                todo += parents
            self._above[organisation, day] = frozenset(found)
        return self._above[organisation, day]

    def spans_under(self, organisation: str, top: str, within: Span = ALWAYS, path: tuple[str, ...] = ()) -> list[Span]:
        """When the organisation stands under `top`, itself included: one stretch for each way up the tree."""
        if organisation == top:
            return [within]
        found: list[Span] = []
        for member in self.organisations.get(organisation, {}).get("memberships") or ():
            both = common(within, span_of(member))
            if both and member["parent"] not in (*path, organisation):
                found += self.spans_under(member["parent"], top, both, (*path, organisation))
        return found

    def is_school(self, organisation: str) -> bool:
        """Of higher education: only these are member schools."""
        return self.organisations.get(organisation, {}).get("nature") in _SCHOOLS

    def school(self, code: str) -> Data:
        """The establishment's entry; a code that nobody registered is a site of its own and nothing else is known."""
        return self.establishments.get(code, {"id": code, "site": code})

    def priority(self, code: str, year: int) -> str:
        """Priority education by the latest list that is not later than the school year."""
        lists = [each for each in self.school(code).get("priority") or () if each["rentree"] <= year]
        return str(max(lists, key=lambda each: each["rentree"])["status"]) if lists else "aucune"


def read_registry(folders: Iterable[Path]) -> Registry:
    """The entries of all folders together. Raises ValueError where two of them tell different things."""
    entries: list[Data] = []
    for folder in folders:
        entries += json.loads((folder / "registry.json").read_text(encoding="utf-8"))
    return registry_of(entries)


def registry_of(entries: Iterable[Data]) -> Registry:
    """From a list of `{"kind", "id", "body"}`."""
    kinds: dict[str, dict[str, Data]] = {}
    for entry in entries:
        known = kinds.setdefault(entry["kind"], {})
        body = {**entry["body"], "id": entry["id"]}
        if known.setdefault(entry["id"], body) != body:
            message = f"{entry['kind']} {entry['id']}: two bodies"
            raise ValueError(message)
    return Registry(
        organisations=kinds.get("organisation", {}),
        establishments=kinds.get("establishment", {}),
        programmes=kinds.get("programme", {}),
        conventions=kinds.get("convention", {}),
        declarations=kinds.get("declaration", {}),
    )
