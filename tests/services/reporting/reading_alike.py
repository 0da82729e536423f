"""What was read, so that two ways of reading can be compared: names, values and their types."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from contracts.topics import Topic
from services.reporting.projections import Arrived
from services.reporting.wire import read_regular

Told = tuple[Any, ...]


def is_regular(topic: Topic, record: Any) -> bool:
    """Whether the hot path reads it."""
    return read_regular(topic.events, record.headers, record.value) is not None


def told(read: Any) -> Told:
    """Everything that a projection can ask of it; of an event, by the fields of its contract."""
    if not isinstance(read, Arrived):
        return (type(read), read)
    where = (read.partition, read.offset, read.origin, read.recorded_at, read.envelope)
    return (read.kind, where, read.event.aggregate, _fields(read.kind, read.event))


def _fields(model: type[BaseModel], event: Any) -> Told:
    return tuple((name, _value(getattr(event, name), field.annotation)) for name, field in model.model_fields.items())


def _value(value: Any, annotation: Any) -> Any:
    if isinstance(value, tuple):
        part = annotation.__args__[0]
        return tuple(_fields(part, one) if _is_model(part) else _value(one, part) for one in value)
    if isinstance(value, datetime):
        return (datetime, value.isoformat(), value.utcoffset())
    return (type(value), value)


def _is_model(annotation: Any) -> bool:
    return isinstance(annotation, type) and issubclass(annotation, BaseModel)
