"""Facts that wait to be sent. A row commits with the state it speaks of; the relay sends it and deletes it."""

import uuid
from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.errors import EventTooLarge
from chassis.tables import outbox
from contracts.base import Event
from contracts.envelope import Message, encode
from contracts.topics import topic_of

CHANNEL = "cordees_outbox"

Row = dict[str, Any]


def row_of(event: Event, *, source: str, time: datetime, correlation: str, limit: int) -> Row:
    """One of our facts, ready to be written. Raises `EventTooLarge` when the record would exceed `limit` bytes."""
    message = encode(event, id=str(uuid.uuid4()), source=source, time=time, correlation=correlation)
    # A record that the broker refused alone would be overtaken: its size is checked before it exists.
    if len(message.value) + len(message.key) > limit:
        raise EventTooLarge(event.type, f"{limit} bytes at most")
    return row_of_message(topic_of(type(event)).name, message) | {"subject": event.subject, "version": event.version}


def row_of_message(topic: str, message: Message) -> Row:
    """Any record, ready to be written."""
    return {
        "topic": topic,
        "key": message.key,
        "value": message.value,
        "headers": [[name, content.decode()] for name, content in message.headers],
        "subject": None,
        "version": None,
    }


async def write(connection: AsyncConnection, rows: Sequence[Row]) -> None:
    """Append in order. A trigger on the table tells the relay at the commit."""
    if rows:
        await connection.execute(sa.insert(outbox), rows)


async def depth_and_age(connection: AsyncConnection) -> tuple[int, float]:
    """Number of waiting rows, and seconds since the oldest was written (0 when there is none)."""
    age = sa.func.extract("epoch", sa.func.clock_timestamp() - sa.func.min(outbox.c.created_at))
    row = (await connection.execute(sa.select(sa.func.count(), sa.func.coalesce(age, 0)).select_from(outbox))).one()
    return int(row[0]), float(row[1])
