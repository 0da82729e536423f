"""Records as they go on the wire: the same key, headers and partition that `contracts.envelope` and the relay give.

Made of bytes, for speed; the tests hold every record against the contracts.
"""

from random import Random
from typing import NamedTuple

from aiokafka.partitioner import murmur2

from bench.year.calendar import TEXTS
from bench.year.draws import uuid4

Header = tuple[str, bytes]
DAY_MICROSECONDS = 24 * 3600 * 1_000_000

_SPECVERSION = ("ce_specversion", b"1.0")
_JSON = ("content-type", b"application/json")


class Record(NamedTuple):
    """Ready to be sent."""

    partition: int
    key: bytes
    value: bytes
    headers: list[Header]


class Stamp:
    """What the headers of one service's events of one type share."""

    def __init__(self, service: str, kind: str) -> None:
        self._source = ("ce_source", f"urn:cordees:service:{service}".encode())
        self._type = ("ce_type", kind.encode())

    def headers(self, random: Random, subject: bytes, key: bytes, moment: bytes) -> list[Header]:
        """In the order of `contracts.envelope.encode`."""
        return [
            _SPECVERSION,
            ("ce_id", uuid4(random)),
            self._source,
            self._type,
            ("ce_subject", subject),
            ("ce_time", moment),
            _JSON,
            ("ce_partitionkey", key),
            ("ce_correlationid", uuid4(random)),
        ]


def partition_of(key: bytes, partitions: int) -> int:
    """Where the default partitioner of Java, and of our relay, puts the key."""
    return int(murmur2(key) & 0x7FFFFFFF) % partitions


def moment(day: int, microseconds: int) -> bytes:
    """`ce_time` of a moment of a day; beyond midnight is the next day's."""
    more, rest = divmod(microseconds, DAY_MICROSECONDS)
    seconds, fraction = divmod(rest, 1_000_000)
    clock = b"%02d:%02d:%02d" % (seconds // 3600, seconds // 60 % 60, seconds % 60)
    # A whole second is written without a fraction.
    point = b".%06d" % fraction if fraction else b""
    return b"%bT%b%bZ" % (TEXTS[day + more].encode(), clock, point)
