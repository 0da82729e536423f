"""What the independent count (examples/recount) says of our own events: it knows neither our tables nor our rules."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from contracts.base import Event
from contracts.people import RecordAssigned
from contracts.registry import ConventionSigned, EstablishmentRegistered, OrganisationRegistered, ProgrammeOpened
from examples.recount.answers import answer_row
from examples.recount.facts import Data, latest
from examples.recount.registry import registry_of
from examples.recount.world import World, build_world
from tests.services.reporting.desk import Reporting

_SOURCE, _YEAR = "ours", 2018
_ENTRIES = {
    OrganisationRegistered: "organisation",
    EstablishmentRegistered: "establishment",
    ProgrammeOpened: "programme",
    ConventionSigned: "convention",
}


def standing(history: Iterable[Event | str]) -> Sequence[Event]:
    """The last word on each aggregate; a key alone is a tombstone, and nothing of its aggregate comes after it."""
    said: dict[str, Event] = {}
    for one in history:
        if isinstance(one, str):
            said = {subject: event for subject, event in said.items() if event.key != one}
        elif one.subject not in said or said[one.subject].version < one.version:
            said[one.subject] = one
    return list(said.values())


def world_of(history: Iterable[Event | str], desk: Reporting) -> World:
    """As a listener to partners would know it: whose record it is is a join there."""
    events = standing(history)
    facts = [_fact(event, desk) for event in events if type(event) not in {*_ENTRIES, RecordAssigned}]
    entries = [
        {"kind": kind, "id": event.aggregate, "body": json.loads(event.to_data())}
        for event in events
        if (kind := _ENTRIES.get(type(event)))
    ]
    return build_world(latest([*facts, *_joins(events)]), registry_of(entries), ())


def _fact(event: Event, desk: Reporting) -> Data:
    said = event.type.removeprefix("fr.cordees.").removesuffix(".v1")
    desk.message(event)
    at = desk._times[event.subject, event.version].isoformat()
    return {**json.loads(event.to_data()), "source": _SOURCE, "said": said, "at": at}


def _joins(events: Iterable[Event]) -> Iterable[Data]:
    together: dict[str, list[Data]] = {}
    for event in events:
        if isinstance(event, RecordAssigned):
            side = {"source": _SOURCE, "record": event.record, "school_year": _YEAR}
            together.setdefault(event.person, []).append(side)
    for person, sides in together.items():
        yield {"said": "record.joined", "source": _SOURCE, "version": 1, "join": person, "records": sides, "at": ""}


Counted = Mapping[str, tuple[float, float]]


def counted(world: World, questions: Sequence[Mapping[str, Any]]) -> Sequence[Counted]:
    """Low and high: of the whole under `""`, and of each cell that is not empty."""
    return [_bounds(answer_row(world, dict(question))) for question in questions]


def _bounds(answer: Data) -> Counted:
    cells = {name: (cell.get("value", cell.get("low")), cell.get("value", cell.get("high")))
             for name, cell in answer["cells"].items()}  # fmt: skip
    return {name: both for name, both in {"": (answer["low"], answer["high"]), **cells}.items() if both != (0, 0)}
