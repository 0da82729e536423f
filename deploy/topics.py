"""Brings a cluster's topics to what is declared: makes, reconfigures, never deletes, never repartitions."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Protocol

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import for_code

_VISIBLE_LIMIT = 30.0
_SET_ON_TOPIC = 1  # config_source of what was set on the topic itself, not a default of the broker's


class Topic(Protocol):
    """What must be known of a topic here; the declaration itself is in `contracts.topics`."""

    @property
    def name(self) -> str:
        """Its name."""

    @property
    def partitions(self) -> int:
        """How many partitions."""

    @property
    def config(self) -> Mapping[str, str]:
        """Settings that differ from the broker's."""


class PartitionsDiffer(Exception):
    """A topic exists with another number of partitions. Changing it would send a key elsewhere and break its order."""

    def __init__(self, differing: Mapping[str, tuple[int, int]]) -> None:
        """Take the name, number there, and number declared."""
        self.differing = differing
        lines = (
            f"  {name}: {there} in the cluster, {declared} declared" for name, (there, declared) in differing.items()
        )
        super().__init__("\n".join((str(PartitionsDiffer.__doc__), *lines)))


class TopicsRefused(Exception):
    """The broker refused to make or to change a topic."""


@dataclass(frozen=True)
class Applied:
    """Names of the topics that were made, changed, and found as declared."""

    created: tuple[str, ...]
    altered: tuple[str, ...]
    unchanged: tuple[str, ...]


async def apply_topics(bootstrap: str, topics: Iterable[Topic], *, replication_factor: int = 1) -> Applied:
    """Make the missing topics and set differing settings; nothing at all if any has other partitions.

    Raises `PartitionsDiffer`, `TopicsRefused`, and aiokafka's errors when the cluster cannot be reached.
    """
    declared = {topic.name: topic for topic in topics}
    async with _admin(bootstrap) as admin:
        there = await _partitions(admin)
        differing = {
            name: (there[name], topic.partitions)
            for name, topic in declared.items()
            if name in there and there[name] != topic.partitions
        }
        if differing:
            raise PartitionsDiffer(differing)
        missing = [topic for name, topic in declared.items() if name not in there]
        await _create(admin, missing, replication_factor)
        altered = await _alter(admin, [topic for name, topic in declared.items() if name in there])
    created = tuple(topic.name for topic in missing)
    return Applied(created, altered, tuple(name for name in declared if name not in {*created, *altered}))


async def _create(admin: AIOKafkaAdminClient, topics: list[Topic], replication_factor: int) -> None:
    if not topics:
        return
    new = [
        NewTopic(topic.name, topic.partitions, replication_factor, topic_configs=dict(topic.config)) for topic in topics
    ]
    answer = await admin.create_topics(new)
    _check((name, code, reason) for name, code, reason in answer.topic_errors)
    # The broker answers before every partition has a leader, and a first producer would be told: unknown topic.
    deadline = time.monotonic() + _VISIBLE_LIMIT
    while not {topic.name for topic in topics} <= (await _partitions(admin, led=True)).keys():
        if time.monotonic() > deadline:
            raise TopicsRefused("The new topics have no leader")
        await asyncio.sleep(0.05)


async def _alter(admin: AIOKafkaAdminClient, topics: list[Topic]) -> tuple[str, ...]:
    """Set what differs. The request replaces all settings of a topic, so others that an operator set go along."""
    if not topics:
        return ()
    resources = []
    set_there = await _settings(admin, [topic.name for topic in topics])
    for topic in topics:
        known = set_there[topic.name]
        if any(known.get(name) != value for name, value in topic.config.items()):
            resources.append(ConfigResource(ConfigResourceType.TOPIC, topic.name, {**known, **topic.config}))
    if resources:
        for answer in await admin.alter_configs(resources):
            _check((name, code, reason) for code, reason, _, name in answer.resources)
    return tuple(resource.name for resource in resources)


async def _settings(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    """Read what was set on each topic itself."""
    found = {}
    for answer in await admin.describe_configs([ConfigResource(ConfigResourceType.TOPIC, name) for name in names]):
        _check((name, code, reason) for code, reason, _, name, _ in answer.resources)
        for _, _, _, topic, entries in answer.resources:
            found[topic] = {name: value for name, value, _, source, *_ in entries if source == _SET_ON_TOPIC}
    return found


async def _partitions(admin: AIOKafkaAdminClient, *, led: bool = False) -> dict[str, int]:
    """How many partitions each topic has; with `led`, only of topics whose partitions all have a leader."""
    topics: list[dict[str, Any]] = await admin.describe_topics()
    return {
        topic["topic"]: len(topic["partitions"])
        for topic in topics
        if not led or all(partition["leader"] >= 0 for partition in topic["partitions"])
    }


def _check(answers: Iterable[tuple[str, int, str | None]]) -> None:
    refused = [f"{name}: {for_code(code).__name__} {reason or ''}".rstrip() for name, code, reason in answers if code]
    if refused:
        raise TopicsRefused("\n".join((str(TopicsRefused.__doc__), *refused)))


@asynccontextmanager
async def _admin(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    try:
        await admin.start()
        yield admin
    finally:
        await admin.close()
