"""The three topics before and after: whether they are empty, and whether everything that was sent stands there."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.topics import PEOPLE_TOPIC, REGISTRY_TOPIC, SESSIONS_TOPIC, Topic

Ends = dict[str, dict[int, int]]
"""By topic and partition."""


class NotEmpty(Exception):
    """Records stand on a topic already, and nobody said to write behind them."""


@dataclass(frozen=True)
class Topics:
    """Where the year is written. Ours, but for tests."""

    registry: Topic = REGISTRY_TOPIC
    people: Topic = PEOPLE_TOPIC
    sessions: Topic = SESSIONS_TOPIC

    def __iter__(self) -> Iterator[Topic]:
        return iter((self.registry, self.people, self.sessions))


async def ends_of(bootstrap: str, topics: Iterable[Topic], *, must_be_empty: bool = False) -> Ends:
    """The next offset of every partition. Raises `NotEmpty`, and aiokafka's errors."""
    places = [TopicPartition(topic.name, number) for topic in topics for number in range(topic.partitions)]
    consumer = AIOKafkaConsumer(bootstrap_servers=bootstrap)
    await consumer.start()
    try:
        beginnings = await consumer.beginning_offsets(places)
        ends = await consumer.end_offsets(places)
    finally:
        await consumer.stop()
    if must_be_empty and (full := sorted({place.topic for place in places if ends[place] > beginnings[place]})):
        raise NotEmpty(", ".join(full))
    found: Ends = {}
    for place in places:
        found.setdefault(place.topic, {})[place.partition] = ends[place]
    return found
