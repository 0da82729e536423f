"""One writer a partition: units of work, what each brings back, and the processes that do them."""

import multiprocessing
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from multiprocessing.sharedctypes import SynchronizedArray
from multiprocessing.synchronize import Event
from threading import Thread
from typing import Any

from bench.measuring.weights import peak_memory
from bench.year.people import people_records
from bench.year.programmes import Country, make_country
from bench.year.registry import registry_records
from bench.year.sending import Sender
from bench.year.sessions import session_records
from bench.year.sizes import Sizes
from bench.year.topics import Topics
from bench.year.truth import Tally, Written
from bench.year.wire import Record

_TYPE = 3
"""Where `ce_type` stands among the headers."""
_LOOK_UP_EVERY = 500


class Stopped(Exception):
    """Somebody interrupted the whole."""


@dataclass(frozen=True)
class Unit:
    """What one process writes alone, so that its order does not depend on anybody else: a topic, or a partition."""

    number: int
    topic: str
    partition: int | None = None


@dataclass(frozen=True)
class Job:
    """The same for all units."""

    bootstrap: str
    sizes: Sizes
    topics: Topics


@dataclass
class Outcome:
    """What a unit wrote; memory in bytes, the most that its process ever held."""

    unit: Unit
    written: Written = field(default_factory=Written)
    tallies: dict[str, Tally] = field(default_factory=dict)
    memory: int = 0


def units_of(topics: Topics) -> list[Unit]:
    """All units, the long ones not last."""
    sessions = range(topics.sessions.partitions)
    return [
        Unit(0, "registry"),
        Unit(1, "people"),
        *(Unit(2 + partition, "sessions", partition) for partition in sessions),
    ]


def records_of(country: Country, unit: Unit, tallies: dict[str, Tally]) -> Iterator[Record]:
    """The records of a unit, in their order."""
    if unit.topic == "registry":
        return registry_records(country)
    if unit.topic == "people":
        return people_records(country)
    return session_records(country, unit.partition or 0, tallies)


_shared: dict[str, Any] = {}


def prepare(progress: "SynchronizedArray[int]", stop: Event) -> None:
    """In each process, once. The first process alone hears a Ctrl-C and says when to stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _shared.update(progress=progress, stop=stop)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    """At once, whatever is under way: a process without work would wait for ever for somebody who was killed."""
    if parent := multiprocessing.parent_process():
        parent.join()
        os._exit(1)


def write_unit(job: Job, unit: Unit) -> Outcome:
    """Make and send a unit's records. Raises `Stopped` and `sending.NotDelivered`."""
    outcome = Outcome(unit)
    written = outcome.written
    topic = getattr(job.topics, unit.topic).name
    with Sender(job.bootstrap, topic) as sender:
        for number, record in enumerate(records_of(make_country(job.sizes), unit, outcome.tallies), start=1):
            sender.send(record)
            written.partitions[record.partition] += 1
            written.kinds[record.headers[_TYPE][1].decode()] += 1
            written.value_bytes += len(record.value)
            if not number % _LOOK_UP_EVERY:
                _look_up(unit, number)
    _shared["progress"][unit.number] = sum(written.partitions.values())
    outcome.memory = peak_memory()
    return outcome


def _look_up(unit: Unit, number: int) -> None:
    """Say how far it is; stop when asked."""
    _shared["progress"][unit.number] = number
    if _shared["stop"].is_set():
        raise Stopped
