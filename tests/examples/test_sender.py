"""The sender: a stranger's program, in an environment that holds nothing of ours, against real Kafka."""

import asyncio
import json
import os
import subprocess
import sys
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.structs import ConsumerRecord

from deploy.local.kafka import Kafka
from tests.examples.conftest import EXAMPLES, Generated, messages_in

SENDER = EXAMPLES / "sender"
SCHEMAS = EXAMPLES.parent / "contracts" / "schemas"
PARTITIONS = 3


@pytest.fixture(scope="session")
def sender_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The interpreter of a fresh environment, made from the sender's own lock alone."""
    venv = tmp_path_factory.mktemp("sender") / "venv"
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "--quiet", "--python", sys.executable, venv], check=True)
    lock = SENDER / "requirements.lock"
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--require-hashes", "-r", lock],
        check=True,
        env={**os.environ, "VIRTUAL_ENV": str(venv)},
    )
    return venv / "bin" / "python"


@pytest_asyncio.fixture
async def topic(kafka: Kafka) -> AsyncIterator[str]:
    """A topic of this test alone."""
    name = f"sent-{uuid.uuid4().hex[:12]}"
    admin = AIOKafkaAdminClient(bootstrap_servers=kafka.bootstrap)
    await admin.start()
    try:
        await admin.create_topics([NewTopic(name, PARTITIONS, 1)])
        yield name
        await admin.delete_topics([name])
    finally:
        await admin.close()


async def run(python: Path, *arguments: str | Path) -> tuple[int, str, str]:
    """Run the sender away from the project, so that it finds nothing of ours; exit code, stdout, stderr."""
    process = await asyncio.create_subprocess_exec(
        python, SENDER / "sender.py", *arguments,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE, cwd=python.parent, env={"PATH": os.defpath},
    )  # fmt: skip
    out, err = await process.communicate()
    assert process.returncode is not None
    return process.returncode, out.decode(), err.decode()


def written(folder: Path, messages: list[dict[str, Any]]) -> Path:
    """A file of these messages."""
    file = folder / "messages.ndjson"
    file.write_text("".join(json.dumps(message) + "\n" for message in messages), encoding="utf-8")
    return file


async def records_in(kafka: Kafka, topic: str) -> list[ConsumerRecord[bytes, bytes]]:
    """Everything in the topic."""
    partitions = [TopicPartition(topic, number) for number in range(PARTITIONS)]
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka.bootstrap, auto_offset_reset="earliest")
    await consumer.start()
    try:
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        records: list[ConsumerRecord[bytes, bytes]] = []
        while len(records) < sum(ends.values()):
            for batch in (await consumer.getmany(timeout_ms=1000)).values():
                records += batch
    finally:
        await consumer.stop()
    return records


def test_its_environment_holds_nothing_of_ours(sender_python: Path) -> None:
    names = "import importlib.metadata as m; print(*sorted(d.name.lower() for d in m.distributions()))"
    listed = subprocess.run([sender_python, "-c", names], check=True, capture_output=True, text=True)
    packages = ("contracts", "chassis", "services", "deploy", "examples")
    ours = f"import importlib.util as u; print([name for name in {packages} if u.find_spec(name)])"
    found = subprocess.run(
        [sender_python, "-c", ours], check=True, capture_output=True, text=True, cwd=sender_python.parent
    )

    assert set(listed.stdout.split()) == {"confluent-kafka", "jsonschema_rs"}
    assert found.stdout.strip() == "[]"


async def test_everything_arrives_a_tenth_twice_and_out_of_order(
    kafka: Kafka, topic: str, sender_python: Path, generated: Generated, tmp_path: Path
) -> None:
    messages = [{**message, "topic": topic} for message in messages_in(generated(1))]
    file = written(tmp_path, messages)

    code, out, _ = await run(
        sender_python, "--bootstrap", kafka.bootstrap, "--messages", file, "--schemas", SCHEMAS, "--shuffle-seed", "7"
    )

    records, summary = await records_in(kafka, topic), json.loads(out)
    assert code == 0
    assert summary["acknowledged"] == len(records) == summary["topics"][topic]
    assert summary["repeated"] == round(0.1 * len(messages))
    expected = {content(message) for message in messages}
    arrived = Counter((record.key, record.value, tuple(record.headers)) for record in records)
    assert arrived.keys() == expected
    assert sum(count - 1 for count in arrived.values()) == summary["repeated"]
    first = dict.fromkeys(
        (record.key, record.value, tuple(record.headers)) for record in records if not record.partition
    )
    assert list(first) != [content(message) for message in messages if on_first_partition(message)]


async def test_in_order_once_and_each_key_on_the_partition_that_java_would_choose(
    kafka: Kafka, topic: str, sender_python: Path, generated: Generated, tmp_path: Path
) -> None:
    messages = [{**message, "topic": topic} for message in messages_in(generated(1))[:200]]
    file = written(tmp_path, messages)

    code, _, _ = await run(
        sender_python, "--bootstrap", kafka.bootstrap, "--messages", file, "--schemas", SCHEMAS,
        "--no-shuffle", "--repeat-share", "0",
    )  # fmt: skip

    assert code == 0
    records = await records_in(kafka, topic)
    numbers = list(range(PARTITIONS))
    assert all(record.partition == DefaultPartitioner()(record.key, numbers, numbers) for record in records)
    assert [content(message) for message in messages if on_first_partition(message)] == [
        (record.key, record.value, tuple(record.headers)) for record in records if record.partition == 0
    ]


def on_first_partition(message: dict[str, Any]) -> bool:
    """Where the Java default puts it."""
    numbers = list(range(PARTITIONS))
    return bool(DefaultPartitioner()(message["key"].encode(), numbers, numbers) == 0)


def content(message: dict[str, Any]) -> tuple[bytes, bytes, tuple[tuple[str, bytes], ...]]:
    """Key, value and headers as they should stand in Kafka."""
    value = json.dumps(message["value"], ensure_ascii=False, separators=(",", ":")).encode()
    return message["key"].encode(), value, tuple((name, text.encode()) for name, text in message["headers"].items())


async def test_a_message_that_breaks_its_schema_stops_everything_and_is_not_shown(
    sender_python: Path, generated: Generated, tmp_path: Path
) -> None:
    messages = messages_in(generated(1))[:3]
    messages[1]["value"]["version"] = "secret"
    file = written(tmp_path, messages)

    code, out, err = await run(sender_python, "--bootstrap", "127.0.0.1:1", "--messages", file, "--schemas", SCHEMAS)

    assert code == 3
    assert out == ""
    assert "line 2" in err
    assert "$.version" in err
    assert "secret" not in err


async def test_what_is_not_acknowledged_is_a_failure(sender_python: Path, generated: Generated, tmp_path: Path) -> None:
    file = written(tmp_path, messages_in(generated(1))[:3])

    code, out, _ = await run(
        sender_python, "--bootstrap", "127.0.0.1:1", "--messages", file, "--schemas", SCHEMAS, "--timeout", "1"
    )

    assert code == 4
    assert json.loads(out)["acknowledged"] == 0
    assert sum(json.loads(out)["failed"].values()) == 3


async def test_without_schemas_nothing_is_sent(sender_python: Path, generated: Generated, tmp_path: Path) -> None:
    code, _, _ = await run(
        sender_python,
        "--bootstrap",
        "127.0.0.1:1",
        "--messages",
        generated(1) / "messages.ndjson",
        "--schemas",
        tmp_path,
    )

    assert code == 2
