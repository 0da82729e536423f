"""From a record to the peer's rows: the value as `json` (or the tuned peer's decoder) gives it, without a model of it.

What our engine checks besides (the contract of each type, unknown words, poison) the peer takes as given.
"""

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from sqlalchemy import Table

from bench.peers import tables

Row = dict[str, Any]
_PARIS = ZoneInfo("Europe/Paris")


class Message(Protocol):
    """What is read of a message of `confluent_kafka`."""

    def key(self) -> bytes | None: ...  # noqa: D102
    def value(self) -> bytes | None: ...  # noqa: D102
    def headers(self) -> Any: ...  # noqa: D102
    def partition(self) -> int | None: ...  # noqa: D102
    def offset(self) -> int | None: ...  # noqa: D102


@dataclass(frozen=True)
class Kind:
    """One type of a compacted topic: the table of its aggregates, and the lists that stand in tables of their own."""

    head: Table
    key: Callable[[Mapping[str, Any]], str]
    parts: Mapping[str, Table] = field(default_factory=dict)


def _named(name: str) -> Callable[[Mapping[str, Any]], str]:
    return lambda data: str(data[name])


_KINDS = {
    "organisation.registered": Kind(tables.organisation, _named("organisation"), {"memberships": tables.membership}),
    "establishment.registered": Kind(tables.establishment, _named("establishment"), {"priority": tables.priority}),
    "programme.opened": Kind(
        tables.programme, _named("programme"), {"organisers": tables.organiser, "labels": tables.label}
    ),
    "convention.signed": Kind(tables.convention, _named("convention")),
    "pupil.profiled": Kind(tables.profile, _named("record"), {"spans": tables.profile_span}),
    "pupil.enrolled": Kind(
        tables.enrolment, lambda data: f"{data['record']}:{data['programme']}", {"spans": tables.enrolment_span}
    ),
    "volunteer.engaged": Kind(tables.engagement, _named("record"), {"spans": tables.engagement_span}),
    "record.assigned": Kind(tables.record_person, _named("record")),
}
_STATUS = {"session.planned": "planned", "session.held": "held", "session.cancelled": "cancelled"}
_LINES = {
    "presences": tables.presence,
    "acting": tables.acting,
    "headcounts": tables.headcount,
    "stands": tables.stand,
}
_DATES = ("starts_on", "ends_on", "opened_on")
_COLUMNS = {table: [column.name for column in table.columns] for table in tables.metadata.sorted_tables}
_SAID = {table: [column.name for column in table.columns if not column.primary_key] for table in _COLUMNS}
"""What a line of a list says itself."""


class Rows:
    """The rows of one batch, by table, in the order of their records."""

    def __init__(self, decode: Callable[[bytes], Any] = json.loads) -> None:
        self._decode = decode
        self.by_table: dict[Table, list[Row]] = defaultdict(list)
        self.removed: dict[Table, list[Row]] = defaultdict(list)

    def add(self, message: Message) -> None:
        """Whatever it says; a type that is not known here is passed over."""
        value = message.value()
        if value is None:
            self._remove(message.key() or b"")
            return
        headers = dict(message.headers() or ())
        kind = headers["ce_type"].decode().removeprefix("fr.cordees.").removesuffix(".v1")
        data = self._decode(value)
        if kind in _STATUS:
            self._add_session(_STATUS[kind], data, headers, message)
        elif kind in _KINDS:
            self._add_aggregate(_KINDS[kind], data)

    def _remove(self, key: bytes) -> None:
        """A tombstone: the key says whose."""
        name, _, aggregate = key.decode().partition("/")
        for kind in _KINDS.values():
            if kind.head.name == {"record": "record_person"}.get(name, name):
                self.removed[kind.head].append({"gone": aggregate})

    def _add_aggregate(self, kind: Kind, data: dict[str, Any]) -> None:
        (name,) = (column.name for column in kind.head.primary_key)
        known = {name: kind.key(data), "version": data["version"]}
        said = data | data.get("valid", {})
        self.by_table[kind.head].append(_columns(kind.head, said) | known)
        for part, table in kind.parts.items():
            self._add_lines(table, data.get(part, ()), known)

    def _add_session(self, status: str, data: dict[str, Any], headers: Mapping[str, bytes], message: Message) -> None:
        known = {"session": data["session"], "version": data["version"]}
        starts_at = datetime.fromisoformat(data["starts_at"])
        origin = {
            "status": status,
            "starts_at": starts_at,
            "day": starts_at.astimezone(_PARIS).date(),
            "recorded_at": datetime.fromisoformat(headers["ce_time"].decode()),
            "correlation": headers["ce_correlationid"].decode(),
            "at_partition": message.partition(),
            "at_offset": message.offset(),
        }
        self.by_table[tables.session_version].append(_columns(tables.session_version, data) | origin)
        self.by_table[tables.session_current].append(known)
        organisers = [{"organisation": one} for one in data["organisers"]]
        self._add_lines(tables.session_organiser, organisers, known)
        for part, table in _LINES.items():
            self._add_lines(table, data.get(part, ()), known)

    def _add_lines(self, table: Table, lines: Any, known: Row) -> None:
        rows, names = self.by_table[table], _SAID[table]
        for item, line in enumerate(lines):
            said = {name: line.get(name) for name in names}
            rows.append({**known, "item": item, **(_dated(said) if "starts_on" in said else said)})


def _columns(table: Table, data: Mapping[str, Any]) -> Row:
    """Every column: all rows of one `executemany` have the same keys."""
    return _dated({name: data.get(name) for name in _COLUMNS[table]})


def _dated(row: Row) -> Row:
    for name in _DATES:
        if row.get(name) is not None:
            row[name] = date.fromisoformat(row[name])
    return row
