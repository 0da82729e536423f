"""Kafka's id of a topic, which a topic that is made anew does not inherit.

aiokafka 0.14 speaks the metadata request up to version 5, and ids came with version 10
(docs/decisions/0013-topic-ids-by-a-request-of-our-own.md).
"""

from collections.abc import Sequence
from io import BytesIO
from typing import Any
from uuid import UUID

from aiokafka.client import AIOKafkaClient
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import (
    AbstractType,
    Boolean,
    CompactArray,
    CompactString,
    Int16,
    Int32,
    Schema,
    TaggedFields,
)

_UNKNOWN = 3
"""Kafka's code for a topic that does not exist."""


class _Uuid(AbstractType):  # type: ignore[misc]  # untyped
    @classmethod
    def encode(cls, value: UUID) -> bytes:
        return value.bytes

    @classmethod
    def decode(cls, data: BytesIO) -> UUID:
        return UUID(bytes=data.read(16))


_TAGS = ("tags", TaggedFields)
_BROKERS = CompactArray(
    ("node_id", Int32), ("host", CompactString("utf-8")), ("port", Int32), ("rack", CompactString("utf-8")), _TAGS
)
_PARTITIONS = CompactArray(
    ("error_code", Int16),
    ("partition", Int32),
    ("leader", Int32),
    ("leader_epoch", Int32),
    ("replicas", CompactArray(Int32)),
    ("isr", CompactArray(Int32)),
    ("offline_replicas", CompactArray(Int32)),
    _TAGS,
)
_TOPICS = CompactArray(
    ("error_code", Int16),
    ("topic", CompactString("utf-8")),
    ("topic_id", _Uuid),
    ("is_internal", Boolean),
    ("partitions", _PARTITIONS),
    ("authorized_operations", Int32),
    _TAGS,
)


class _Answer(Response):  # type: ignore[misc]  # untyped
    API_KEY = 3
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", _BROKERS),
        ("cluster_id", CompactString("utf-8")),
        ("controller_id", Int32),
        ("topics", _TOPICS),
        _TAGS,
    )


class _Question(RequestStruct):  # type: ignore[misc]  # untyped
    API_KEY = 3
    API_VERSION = 12
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = _Answer
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", _Uuid), ("topic", CompactString("utf-8")), _TAGS)),
        ("allow_auto_topic_creation", Boolean),
        ("include_authorized_operations", Boolean),
        _TAGS,
    )


class _Ids(Request[_Question]):  # type: ignore[misc]  # untyped
    API_KEY = 3

    def __init__(self, topics: Sequence[str]) -> None:
        self._topics = topics

    def build(self, request_struct_class: type[Any]) -> Any:
        nobody = UUID(int=0)
        return request_struct_class([(nobody, name, {}) for name in self._topics], False, False, {})  # noqa: FBT003


async def topic_id(client: AIOKafkaClient, topic: str) -> str | None:
    """As its cluster writes it; None where the topic does not exist. Raises aiokafka's errors.

    Any node that is connected may answer: each learns of a deletion before it serves what replaces the topic.
    """
    answer = await client.send(client.get_random_node(), _Ids([topic]))
    ((error, _, found, *_),) = answer.topics
    return None if error == _UNKNOWN else str(found)
