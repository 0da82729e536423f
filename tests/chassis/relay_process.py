"""A relay as a process of its own, so that it can be killed and frozen (`tests/forked.py`)."""

import asyncio

from chassis import crashpoints
from chassis.logs import configure_logs
from chassis.relay import Relay
from chassis.settings import Settings


def run_relay(service: str) -> None:
    """Until it is killed."""
    configure_logs("relay-test", "INFO")
    crashpoints.arm("local")
    asyncio.run(Relay(Settings(), service).run())
