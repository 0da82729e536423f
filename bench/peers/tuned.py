"""The peer with what ours has besides being an engine: collector, decoder, transactions that overlap."""

import asyncio
import gc
from collections.abc import Callable, Sequence
from typing import Any

import msgspec
from confluent_kafka import Message
from sqlalchemy.ext.asyncio import AsyncEngine

from bench.peers.catching_up import WAIT, Peer

LANES = 3


class Lane(Peer):
    """One loop of several in a process, each with partitions of its own: while one waits, another unpacks."""

    decode: Callable[[bytes], Any] = staticmethod(msgspec.json.Decoder().decode)

    def __init__(self, engine: AsyncEngine, bootstrap: str, topics: Sequence[str], batch: int, number: int) -> None:
        super().__init__(engine, bootstrap, topics, batch)
        self._number = number

    async def _consume(self, most: int) -> list[Message]:
        return await asyncio.to_thread(self._consumer.consume, most, WAIT)

    def _mine(self, places: Sequence[tuple[str, int]]) -> Sequence[tuple[str, int]]:
        return places[self._number :: LANES]


def spare_collector() -> None:
    """For a process that does nothing but catch up: off altogether, where ours may look between two batches."""
    gc.collect()
    gc.freeze()
    gc.disable()


async def catch_up(engine: AsyncEngine, bootstrap: str, topics: Sequence[str], batch: int) -> int:
    """All lanes to the present end; gives the number of records."""
    lanes = [Lane(engine, bootstrap, topics, batch, number) for number in range(LANES)]
    # None is cut off by another's fault: its consumer would be closed while a thread reads from it.
    ended = await asyncio.gather(*(lane.run() for lane in lanes), return_exceptions=True)
    faults = [one for one in ended if isinstance(one, BaseException)]
    if faults:
        raise faults[0]
    return sum(one for one in ended if isinstance(one, int))
