"""A relay as a process of its own, so that it can be killed and frozen (`python -m tests.chassis.relay_process`)."""

import asyncio
import sys

from chassis import crashpoints
from chassis.logs import configure_logs
from chassis.relay import Relay
from chassis.settings import Settings

if __name__ == "__main__":
    configure_logs("relay-test", "INFO")
    crashpoints.arm("local")
    asyncio.run(Relay(Settings(), sys.argv[1]).run())
