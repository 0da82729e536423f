"""The facts behind a figure, counted and left out, page by page; and which of them changed since a watermark."""

import base64
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.errors import DomainError
from contracts.topics import PEOPLE_TOPIC, SESSIONS_TOPIC
from services.reporting.indicators.indicator import Indicator
from services.reporting.indicators.reader import Row, indicator_steps, run
from services.reporting.queries.question import Question, Steps
from services.reporting.queries.scope import all_activities
from services.reporting.watermarks import Watermark


class UnknownCursor(DomainError):
    """Un curseur s'emploie tel qu'il a été donné par la page précédente, avec la même question."""

    field = "cursor"


# One order for all facts, so that a page begins where the last one ended.
_KEY: Mapping[str, tuple[str, type]] = {
    "k_day": ("day", date),
    "k_session": ("coalesce(session, '')", str),
    "k_version": ("coalesce(version, 0)", int),
    "k_family": ("family", str),
    "k_record": ("coalesce(record, '')", str),
    "k_programme": ("coalesce(programme, '')", str),
    "k_subject": ("concat_ws(' ', convention, certificate, course, declaration, organisation, condition)", str),
    "k_item": ("coalesce(item, 0)", int),
}
_TYPES = {date: "date", str: "text", int: "bigint"}
_ORDER = ", ".join(column for column, _ in _KEY.values())
_BEYOND = f"({_ORDER}) > ({', '.join(f'CAST(:{name} AS {_TYPES[kind]})' for name, (_, kind) in _KEY.items())})"


@dataclass(frozen=True)
class Page:
    """Facts in order, and where the next page begins."""

    facts: Sequence[Row]
    cursor: str | None


async def explain(  # noqa: PLR0913 - a page is asked for by name
    connection: AsyncConnection,
    indicator: Indicator,
    question: Question,
    *,
    after: Watermark | None = None,
    cursor: str | None = None,
    limit: int = 100,
) -> Page:
    """At most `limit` facts. Those with `counted` are exactly the ones that the figure is computed from."""
    conditions = ["true"]
    parameters = dict(question.parameters) | {"limit": limit + 1}
    steps = indicator_steps(indicator, question, all_activities(question))
    if after is not None:
        steps, parameters = (*steps, *_SINCE), parameters | after.parameters
        conditions.append(_MOVED)
    if cursor is not None:
        parameters |= decode_cursor(cursor)
        conditions.append(_BEYOND)
    keys = ", ".join(f"{column} AS {name}" for name, (column, _) in _KEY.items())
    select = f"SELECT *, {keys} FROM celled WHERE {' AND '.join(conditions)} ORDER BY {_ORDER} LIMIT :limit"  # noqa: S608
    rows = await run(connection, steps, select, parameters)
    return Page(rows[:limit], _encode_cursor(rows[limit - 1]) if len(rows) > limit else None)


_MARK = """
    SELECT * FROM unnest(CAST(:topics AS text[]), CAST(:partitions AS bigint[]), CAST(:offsets AS bigint[]))
        AS m (topic, partition, next_offset)
"""
_ASIDE = """
    SELECT * FROM unnest(CAST(:aside_topics AS text[]), CAST(:aside_partitions AS bigint[]),
        CAST(:aside_offsets AS bigint[])) AS s (topic, partition, at_offset)
"""


def _later(row: str, topic: str) -> str:
    """Read since the mark: beyond it, or parked then and taken up since."""
    return f"""(
        {row}.at_offset >= coalesce(m.next_offset, 0)
        OR ('{topic}', {row}.at_partition, {row}.at_offset) IN (SELECT topic, partition, at_offset FROM aside))"""  # noqa: S608 - constants of this module and of the contracts


_SEEN = f"""
    SELECT a.session, a.version, {_later("a", SESSIONS_TOPIC.name)} AS later
    FROM activity a
    LEFT JOIN mark m ON m.topic = '{SESSIONS_TOPIC.name}' AND m.partition = a.at_partition
"""  # noqa: S608 - a constant of the contracts
# What stood at the watermark, where a higher version has come since. A late lower one has moved nothing.
_STOOD = """
    SELECT session, coalesce(max(version) FILTER (WHERE NOT later), 0) AS version FROM seen GROUP BY session
    HAVING max(version) FILTER (WHERE later) > coalesce(max(version) FILTER (WHERE NOT later), 0)
"""
_MOVED_VERSION = (
    "SELECT s.session, s.version FROM seen s JOIN stood o ON o.session = s.session WHERE s.version >= o.version"
)


def _changed_record(table: str) -> str:
    return f"""
        SELECT p.record FROM {table} p
        LEFT JOIN mark m ON m.topic = '{PEOPLE_TOPIC.name}' AND m.partition = p.at_partition
        WHERE {_later("p", PEOPLE_TOPIC.name)}
    """  # noqa: S608 - a table of this package


_OF_RECORDS = ("profile", "enrolment", "engagement", "record_person", "study", "training", "certificate")
_SINCE: Steps = (
    ("mark", _MARK),
    ("aside", _ASIDE),
    ("seen", _SEEN),
    ("stood", _STOOD),
    ("moved_version", _MOVED_VERSION),
    ("moved_record", " UNION ".join(map(_changed_record, _OF_RECORDS))),
)
_MOVED = """(
    (session, version) IN (SELECT session, version FROM moved_version)
    OR why <> 'superseded' AND record IN (SELECT record FROM moved_record))"""


def _encode_cursor(row: Row) -> str:
    values = [row[name].isoformat() if kind is date else row[name] for name, (_, kind) in _KEY.items()]
    return base64.urlsafe_b64encode(json.dumps(values, separators=(",", ":")).encode()).decode().rstrip("=")


def decode_cursor(text: str) -> dict[str, Any]:
    """Parameters of the key. Raises `UnknownCursor`."""
    try:
        values = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        named = dict(zip(_KEY, values, strict=True))
        named["k_day"] = date.fromisoformat(named["k_day"])
    except (ValueError, TypeError, KeyError):
        raise UnknownCursor from None
    if not all(_fits(named[name], kind) for name, (_, kind) in _KEY.items()):
        raise UnknownCursor
    return named


def _fits(value: object, kind: type) -> bool:
    if kind is int:
        return type(value) is int and 0 <= value < 2**63
    # Neither NUL nor half a surrogate, which PostgreSQL cannot take.
    return isinstance(value, kind) and (kind is not str or str(value).isprintable())
