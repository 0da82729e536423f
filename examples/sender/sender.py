"""Sends a partner's messages to its inbound topics. Knows the published JSON Schemas and Kafka, and nothing of ours.

    python sender.py --bootstrap HOST:PORT --messages FILE --schemas FOLDER [--shuffle-seed N] [--repeat-share 0.1]

Exit codes: 0 everything acknowledged, 2 something asked for cannot be read, 3 a message breaks its schema (nothing is
sent), 4 not everything was acknowledged. A JSON summary goes to stdout, progress to stderr.
"""

import argparse
import json
import random
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from confluent_kafka import KafkaError, Message, Producer
from jsonschema_rs import Draft202012Validator, ValidationError

Line = dict[str, Any]
OnDelivery = Callable[[KafkaError | None, Message], None]

UNREADABLE, INVALID, UNSENT = 2, 3, 4


def progress(text: str) -> None:
    """One line for whoever watches."""
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


class Schemas:
    """The newest schema for writers of each type: `<folder>/<type>/<n>.writer.json`."""

    def __init__(self, folder: Path) -> None:
        """Schemas are read when their type is first met."""
        self._folder = folder
        self._validators: dict[str, Draft202012Validator] = {}

    def fault(self, line: Line) -> str | None:
        """Where and how the message breaks its schema, without its content; None if it does not."""
        kind, data = fact_of(line)
        if kind not in self._validators:
            self._validators[kind] = self._read(kind)
        error = next(iter(self._validators[kind].iter_errors(data)), None)
        return None if error is None else f"{kind}: {place(error)}: breaks `{error.schema_path[-1]}`"

    def _read(self, kind: str) -> Draft202012Validator:
        files = list((self._folder / kind).glob("*.writer.json"))
        if not files:
            raise FileNotFoundError(self._folder / kind / "<n>.writer.json")
        newest = max(files, key=lambda file: int(file.name.split(".")[0]))
        return Draft202012Validator(json.loads(newest.read_text(encoding="utf-8")), validate_formats=True)


def place(error: ValidationError) -> str:
    """Where in the data: `$.presences[3].minutes`."""
    return "$" + "".join(f"[{step}]" if isinstance(step, int) else f".{step}" for step in error.instance_path)


def fact_of(line: Line) -> tuple[str, Any]:
    """The CloudEvents type and the data, in either mode."""
    if line["headers"]["content-type"].startswith("application/cloudevents"):
        return str(line["value"]["type"]), line["value"]["data"]
    return str(line["headers"]["ce_type"]), line["value"]


def arrange(messages: list[Line], *, seed: int | None, repeat_share: float) -> list[Line]:
    """Some messages twice, and everything out of order; without a seed in order, the repeated ones at the end."""
    rng = random.Random(seed or 0)  # noqa: S311 - an order, nothing secret
    arranged = messages + rng.sample(messages, round(len(messages) * repeat_share))
    if seed is not None:
        rng.shuffle(arranged)
    return arranged


def send(producer: Producer, messages: Iterable[Line], on_delivery: OnDelivery) -> None:
    """Queue everything; a full queue waits for acknowledgements."""
    for line in messages:
        record = {
            "topic": line["topic"],
            "key": line["key"].encode(),
            "value": json.dumps(line["value"], ensure_ascii=False, separators=(",", ":")).encode(),
            "headers": [(name, text.encode()) for name, text in line["headers"].items()],
        }
        while True:
            try:
                producer.produce(**record, on_delivery=on_delivery)
                break
            except BufferError:
                producer.poll(0.5)
        producer.poll(0)


def deliver(bootstrap: str, messages: list[Line], timeout: float) -> tuple[Counter[str], Counter[str]]:
    """Send and wait; answers with acknowledged messages by topic, and with failures by topic and reason."""
    acknowledged, failed = Counter[str](), Counter[str]()

    def on_delivery(error: KafkaError | None, message: Message) -> None:
        if error is None:
            acknowledged[str(message.topic())] += 1
        else:
            failed[f"{message.topic()}: {error.name()}"] += 1

    def on_error(error: KafkaError) -> None:
        if error.name() not in said:
            said.add(error.name())
            progress(f"Kafka: {error.name()}: {error.str()}")

    said = set[str]()
    producer = Producer({
        "bootstrap.servers": bootstrap,
        "enable.idempotence": True,
        # The Java default, which the platform's own producers follow: the same key, the same partition.
        "partitioner": "murmur2_random",
        "compression.type": "lz4",
        "linger.ms": 5,
        "message.timeout.ms": int(timeout * 1000),
        # Its own log repeats every refused connection; what it means is said once, below.
        "log_level": 0,
        "error_cb": on_error,
    })  # fmt: skip
    send(producer, messages, on_delivery)
    # Longer than a message may wait, so that each ends as acknowledged or as failed.
    producer.flush(timeout + 10)
    return acknowledged, failed


def arguments() -> argparse.Namespace:
    """What the caller asks for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bootstrap", required=True, help="host:port of the Kafka cluster")
    files = "one JSON object a line (ndjson); several files are sent as one"
    parser.add_argument("--messages", type=Path, required=True, action="append", help=files)
    parser.add_argument("--schemas", type=Path, required=True, help="folder of the published schemas")
    parser.add_argument("--shuffle-seed", type=int, default=1, help="decides the order and what is sent twice")
    parser.add_argument("--no-shuffle", action="store_true", help="in the order of the file")
    parser.add_argument("--repeat-share", type=float, default=0.1, help="share of the messages that are sent twice")
    parser.add_argument("--timeout", type=float, default=60.0, help="seconds to wait for acknowledgements")
    asked = parser.parse_args()
    if not 0 <= asked.repeat_share <= 1:
        parser.error("--repeat-share lies between 0 and 1")
    return asked


def read(asked: argparse.Namespace) -> tuple[list[Line], list[str]]:
    """The messages, and what is wrong with them by position."""
    lines = (line for file in asked.messages for line in file.read_text(encoding="utf-8").splitlines())
    messages = [json.loads(line) for line in lines]
    schemas = Schemas(asked.schemas)
    found = ((position, schemas.fault(line)) for position, line in enumerate(messages, start=1))
    return messages, [f"line {position}: {fault}" for position, fault in found if fault]


def main() -> int:
    """Check everything, send everything, wait for everything."""
    asked, started = arguments(), time.monotonic()
    try:
        messages, faults = read(asked)
    except (OSError, ValueError, KeyError) as error:
        progress(f"{type(error).__name__}: {error}")
        return UNREADABLE
    if faults:
        progress("\n".join(faults))
        return INVALID
    progress(f"{len(messages)} messages follow their published schemas.")
    seed = None if asked.no_shuffle else asked.shuffle_seed
    arranged = arrange(messages, seed=seed, repeat_share=asked.repeat_share)
    acknowledged, failed = deliver(asked.bootstrap, arranged, asked.timeout)
    summary = {
        "messages": len(messages),
        "repeated": len(arranged) - len(messages),
        "acknowledged": acknowledged.total(),
        "topics": dict(sorted(acknowledged.items())),
        "failed": dict(sorted(failed.items())),
        "seconds": round(time.monotonic() - started, 2),
    }
    sys.stdout.write(json.dumps(summary) + "\n")
    return 0 if acknowledged.total() == len(arranged) else UNSENT


if __name__ == "__main__":
    sys.exit(main())
