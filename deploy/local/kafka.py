"""Real Apache Kafka as a child process: KRaft, one node that is broker and controller, on free local ports."""

import asyncio
import base64
import os
import shutil
import uuid
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import KafkaError

from deploy.local.jars import kafka_jars
from deploy.local.ports import HOST, Ports, is_free
from deploy.local.processes import Child, run_to_end, wait_for
from deploy.local.programs import java

# Measured on 2 cores, format + ready: 4.5 s with the defaults, 2.8 s and half the CPU with these.
_JAVA_OPTIONS = (
    *("-Xms64m", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:-UsePerfData"),
    *("-Djava.awt.headless=true", "-Dorg.slf4j.simpleLogger.showDateTime=true"),
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSXXX",
)

_PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers={host}:{controller}
listeners=BROKER://{host}:{broker},CONTROLLER://{host}:{controller}
advertised.listeners=BROKER://{host}:{broker},CONTROLLER://{host}:{controller}
listener.security.protocol.map=BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
log.dirs={logs}
auto.create.topics.enable=false
default.replication.factor=1
offsets.topic.replication.factor=1
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
# One machine, three services: fifty partitions each are for a cluster, and cost a second at the first start.
offsets.topic.num.partitions=4
transaction.state.log.num.partitions=4
# After a kill the new process is let in only when the session of the dead one is over: 9 s otherwise.
broker.session.timeout.ms=3000
broker.heartbeat.interval.ms=500
num.network.threads=2
num.io.threads=4
# 128 MB otherwise, taken whether compaction has anything to do or not.
log.cleaner.dedupe.buffer.size=8388608
"""


def cluster_id(draw: Callable[[], uuid.UUID] = uuid.uuid4) -> str:
    """A new cluster's id. One in 64 begins with a dash, which the format tool would take for an option: drawn again."""
    while True:
        name = base64.urlsafe_b64encode(draw().bytes).decode().rstrip("=")
        if not name.startswith("-"):
            return name


class Kafka:
    """One broker. `start` is the whole life; in between `stop` or `kill`, then `launch` again on the same ports."""

    def __init__(self, data: Path, port: int, controller_port: int, keep_open: Iterable[int] = ()) -> None:
        """Describe the broker in `<data>/kafka`; nothing runs before `launch`."""
        self.port = port
        self.bootstrap = f"{HOST}:{port}"
        self._controller_port = controller_port
        self._folder = data / "kafka"
        self._log = data / "logs" / "kafka.log"
        self._keep_open = tuple(keep_open)
        self._child: Child | None = None

    @classmethod
    @asynccontextmanager
    async def start(
        cls, data: Path, *, ports: Ports | None = None, keep_open: Iterable[int] = ()
    ) -> "AsyncIterator[Kafka]":
        """Start on the data folder, new or not; stop in the end. Topics are made by `deploy.topics`."""
        ports = ports or Ports(data)
        async with cls(data, ports.take("kafka"), ports.take("kafka-controller"), keep_open).running() as broker:
            yield broker

    @asynccontextmanager
    async def running(self) -> "AsyncIterator[Kafka]":
        """Run it for as long as the context lasts."""
        try:
            await self.launch()
            yield self
        finally:
            await self.stop()

    @property
    def children(self) -> tuple[Child, ...]:
        """The broker process, once launched."""
        return (self._child,) if self._child else ()

    async def launch(self) -> None:
        """Start the broker process and wait until it answers an admin client."""
        jars = await asyncio.to_thread(kafka_jars)
        # Native codecs are unpacked here, and left behind by a kill.
        scratch = self._folder / "tmp"
        shutil.rmtree(scratch, ignore_errors=True)
        self._folder.mkdir(mode=0o700, exist_ok=True)
        scratch.mkdir()
        logs = self._folder / "logs"
        if not logs.exists():
            await self._format(jars, logs)
        self._child = self._java("kafka", jars, "kafka.Kafka", self._configure(logs))
        await wait_for(self._answers, 60, "Kafka does not answer", child=self._child)

    async def stop(self) -> None:
        """Stop the broker in an orderly way."""
        if self._child is not None:
            await self._child.stop(limit=15)

    def kill(self) -> None:
        """SIGKILL the broker."""
        if self._child is not None:
            self._child.kill()

    async def _format(self, jars: Path, logs: Path) -> None:
        """Into a draft that is renamed when whole: half a format would be refused at the next start."""
        draft = logs.with_name("logs.new")
        shutil.rmtree(draft, ignore_errors=True)
        arguments = ("format", "-t", cluster_id(), "--standalone", "-c")
        child = self._java("kafka format", jars, "kafka.tools.StorageTool", *arguments, self._configure(draft))
        await run_to_end(child)
        draft.rename(logs)

    def _configure(self, logs: Path) -> Path:
        """Write the properties anew at each start: ports may have changed, and the command line shows nothing."""
        file = self._folder / "server.properties"
        ports = {"broker": self.port, "controller": self._controller_port}
        file.write_text(_PROPERTIES.format(host=HOST, logs=logs, **ports))
        return file

    def _java(self, name: str, jars: Path, main: str, *arguments: str | Path) -> Child:
        scratch = f"-Djava.io.tmpdir={self._folder / 'tmp'}"
        return Child(
            name,
            [java(), *_JAVA_OPTIONS, scratch, "-cp", f"{jars}/*", main, *arguments],
            log=self._log,
            env=dict(os.environ),
            keep_open=self._keep_open,
        )

    async def _answers(self) -> bool:
        # The admin client logs an error for every refused connection.
        if is_free(self.port):
            return False
        admin = AIOKafkaAdminClient(bootstrap_servers=self.bootstrap, request_timeout_ms=5_000)
        try:
            await admin.start()
            cluster = await admin.describe_cluster()
        except (KafkaError, OSError, TimeoutError):
            return False
        finally:
            with suppress(KafkaError, OSError):
                await admin.close()
        # A broker answers before its own controller has let it in; only then can it make topics.
        return bool(cluster["brokers"]) and cluster["controller_id"] >= 0
