"""What a process knows of the partitions that are its own, and that it forgets it with them."""

import math
from contextlib import suppress
from datetime import UTC, datetime

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition

from services.reporting import metrics
from services.reporting.storage import Reached


def age(reached: Reached) -> float:
    """Seconds, at the moment of asking; not a number before the first event."""
    if reached.event_time is None:
        return math.nan
    return (datetime.now(UTC) - reached.event_time).total_seconds()


class Forget(ConsumerRebalanceListener):  # type: ignore[misc]  # untyped
    """Whatever is known of partitions ends with their assignment.

    A new seek makes a new `Reached`, so that records from before it are known as old. Until then nothing is fetched:
    where the group left off is of no use, and a fetch from there may wait half a second for records that never come,
    with the questions that the seek asks behind it on the same connection.
    """

    def __init__(self, version: int, reached: dict[TopicPartition, Reached], consumer: AIOKafkaConsumer) -> None:
        self._version, self._reached, self._consumer = version, reached, consumer
        self._before: set[TopicPartition] = set()

    async def on_partitions_revoked(self, revoked: set[TopicPartition]) -> None:
        """Somebody else's from now on, or ours again after the next seek."""
        self._before = revoked
        self._forget()

    async def on_partitions_assigned(self, assigned: set[TopicPartition]) -> None:
        """Nothing from before counts; the next turn seeks."""
        # Once more: a seek may have ended since, while the consumer still had the partition.
        self._forget()
        self._consumer.pause(*assigned)

    def _forget(self) -> None:
        self._reached.clear()
        for partition in self._before:
            for gauge in (metrics.LAG, metrics.EVENT_AGE):
                # Another process shows them from now on.
                with suppress(KeyError):
                    gauge.remove(self._version, partition.topic, partition.partition)
