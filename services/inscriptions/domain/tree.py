"""Dated ties between registry entries: what may not overlap, and what may not close a circle at any date."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from contracts.base import Span
from services.inscriptions.domain.refusals import Cycle, SpansOverlap


@dataclass(frozen=True)
class Tie:
    """`child` is under `parent` from `starts_on` (in) to `ends_on` (out)."""

    child: str
    parent: str
    starts_on: date = date.min
    ends_on: date = date.max


def tie(child: str, parent: str, span: Span) -> Tie:
    """A tie for the dates of `span`; no end is the end of time."""
    return Tie(child, parent, span.starts_on, span.ends_on or date.max)


def overlap(one: Span, other: Span) -> bool:
    """True when the two share a day."""
    return one.starts_on < (other.ends_on or date.max) and other.starts_on < (one.ends_on or date.max)


def first_overlap(spans: Sequence[tuple[str, Span]]) -> int | None:
    """Position of the first span that shares a day with an earlier one of the same name."""
    earlier: dict[str, list[Span]] = defaultdict(list)
    for position, (name, span) in enumerate(spans):
        if any(overlap(span, other) for other in earlier[name]):
            return position
        earlier[name].append(span)
    return None


def refuse_overlap(field: str, spans: Sequence[tuple[str, Span]]) -> None:
    """Raise `SpansOverlap`, naming the field and position."""
    position = first_overlap(spans)
    if position is not None:
        raise SpansOverlap(f"{field}[{position}]")


def refuse_cycle(wished: Mapping[str, Tie], tree: Iterable[Tie]) -> None:
    """Raise `Cycle` when at some date a wished tie (under the name of its field) leads back to its own child.

    `tree` holds the ties of everything above; those of the child itself are what the wished ones replace.
    """
    above: dict[str, list[Tie]] = defaultdict(list)
    for known in tree:
        above[known.child].append(known)
    for field, start in wished.items():
        if _leads_back(start, above):
            raise Cycle(field)


def _leads_back(start: Tie, above: dict[str, list[Tie]]) -> bool:
    waiting, seen = [start], {start}
    while waiting:
        path = waiting.pop()
        if path.parent == start.child:
            return True
        for step in above[path.parent]:
            longer = Tie(start.child, step.parent, max(path.starts_on, step.starts_on), min(path.ends_on, step.ends_on))
            if longer.starts_on < longer.ends_on and longer not in seen:
                seen.add(longer)
                waiting.append(longer)
    return False
