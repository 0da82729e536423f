"""Python 3.11 loses a cancellation that comes at the moment of an answer: long-lived work ends all the same."""

import asyncio
import uuid

import pytest

from chassis.ending import together
from chassis.relay import Relay
from deploy.local.kafka import Kafka
from tests.chassis.test_relay import until
from tests.conftest import MakeSettings


@pytest.mark.parametrize("turns", [1, 2])
async def test_a_relay_that_is_cancelled_as_it_is_woken_ends_and_gives_up_its_outbox(
    kafka: Kafka, inscriptions_database: str, make_settings: MakeSettings, turns: int
) -> None:
    settings = make_settings("inscriptions", inscriptions_database, kafka_bootstrap=kafka.bootstrap)
    relay = Relay(settings, f"test-{uuid.uuid4().hex[:8]}")
    task = asyncio.create_task(relay.run())

    async def waits() -> bool:
        return bool(relay._woken._waiters)

    await until(waits, "the relay is idle")
    relay._woken.set()
    for _ in range(turns):
        # The turns of the loop after which `wait_for` has its answer and has not told it.
        await asyncio.sleep(0)
    task.cancel()
    ended, _ = await asyncio.wait([task], timeout=5)
    task.cancel()

    assert ended == {task}
    again = Relay(settings, "test-again")
    task = asyncio.create_task(again.run())
    await until(lambda: _owns(again), "the outbox is free at once", limit=settings.relay_lease / 2)
    task.cancel()
    await asyncio.wait([task])


async def _owns(relay: Relay) -> bool:
    return relay.state.role == "owner"


async def test_of_works_at_once_the_first_fault_ends_the_others_and_is_no_group() -> None:
    ended: list[str] = []

    async def waits() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("the other one")

    async def fails() -> None:
        await asyncio.sleep(0)
        raise LookupError

    with pytest.raises(LookupError):
        await together(waits(), fails())
    assert ended == ["the other one"]
