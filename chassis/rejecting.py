"""The record that tells a partner what was refused."""

from dataclasses import dataclass
from datetime import UTC

from chassis.errors import Refused
from chassis.transaction import Transaction
from contracts.envelope import Message
from contracts.rejections import REJECTED_TYPE, RecordRejected


@dataclass(frozen=True)
class Position:
    """Where a record stands."""

    topic: str
    partition: int
    offset: int

    @property
    def name(self) -> str:
        """`topic/partition/offset`: also the id of the refusal, so that a repeated one is recognised."""
        return f"{self.topic}/{self.partition}/{self.offset}"


def rejection(position: Position, refusal: Refused, tx: Transaction) -> Message:
    """A CloudEvent in binary mode for the `*.rejected` topic."""
    body = RecordRejected(
        reason=refusal.reason,
        field=refusal.field,
        rule=refusal.rule,
        topic=position.topic,
        partition=position.partition,
        offset=position.offset,
    )
    headers = {
        "ce_specversion": "1.0",
        "ce_id": position.name,
        "ce_source": tx.source,
        "ce_type": REJECTED_TYPE,
        "ce_time": tx.now.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "ce_correlationid": tx.correlation,
        "content-type": "application/json",
    }
    return Message(
        key=f"{position.topic}/{position.partition}".encode(),
        value=body.model_dump_json().encode(),
        headers=tuple((name, text.encode()) for name, text in headers.items()),
    )
