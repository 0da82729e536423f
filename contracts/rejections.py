"""What a partner reads on its `*.rejected` topic: the reason, the field and the position; never the value."""

from contracts.base import Shape

REJECTED_TYPE = "fr.cordees.record.rejected.v1"


class RecordRejected(Shape):
    """One refused record. `reason` is a stable code; `field` a path such as `presences[3].minutes`."""

    reason: str
    field: str
    rule: str
    topic: str
    partition: int
    offset: int
