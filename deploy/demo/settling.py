"""Waiting until nothing is under way: every record decided, every fact sent, every projection past the last of them."""

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import httpx2
from aiokafka import AIOKafkaConsumer, TopicPartition

from contracts.topics import OURS
from deploy.local.errors import PlatformError
from deploy.local.world import World

_PAUSE = 0.2


class NotSettled(PlatformError):
    """The platform did not come to rest in time."""


Counts = dict[str, dict[str, int]]
"""By inbound topic, records by outcome."""

Say = Callable[[str], None]
"""Shows how far it is."""

OUTCOMES = ("accepted", "stale", "duplicate", "rejected", "held")


class Settling:
    """Asks the three services over HTTP, and Kafka for the ends of topics."""

    def __init__(self, world: World, operator: Mapping[str, str]) -> None:
        self._world, self._headers = world, dict(operator)

    async def wait(self, sent: Mapping[str, int], limit: float = 120, say: Say = lambda _: None) -> Counts:
        """Until the outcomes of each inbound topic add up to `sent` and everything published was projected."""
        deadline = time.monotonic() + limit
        async with httpx2.AsyncClient(headers=self._headers, timeout=10) as http:
            while True:
                counts, outbox = await self._inbound(http)
                decided = all(sum(counts.get(topic, {}).values()) == number for topic, number in sent.items())
                done = sum(sum(counts.get(topic, {}).values()) for topic in sent)
                say(f"{done} / {sum(sent.values())}")
                behind = await self._behind(http)
                if decided and outbox == 0 and not behind:
                    return counts
                if time.monotonic() > deadline:
                    raise NotSettled(_what_is_left(counts, sent, outbox, behind))
                await asyncio.sleep(_PAUSE)

    async def counts(self) -> Counts:
        """Records by topic and outcome, now."""
        async with httpx2.AsyncClient(headers=self._headers, timeout=10) as http:
            return (await self._inbound(http))[0]

    async def _inbound(self, http: httpx2.AsyncClient) -> tuple[Counts, int]:
        counts: Counts = {}
        outbox = 0
        for service in ("inscriptions", "sessions"):
            answer = await http.get(f"{self._world.services[service].url}/inbound")
            answer.raise_for_status()
            body: dict[str, Any] = answer.json()
            outbox += body["outbox"]
            for row in body["topics"]:
                if row["topic"].startswith("cordees.inbound."):
                    counts[row["topic"]] = {outcome: row[outcome] for outcome in OUTCOMES}
        return counts, outbox

    async def _behind(self, http: httpx2.AsyncClient) -> list[str]:
        """Partitions that reporting has not read to the end, as `topic/partition next of end`."""
        answer = await http.get(f"{self._world.services['reporting'].url}/projections")
        answer.raise_for_status()
        live = next(state for state in answer.json() if state["status"] == "live")
        positions = {(row["topic"], row["partition"]): row["next_offset"] for row in live["positions"]}
        ends = await self._ends()
        reached = {place: positions.get((place.topic, place.partition), 0) for place in ends}
        return [
            f"{place.topic}/{place.partition} {reached[place]} of {end}"
            for place, end in ends.items()
            if reached[place] < end
        ]

    async def _ends(self) -> dict[TopicPartition, int]:
        """After the last record that a reader can see; the marks that end transactions stand behind it."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self._world.kafka.bootstrap, isolation_level="read_committed", enable_auto_commit=False
        )
        await consumer.start()
        try:
            places = [TopicPartition(topic.name, number) for topic in OURS for number in range(topic.partitions)]
            ends: dict[TopicPartition, int] = await consumer.end_offsets(places)
            return ends
        finally:
            await consumer.stop()


def _what_is_left(counts: Counts, sent: Mapping[str, int], outbox: int, behind: Sequence[str]) -> str:
    decided = {topic: sum(counts.get(topic, {}).values()) for topic in sent}
    waiting = [f"{topic} {decided[topic]} of {number}" for topic, number in sent.items() if decided[topic] != number]
    parts = {"undecided": waiting, "outbox": [str(outbox)] if outbox else [], "not projected": behind}
    return f"{NotSettled.__doc__} " + "; ".join(f"{name}: {', '.join(found)}" for name, found in parts.items() if found)


def difference(before: Counts, after: Counts) -> Mapping[str, int]:
    """Records by outcome that came between two counts."""
    return {
        outcome: sum(after[topic][outcome] - before.get(topic, {}).get(outcome, 0) for topic in after)
        for outcome in OUTCOMES
    }
