"""Transactions that really overlap, of three topics and of two partitions each, in every commit order.

All are open and have written before the first one commits: none sees another's rows. The figures are then those of an
independent count. A writer that waits for another one's lock counts as having written: it goes on as soon as it may.
"""

import asyncio
import itertools
import random
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from contracts.topics import OURS, Topic, topic_of
from services.reporting.batches import Batch, project_batch
from services.reporting.projections import Arrived, Removed
from services.reporting.queries.question import By
from services.reporting.storage import Move, start_position
from services.reporting.storage import Place as Partition
from tests.services.reporting.desk import PROJECT, Received, Reporting
from tests.services.reporting.gathered import check_gathered, names
from tests.services.reporting.histories import History, Place, Said, history, place_of
from tests.services.reporting.recounted import Counted, counted, world_of
from tests.services.reporting.streams import rows, until

QUESTIONS: Sequence[Mapping[str, Any]] = [
    {"indicator": code, "period": "2018-2019", **more}
    for code, *asked in (
        ("I02", {}, {"by": "level"}),
        ("I04", {}, {"by": "establishment"}, {"programme": "albi"}),
        ("I05", {}),
        ("I06", {}),
        ("I08", {}, {"by": "school"}),
        ("I11", {}, {"by": "gender"}),
        ("I12", {}),
        ("I13", {}),
        ("I14", {}, {"by": "organisation"}, {"organisation": "mines"}),
        ("I17", {}),
    )
    for more in asked
]


TOPIC = {topic.name: topic for topic in OURS}


class Writers:
    """One for each lot; each keeps its transaction open until it is told to commit."""

    def __init__(self, reporting: Reporting, told: History) -> None:
        self._reporting, self._told = reporting, told
        self._written = {place: asyncio.Event() for place in told.lots}
        self._may_commit = {place: asyncio.Event() for place in told.lots}

    async def run(self, order: Sequence[Place]) -> None:
        tasks = {place: asyncio.create_task(self._write(place)) for place in self._told.lots}
        async with asyncio.timeout(30):
            await until(lambda: self._all_open(tasks))
            for place in order:
                self._may_commit[place].set()
                if self._written[place].is_set():
                    await tasks[place]
            await asyncio.gather(*tasks.values())

    async def _all_open(self, tasks: Mapping[Place, asyncio.Task[None]]) -> bool:
        for task in tasks.values():
            if task.done():
                task.result()
        waiting = "SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted"
        async with self._reporting.engine.connect() as connection:
            blocked = await connection.scalar(text(waiting)) or 0
        return blocked + sum(one.is_set() for one in self._written.values()) == len(tasks)

    async def _write(self, place: Place) -> None:
        topic, _ = place

        async def project(connection: AsyncConnection, records: Sequence[Arrived | Removed]) -> None:
            await PROJECT[topic](connection, records)
            self._written[place].set()
            await self._may_commit[place].wait()

        await _project(self._reporting, place, self._told.lots[place], project)


async def _project(reporting: Reporting, place: Place, said: Sequence[Said], project: Any) -> None:
    """One batch of one partition, as the engine applies it."""
    name, number = place
    topic, partition = TOPIC[name], Partition(name, number)
    first = reporting.next[partition]
    async with reporting.engine.begin() as connection:
        await start_position(connection, partition, first)
    messages = [(one.encode(), None, ()) if isinstance(one, str) else reporting.message(one) for one in said]
    records = [Received(number, first + n, *message) for n, message in enumerate(messages)]
    await project_batch(reporting.engine, topic, project, Batch(partition, records, Move(first, first + len(said))))
    reporting.next[partition] = first + len(said)


async def _before(reporting: Reporting, told: History) -> None:
    known: dict[str, Topic] = {one.key: topic_of(type(one)) for one in told.before if not isinstance(one, str)}
    for place, said in itertools.groupby(
        sorted(told.before, key=lambda one: place_of(one, known)), key=lambda one: place_of(one, known)
    ):
        await _project(reporting, place, list(said), PROJECT[place[0]])


async def _clear(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text(f"TRUNCATE {', '.join(names())}, position, parked"))


async def _figures(reporting: Reporting) -> Sequence[Counted]:
    return [await _figure(reporting, **question) for question in QUESTIONS]


async def _figure(reporting: Reporting, indicator: str, period: str, by: str = "", **more: Any) -> Counted:
    result = await reporting.result(indicator, period, by=By(by) if by else None, **more)
    asked = {"": result.whole, **(result.cells if by else {})}
    found = {name: (float(one.low or 0), float(one.high or 0)) for name, one in asked.items()}
    return {name: both for name, both in found.items() if both != (0, 0)}


def _rounded(answers: Sequence[Counted]) -> Any:
    return [
        (question, {name: tuple(round(float(one), 6) for one in both) for name, both in answer.items()})
        for question, answer in zip(QUESTIONS, answers, strict=True)
    ]


async def _in_orders(engine: AsyncEngine, told: History, orders: Sequence[Sequence[Place]]) -> None:
    desk = Reporting(engine)
    expected = _rounded(counted(world_of(told.everything, desk), QUESTIONS))
    seen: list[Any] = []
    for order in orders:
        await _clear(engine)
        reporting = Reporting(engine)
        reporting._times = desk._times
        await _before(reporting, told)
        await Writers(reporting, told).run(order)
        found = await rows(engine)
        if found not in seen:
            seen.append(found)
            assert _rounded(await _figures(reporting)) == expected, order
        await check_gathered(engine)
    assert len(seen) == 1, "the same rows in every order"


async def test_transactions_that_overlap_count_the_same_in_a_few_commit_orders(reporting_engine: AsyncEngine) -> None:
    told = history(1)
    places = list(told.lots)

    await _in_orders(reporting_engine, told, [random.Random(n).sample(places, len(places)) for n in range(3)])

    assert set(places) == {(topic.name, n) for topic in OURS for n in range(min(2, topic.partitions))}


@pytest.mark.storm
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("seed", range(2, 8))
async def test_transactions_that_overlap_count_the_same_in_every_commit_order(
    reporting_engine: AsyncEngine, seed: int
) -> None:
    told = history(seed)
    orders = list(itertools.permutations(told.lots))

    await _in_orders(reporting_engine, told, orders)

    print(f"{len(told.lots)} transactions, {len(orders)} orders")  # noqa: T201 - how many
