"""How far the projections had read when a figure was computed. Opaque to clients, comparable to facts' positions."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.errors import DomainError
from contracts.topics import OURS
from services.reporting.storage import live_version
from services.reporting.tables import PROJECTION, parked, position

_BIGGEST = 2**63


class UnknownWatermark(DomainError):
    """Un repère s'emploie tel qu'il a été donné."""

    field = "after"


@dataclass(frozen=True)
class Watermark:
    """The next offset of each partition of each topic; one that is not named had not been read at all.

    Offsets are the topics' own: a mark that one version gave says the same to the next one.
    """

    offsets: Mapping[tuple[str, int], int]
    projection: int = PROJECTION
    aside: frozenset[tuple[str, int, int]] = frozenset()
    """Records below these offsets that were parked: whoever takes them up later changes what stands before the mark."""

    def encode(self) -> str:
        """Short text for an address."""
        rows = [[topic, partition, offset] for (topic, partition), offset in sorted(self.offsets.items())]
        said = {"p": self.projection, "o": rows} | ({"a": sorted(self.aside)} if self.aside else {})
        text = json.dumps(said, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @property
    def parameters(self) -> dict[str, list[Any]]:
        """Arrays for SQL: three of the offsets, three of what was parked."""
        return {
            "topics": [topic for topic, _ in self.offsets],
            "partitions": [partition for _, partition in self.offsets],
            "offsets": list(self.offsets.values()),
            "aside_topics": [topic for topic, _, _ in self.aside],
            "aside_partitions": [partition for _, partition, _ in self.aside],
            "aside_offsets": [offset for _, _, offset in self.aside],
        }


def decode_watermark(text: str) -> Watermark:
    """Raises `UnknownWatermark`."""
    try:
        data = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        rows, aside = _rows(data["o"]), _rows(data.get("a", ()))
        projection = int(data["p"])
    except (ValueError, TypeError, KeyError):
        raise UnknownWatermark from None
    ours = {topic.name for topic in OURS}
    if not 1 <= projection < _BIGGEST or not all(
        topic in ours and 0 <= partition < _BIGGEST and 0 <= offset < _BIGGEST
        for topic, partition, offset in (*rows, *aside)
    ):
        raise UnknownWatermark
    return Watermark({(topic, partition): offset for topic, partition, offset in rows}, projection, frozenset(aside))


def _rows(data: Any) -> list[tuple[str, int, int]]:
    return [(str(topic), int(partition), int(offset)) for topic, partition, offset in data]


async def read_watermark(connection: AsyncConnection) -> Watermark:
    """How far the live version had read, as this transaction sees it."""
    version = await live_version(connection)
    query = select(position.c.topic, position.c.partition, position.c.next_offset)
    rows = await connection.execute(query.where(position.c.projection == version))
    aside = select(parked.c.topic, parked.c.partition, parked.c.offset).where(parked.c.projection == version)
    left = frozenset((row.topic, row.partition, row.offset) for row in await connection.execute(aside))
    return Watermark({(topic, partition): offset for topic, partition, offset in rows}, version, left)
