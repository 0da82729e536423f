"""What a listener makes of generated messages: the last word of each aggregate, and who is one person."""

import json
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from contracts.envelope import decode
from tests.examples.conftest import messages_in

Data = dict[str, Any]
Record = tuple[str, str, int]
THERE = {"present", "distance", "retard", "depart_anticipe"}


@cache
def facts_in(folder: Path, name: str = "messages.ndjson") -> list[Data]:
    """Type, source, key, topic and data of each message, in either mode."""
    facts = []
    for message in messages_in(folder, name):
        headers = [(name, text.encode()) for name, text in message["headers"].items()]
        envelope = decode(headers, json.dumps(message["value"]).encode())
        facts.append({**vars(envelope), **message, "data": json.loads(envelope.data)})
    return facts


def stable_sources(file: Path) -> set[str]:
    """The sources of a programme file that keep their references."""
    partners = tomllib.loads(file.read_text(encoding="utf-8"))["partners"]
    systems = [system for partner in partners for system in partner["systems"]]
    return {system["source"] for system in systems if system.get("stable_references")}


@dataclass
class Heard:
    """The standing facts by type (`session.held`), and person ids by record."""

    standing: dict[str, list[Data]]
    _parents: dict[Record, Record] = field(default_factory=dict)
    _registered: dict[tuple[str, ...], set[Record]] = field(default_factory=dict)

    def person(self, source: str, record: str, year: int) -> Record:
        """Any one record of the person stands for the person."""
        mine = source, record, year
        while (parent := self._parents.get(mine, mine)) != mine:
            mine = parent
        return mine

    def join(self, one: Record, other: Record) -> None:
        """These are one person."""
        first, second = self.person(*one), self.person(*other)
        self._parents[first] = second

    def held(self, year: int, *, tutoring: bool = False) -> Iterator[Data]:
        """What was held in a school year."""
        for data in self.standing.get("session.held", ()):
            if school_year(data) == year and (data["activity"] == "tutorat" or not tutoring):
                yield data

    def registered(self, *types: str) -> set[Record]:
        """Persons of whom a fact of one of these types stands."""
        if types not in self._registered:
            facts = [data for kind in types for data in self.standing.get(kind, ())]
            found = {self.person(data["source"], data["record"], data["school_year"]) for data in facts}
            self._registered[types] = found
        return self._registered[types]

    def there(self, held: Data) -> dict[Record, int]:
        """Registered pupils present, with their minutes."""
        known, minutes = self.registered("pupil.profiled"), dict[Record, int]()
        for line in held["presences"]:
            person = self.person(held["source"], line["record"], school_year(held))
            if line["status"] in THERE and person in known:
                minutes[person] = max(minutes.get(person, 0), line.get("minutes", held["minutes"]))
        return minutes


def school_year(held: Data) -> int:
    """Of a session, by its local date."""
    year, month = int(held["starts_at"][:4]), int(held["starts_at"][5:7])
    return year if month >= 9 else year - 1


def listen(folder: Path, file: Path, *more: str) -> Heard:
    """Read a folder that the generator wrote for this programme file."""
    latest: dict[tuple[Any, ...], tuple[int, str, Data]] = {}
    for fact in [fact for name in ("messages.ndjson", *more) for fact in facts_in(folder, name)]:
        about = fact["source"], fact["key"], fact["data"].get("school_year")
        said = fact["data"]["version"], fact["type"][11:-3], {**fact["data"], "source": fact["source"]}
        latest[about] = max(latest.get(about, said), said, key=lambda version: version[0])
    heard = Heard(standing={})
    for _, kind, data in latest.values():
        heard.standing.setdefault(kind, []).append(data)
    _join(heard, stable_sources(file))
    return heard


def _join(heard: Heard, stable: set[str]) -> None:
    years: dict[tuple[str, str], Record] = {}
    named = [(data["source"], data["record"], data["school_year"]) for kind, facts in heard.standing.items()
             if "session" not in kind and "joined" not in kind for data in facts]  # fmt: skip
    for data in heard.standing.get("record.joined", ()):
        sides = [(side["source"], side["record"], side["school_year"]) for side in data["records"]]
        named += sides
        for side in sides[1:]:
            heard.join(sides[0], side)
    for record in named:
        if record[0] in stable:
            heard.join(years.setdefault(record[:2], record), record)
