"""Records that aiokafka cannot unpack because a header name is not UTF-8, fetched once more and unpacked all the same.

Knows aiokafka 0.14 from inside: its compiled unpacking stops at such a record and never gets past it, so that whatever
its producer sent in the same batch is lost as well; its plain one can be taught.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.client import AIOKafkaClient
from aiokafka.consumer.fetcher import PartitionRecords
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.record.default_records import _DefaultRecordBatchPy
from aiokafka.record.memory_records import _MemoryRecordsPy

log = structlog.get_logger()

UNREADABLE = b"\xff"
_FIRST_WITH_HEADERS = 2
"""Magic of a batch."""
_WITH_REPLICA = 11
"""Version of an answer from which on the preferred replica stands between aborted transactions and records."""


@dataclass(frozen=True)
class Limits:
    """Of one answer, in bytes: as a whole and for each partition. `committed`: nothing of other transactions."""

    whole: int
    partition: int
    committed: bool


async def fetch_leniently(
    client: AIOKafkaClient, positions: Mapping[TopicPartition, int], limits: Limits
) -> dict[TopicPartition, PartitionRecords]:
    """What stands at these positions; nothing where the broker gives nothing. Raises aiokafka's errors."""
    found, isolation = {}, int(limits.committed)
    for leader, topics in _by_leader(client, positions, limits).items():
        answer = await client.send(leader, FetchRequest(0, 0, limits.whole, isolation, list(topics.items())))
        aborted_at = 2 if answer.API_VERSION >= _WITH_REPLICA else -2
        for topic, partitions in answer.topics:
            for number, error, _, *said in partitions:
                place, records = TopicPartition(topic, number), _Records(said[-1])
                if not error and records.has_next():
                    told = (said[aborted_at], positions[place], None, None, True, isolation)
                    found[place] = _OfPartition(place, records, *told)
    return found


def _by_leader(
    client: AIOKafkaClient, positions: Mapping[TopicPartition, int], limits: Limits
) -> Mapping[int, Mapping[str, Sequence[tuple[int, int, int]]]]:
    wanted: dict[int, dict[str, list[tuple[int, int, int]]]] = defaultdict(lambda: defaultdict(list))
    for place, offset in positions.items():
        leader = client.cluster.leader_for_partition(place)
        # Without one the base waits for it, and fetches again by itself.
        if leader not in {None, -1}:
            wanted[leader][place.topic].append((place.partition, offset, limits.partition))
    return wanted


class _OfPartition(PartitionRecords):  # type: ignore[misc]  # untyped
    """As its base, with a stand-in for what cannot be read: an empty header name, and a value that is not UTF-8."""

    def _consumer_record(self, tp: TopicPartition, record: Any) -> ConsumerRecord:
        if all(_is_utf8(name) for name, _ in record.headers):
            return super()._consumer_record(tp, record)
        log.warning("inbox.unreadable_header", topic=tp.topic, partition=tp.partition, offset=record.offset)
        return ConsumerRecord(
            topic=tp.topic,
            partition=tp.partition,
            offset=record.offset,
            timestamp=record.timestamp,
            timestamp_type=record.timestamp_type,
            key=None,
            value=None,
            checksum=None,
            serialized_key_size=-1,
            serialized_value_size=-1,
            headers=(("", UNREADABLE),),
        )


def _is_utf8(name: str) -> bool:
    return not any("\udc80" <= letter <= "\udcff" for letter in name)


class _Records(_MemoryRecordsPy):  # type: ignore[misc]  # untyped
    def next_batch(self) -> Any:
        raw = self._next_slice
        batch = super().next_batch()
        return _Batch(raw) if batch is not None and raw[self.MAGIC_OFFSET] >= _FIRST_WITH_HEADERS else batch


class _Batch(_DefaultRecordBatchPy):  # type: ignore[misc]  # untyped
    _buffer: bytearray

    def _maybe_uncompress(self) -> None:
        super()._maybe_uncompress()
        self._buffer = _Lenient(self._buffer)


class _Lenient(bytearray):
    """Bytes whose parts decode whatever they hold: what is not UTF-8 becomes surrogates."""

    def __getitem__(self, place: Any) -> Any:
        part = super().__getitem__(place)
        return _Lenient(part) if isinstance(part, bytearray) else part

    def decode(self, encoding: str = "utf-8", errors: str = "surrogateescape") -> str:
        return super().decode(encoding, errors)
