"""How far our topics go, as Kafka says now."""

from collections.abc import Mapping
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from chassis.subscriptions import wait_for_topics
from contracts.topics import Topic

Places = Mapping[tuple[str, int], int]


@dataclass(frozen=True)
class Logs:
    """First and next offset of each partition."""

    first: Places
    end: Places

    def passed(self, offsets: Places) -> bool:
        """Whether these positions are at this end or beyond, in every partition."""
        return all(offsets.get(place, -1) >= end for place, end in self.end.items())

    @property
    def total(self) -> int:
        """Offsets from first to last; compaction leaves fewer records."""
        return sum(end - self.first[place] for place, end in self.end.items())

    def left(self, offsets: Places) -> int:
        """Offsets that these positions have not passed."""
        return sum(max(0, end - offsets.get(place, self.first[place])) for place, end in self.end.items())


async def read_logs(bootstrap: str, topics: tuple[Topic, ...]) -> Logs:
    """Waits until the topics exist. Raises aiokafka's errors when the broker is away."""
    names = [topic.name for topic in topics]
    await wait_for_topics(bootstrap, names)
    # It fetches at once, and what is asked next waits on the same connection until the broker has answered that.
    consumer = AIOKafkaConsumer(*names, bootstrap_servers=bootstrap, fetch_max_wait_ms=0)
    await consumer.start()
    try:
        places = [TopicPartition(name, number) for name in names for number in consumer.partitions_for_topic(name)]
        first, end = await consumer.beginning_offsets(places), await consumer.end_offsets(places)
    finally:
        await consumer.stop()
    return Logs(_named(first), _named(end))


def _named(offsets: Mapping[TopicPartition, int]) -> Places:
    return {(place.topic, place.partition): offset for place, offset in offsets.items()}
