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
from services.reporting.tables import PROJECTION, position

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

    def encode(self) -> str:
        """Short text for an address."""
        rows = [[topic, partition, offset] for (topic, partition), offset in sorted(self.offsets.items())]
        text = json.dumps({"p": self.projection, "o": rows}, separators=(",", ":"))
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    @property
    def parameters(self) -> dict[str, list[Any]]:
        """Three arrays for SQL."""
        return {
            "topics": [topic for topic, _ in self.offsets],
            "partitions": [partition for _, partition in self.offsets],
            "offsets": list(self.offsets.values()),
        }


def decode_watermark(text: str) -> Watermark:
    """Raises `UnknownWatermark`."""
    try:
        data = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        rows = [(str(topic), int(partition), int(offset)) for topic, partition, offset in data["o"]]
        projection = int(data["p"])
    except (ValueError, TypeError, KeyError):
        raise UnknownWatermark from None
    ours = {topic.name for topic in OURS}
    if not 1 <= projection < _BIGGEST or not all(
        topic in ours and 0 <= partition < _BIGGEST and 0 <= offset < _BIGGEST for topic, partition, offset in rows
    ):
        raise UnknownWatermark
    return Watermark({(topic, partition): offset for topic, partition, offset in rows}, projection)


async def read_watermark(connection: AsyncConnection) -> Watermark:
    """How far the live version had read, as this transaction sees it."""
    version = await live_version(connection)
    query = select(position.c.topic, position.c.partition, position.c.next_offset)
    rows = await connection.execute(query.where(position.c.projection == version))
    return Watermark({(topic, partition): offset for topic, partition, offset in rows}, version)
