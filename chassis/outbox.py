"""Facts that wait to be sent. A row commits with the state it speaks of; the relay sends it and deletes it."""

import uuid
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.ext.asyncio import AsyncConnection

from chassis.errors import EventTooLarge
from chassis.tables import outbox
from contracts.base import Event
from contracts.envelope import Message, encode
from contracts.topics import topic_of

CHANNEL = "cordees_outbox"


async def add(  # noqa: PLR0913 - the envelope by name
    connection: AsyncConnection, event: Event, *, source: str, time: datetime, correlation: str, limit: int
) -> None:
    """Append one of our facts. Raises `EventTooLarge` when the record would exceed `limit` bytes."""
    message = encode(event, id=str(uuid.uuid4()), source=source, time=time, correlation=correlation)
    # A record that the broker refused alone would be overtaken: its size is checked before it exists.
    if len(message.value) + len(message.key) > limit:
        raise EventTooLarge(event.type, f"{limit} bytes at most")
    await add_message(connection, topic_of(type(event)).name, message, subject=event.subject, version=event.version)


async def add_message(
    connection: AsyncConnection,
    topic: str,
    message: Message,
    *,
    subject: str | None = None,
    version: int | None = None,
) -> None:
    """Append a ready record. A trigger on the table tells the relay at the commit."""
    await connection.execute(
        sa.insert(outbox).values(
            topic=topic,
            key=message.key,
            value=message.value,
            headers=[[name, content.decode()] for name, content in message.headers],
            subject=subject,
            version=version,
        )
    )


async def depth_and_age(connection: AsyncConnection) -> tuple[int, float]:
    """Number of waiting rows, and seconds since the oldest was written (0 when there is none)."""
    row = (
        await connection.execute(
            sa.select(
                sa.func.count(),
                sa.func.coalesce(
                    sa.func.extract("epoch", sa.func.clock_timestamp() - sa.func.min(outbox.c.created_at)), 0
                ),
            ).select_from(outbox)
        )
    ).one()
    return int(row[0]), float(row[1])
