"""`python -m tests.chassis.broken_names BOOTSTRAP TOPIC PARTITION NUMBER CODEC`: header names that are not UTF-8.

In batches as large as the client makes them. With a codec, each is followed by a readable record.
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


async def send_broken_names(bootstrap: str, topic: str, partition: int = 0, number: int = 1, codec: str = "") -> None:
    """From a process of its own; returns when the broker has them."""
    command = [sys.executable, "-m", __name__, bootstrap, topic, str(partition), str(number), codec]
    environment = os.environ | {"AIOKAFKA_NO_EXTENSIONS": "1"}
    await asyncio.to_thread(subprocess.run, command, check=True, env=environment)


async def _send(bootstrap: str, topic: str, partition: str, number: str, codec: str) -> None:
    kind = None if codec in {"", "none"} else codec
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, compression_type=kind, linger_ms=20) as producer:
        for _ in range(int(number)):
            await producer.send(topic, b"{}", partition=int(partition), headers=[(Broken("x"), b"")])
            if codec:
                await producer.send(topic, b"good", key=b"k", partition=int(partition), headers=[("é", b"v")])


if __name__ == "__main__":
    asyncio.run(_send(*sys.argv[1:]))
