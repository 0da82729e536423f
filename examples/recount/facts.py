"""What was said last: of every fact only the highest version stands (R4)."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

Data = dict[str, Any]
Stands = dict[tuple[Any, ...], Data]

_SESSION = frozenset({"session.planned", "session.held", "session.cancelled"})
_KEYS = {
    "pupil.profiled": ("record", "school_year"),
    "pupil.enrolled": ("record", "programme", "school_year"),
    "volunteer.engaged": ("record", "school_year"),
    "student.enrolled": ("record", "school_year"),
    "training.completed": ("record", "school_year", "course"),
    "certificate.issued": ("record", "school_year", "certificate"),
    "record.joined": ("join",),
}


@dataclass(frozen=True)
class Facts:
    """The latest word on each thing, by what it is about. Each has `source`, `said` (its event) and `at` added."""

    profiles: list[Data]
    enrolments: list[Data]
    engagements: list[Data]
    studies: list[Data]
    trainings: list[Data]
    certificates: list[Data]
    joins: list[Data]
    sessions: list[Data]


def read_messages(files: Iterable[Path]) -> list[Data]:
    """The facts of the messages in these files, in either mode of CloudEvents."""
    facts = []
    for file in files:
        with file.open(encoding="utf-8") as lines:
            facts += [_fact(json.loads(line)) for line in lines]
    return facts


def _fact(message: Data) -> Data:
    value, headers = message["value"], message["headers"]
    if headers["content-type"].startswith("application/cloudevents"):
        attributes, data = value, value["data"]
    else:
        attributes, data = {name.removeprefix("ce_"): text for name, text in headers.items()}, value
    said = attributes["type"].removeprefix("fr.cordees.").removesuffix(".v1")
    return {**data, "source": attributes["source"], "said": said, "at": _moment(attributes.get("time"))}


def _moment(text: str | None) -> str:
    """In one time zone, so that later is greater; whoever names no time spoke before all others."""
    return datetime.fromisoformat(text).astimezone(UTC).isoformat() if text else ""


def latest(facts: Iterable[Data]) -> Facts:
    """Keep the highest version of each thing, in whatever order they came. Raises ValueError for an unknown fact."""
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
        studies=groups.get("student.enrolled", []),
        trainings=groups.get("training.completed", []),
        certificates=groups.get("certificate.issued", []),
        joins=groups.get("record.joined", []),
        sessions=groups.get("session", []),
    )


def _about(fact: Data) -> tuple[Any, ...]:
    """Planned, held and cancelled speak of one thing: the session."""
    if fact["said"] in _SESSION:
        return ("session", fact["source"], fact["session"], fact["programme"])
    if fact["said"] not in _KEYS:
        message = f"nobody knows how to count {fact['said']}"
        raise ValueError(message)
    return (fact["said"], fact["source"], *(fact[name] for name in _KEYS[fact["said"]]))
