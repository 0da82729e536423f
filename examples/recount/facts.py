"""What was said last: of every fact only the highest version stands (R4)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Data = dict[str, Any]
Stands = dict[tuple[Any, ...], Data]

_SESSION = frozenset({"session.planned", "session.held", "session.cancelled"})
_KEYS = {
    "pupil.profiled": ("record", "school_year"),
    "pupil.enrolled": ("record", "programme", "school_year"),
    "volunteer.engaged": ("record", "school_year"),
    "record.joined": ("join",),
}


@dataclass(frozen=True)
class Facts:
    """The latest word on each thing, by what it is about. Each has `source`, `said` (its event) and `at` added."""

    profiles: list[Data]
    enrolments: list[Data]
    engagements: list[Data]
    joins: list[Data]
    sessions: list[Data]


def read_messages(files: Iterable[Path]) -> list[Data]:
    """The facts of the messages in these files, in either mode of CloudEvents."""
    return [_fact(json.loads(line)) for file in files for line in file.read_text(encoding="utf-8").splitlines()]


def _fact(message: Data) -> Data:
    value, headers = message["value"], message["headers"]
    if headers["content-type"].startswith("application/cloudevents"):
        attributes, data = value, value["data"]
    else:
        attributes, data = {name.removeprefix("ce_"): text for name, text in headers.items()}, value
    said = attributes["type"].removeprefix("fr.cordees.").removesuffix(".v1")
    return {**data, "source": attributes["source"], "said": said, "at": attributes.get("time", "")}


def latest(facts: Iterable[Data]) -> Facts:
    """Keep the highest version of each thing, in whatever order they came."""
    stands: Stands = {}
    for fact in facts:
        about = _about(fact)
        if about not in stands or stands[about]["version"] < fact["version"]:
            stands[about] = fact
    groups: dict[str, list[Data]] = {}
    for about, fact in stands.items():
        groups.setdefault(about[0], []).append(fact)
    return Facts(
        profiles=groups.get("pupil.profiled", []),
        enrolments=groups.get("pupil.enrolled", []),
        engagements=groups.get("volunteer.engaged", []),
        joins=groups.get("record.joined", []),
        sessions=groups.get("session", []),
    )


def _about(fact: Data) -> tuple[Any, ...]:
    """Planned, held and cancelled speak of one thing: the session."""
    if fact["said"] in _SESSION:
        return ("session", fact["source"], fact["session"], fact["programme"])
    return (fact["said"], fact["source"], *(fact[name] for name in _KEYS[fact["said"]]))
