"""`python -m tests.chassis.broken_names BOOTSTRAP TOPIC PARTITION NUMBER`: records whose header name is not UTF-8.

The compiled client would refuse to write them: the caller sets `AIOKAFKA_NO_EXTENSIONS=1`.
"""

import asyncio
import os
import subprocess
import sys

from aiokafka import AIOKafkaProducer


class Broken(str):
    """A name that is written as bytes that nobody can read."""

    __slots__ = ()

    def encode(self, *_: object) -> bytes:
        return b"\xff\xfe"


async def send_broken_names(bootstrap: str, topic: str, partition: int = 0, number: int = 1) -> None:
    """From a process of its own; returns when the broker has them."""
    command = [sys.executable, "-m", __name__, bootstrap, topic, str(partition), str(number)]
    environment = os.environ | {"AIOKAFKA_NO_EXTENSIONS": "1"}
    await asyncio.to_thread(subprocess.run, command, check=True, env=environment)


async def _send(bootstrap: str, topic: str, partition: str, number: str) -> None:
    producer = AIOKafkaProducer(bootstrap_servers=bootstrap)
    await producer.start()
    for _ in range(int(number)):
        await producer.send_and_wait(topic, b"{}", partition=int(partition), headers=[(Broken("x"), b"")])
    await producer.stop()


if __name__ == "__main__":
    asyncio.run(_send(*sys.argv[1:]))
