"""Every few seconds, the gauges that nobody's request or record moves: outbox, inbox counts, lag."""

from collections.abc import Sequence

import sqlalchemy as sa
import structlog
from faststream.kafka.subscriber.usecase import BatchSubscriber

from chassis import outbox
from chassis.context import Context
from chassis.ending import pause
from chassis.metrics import INBOX_LAG, INBOX_RECORDS, OUTBOX_AGE, OUTBOX_DEPTH, RELAY_OWNER
from chassis.relay import Relay
from chassis.tables import inbox_count, inbox_position

log = structlog.get_logger()

_EVERY = 3.0


class Sampling:
    """Reads PostgreSQL, so every replica shows the same."""

    def __init__(self, context: Context, relay: Relay | None, subscribers: Sequence[BatchSubscriber]) -> None:
        self._context, self._relay, self._subscribers = context, relay, subscribers

    async def run(self) -> None:
        """Until cancelled. While the database is away the last values stand; readiness tells."""
        while True:
            try:
                await self.once()
            except Exception as error:  # noqa: BLE001 - see above
                log.warning("sampling.fault", error=type(error).__name__)
            await pause(_EVERY)

    async def once(self) -> None:
        """One round."""
        if self._relay is None:
            return
        RELAY_OWNER.set(self._relay.state.role == "owner")
        async with self._context.engine.connect() as connection:
            depth, age = await outbox.depth_and_age(connection)
            OUTBOX_DEPTH.set(depth)
            OUTBOX_AGE.set(age)
            query = sa.select(inbox_count.c.topic, inbox_count.c.outcome, sa.func.sum(inbox_count.c.records))
            for topic, outcome, records in await connection.execute(query.group_by("topic", "outcome")):
                INBOX_RECORDS.labels(topic, outcome).set(records)
            positions = {
                (row.topic, row.partition): row.next_offset
                for row in await connection.execute(sa.select(inbox_position))
            }
        self._lag(positions)

    def _lag(self, positions: dict[tuple[str, int], int]) -> None:
        for subscriber in self._subscribers:
            if (consumer := subscriber.consumer) is None:
                continue
            for place in consumer.assignment():
                high = consumer.highwater(place)
                if high is not None:
                    behind = max(0, high - positions.get((place.topic, place.partition), 0))
                    INBOX_LAG.labels(place.topic, place.partition).set(behind)
