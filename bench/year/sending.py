"""To Kafka, fast: one producer a process, in order, nothing lost, memory bounded."""

from types import TracebackType
from typing import Any, Self, cast

from confluent_kafka import KafkaError, KafkaException, Message, Producer

from bench.year.wire import Record

# 64 MB of records wait at most; a batch stays below the broker's limit of 1 MB.
_SETTINGS = {
    "enable.idempotence": True,
    # Not that a coordinator is still loading: that is waited for.
    "log_level": 3,
    "compression.type": "lz4",
    "linger.ms": 50,
    "batch.size": 900_000,
    "queue.buffering.max.kbytes": 65_536,
    "queue.buffering.max.messages": 100_000,
    "delivery.report.only.error": True,
    "message.timeout.ms": 60_000,
}
_POLL_EVERY = 1_000
_FLUSH_SECONDS = 90.0


class NotDelivered(Exception):
    """Kafka did not take every record. What stands on the topics is part of a year."""


class Sender:
    """Sends records to one topic. A context: at its end everything stands on the topic, or `NotDelivered` is raised."""

    def __init__(self, bootstrap: str, topic: str) -> None:
        self._topic = topic
        self._sent = 0
        self._refused: list[str] = []
        self._producer = Producer(
            {"bootstrap.servers": bootstrap, "on_delivery": self._delivered, "error_cb": _ignore, **_SETTINGS}
        )

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        """Wait until everything was taken; after an error, wait for nothing."""
        if error is not None:
            self._producer.purge()
        left = self._producer.flush(_FLUSH_SECONDS)
        if error is None:
            self._check(left)

    def send(self, record: Record) -> None:
        """Hand over; waits while too much is under way. Raises `NotDelivered`."""
        # To the type checker, a list of bytes is no list of "text, bytes or nothing".
        headers = cast("Any", record.headers)
        while True:
            try:
                self._producer.produce(self._topic, record.value, record.key, record.partition, headers=headers)
            except BufferError:
                self._producer.poll(0.1)
                self._check(0)
            except KafkaException as error:
                raise NotDelivered(str(error)) from None
            else:
                break
        self._sent += 1
        if not self._sent % _POLL_EVERY:
            self._producer.poll(0)
            self._check(0)

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            self._refused.append(error.str())

    def _check(self, left: int) -> None:
        if self._refused or left:
            raise NotDelivered(f"{NotDelivered.__doc__} {next(iter(self._refused), f'{left} left')}")


def _ignore(_error: KafkaError) -> None:
    """A broker that is away for a moment is waited for; what that costs a record is told of the record."""
