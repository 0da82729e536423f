"""Every process is killed at every enumerated point, and the table is the same.

Three services are armed at once in each round; the rounds together name every point of every service.
"""

import asyncio
import signal

import pytest

from tests.flows.conftest import Stage

RELAY = ("relay.before_send", "relay.between_send_and_delete", "relay.after_delete")
INBOX = ("inbox.before_commit", "inbox.after_commit")
PROJECTION = ("projection.before_commit", "projection.after_commit")

ROUNDS = (
    {"inscriptions": RELAY[0], "sessions": INBOX[0], "reporting": PROJECTION[0]},
    {"inscriptions": RELAY[1], "sessions": INBOX[1], "reporting": PROJECTION[1]},
    {"inscriptions": RELAY[2], "sessions": RELAY[0]},
    {"inscriptions": INBOX[0], "sessions": RELAY[1]},
    {"inscriptions": INBOX[1], "sessions": RELAY[2]},
)


def test_the_rounds_name_every_point_of_every_service() -> None:
    named = {(service, point) for round_ in ROUNDS for service, point in round_.items()}

    assert named == {
        *(("inscriptions", point) for point in RELAY + INBOX),
        *(("sessions", point) for point in RELAY + INBOX),
        *(("reporting", point) for point in PROJECTION),
    }


@pytest.mark.parametrize("number", range(len(ROUNDS)))
async def test_a_kill_at_any_point_ends_with_the_same_table(world: Stage, number: int) -> None:
    played = await world.new_programme(seed=100 + number, scale=0.2)
    await played.register()
    await world.settle()
    await world.restart({name: {"CORDEES_CRASH_AT": f"{point}:1"} for name, point in ROUNDS[number].items()})

    await played.send()
    services = [world.world.services[name] for name in ROUNDS[number]]
    for service in services:
        assert await service.wait_dead(60) == -signal.SIGKILL
        service.start({"CORDEES_RELAY_LEASE": "1"})
    await asyncio.gather(*(service.wait_ready() for service in services))

    await world.settle()
    await played.assert_table()
