"""Keyset cursors: the position after which the next page begins. Opaque to clients, and not a secret."""

import base64
import binascii
import uuid
from datetime import datetime

from chassis.errors import DomainError

_MARK = "|"


class UnreadableCursor(DomainError):
    """The cursor is not one that this service gave."""

    field = "cursor"


def write_cursor(starts_at: datetime, session_id: str) -> str:
    """After this session."""
    return base64.urlsafe_b64encode(f"{starts_at.isoformat()}{_MARK}{session_id}".encode()).decode().rstrip("=")


def read_cursor(cursor: str) -> tuple[datetime, str]:
    """(starts_at, id). Raises `UnreadableCursor`."""
    try:
        text = base64.urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4)).decode("ascii")
        moment, _, session_id = text.partition(_MARK)
        starts_at = datetime.fromisoformat(moment)
        session = str(uuid.UUID(session_id))
    except (binascii.Error, ValueError):
        raise UnreadableCursor from None
    if starts_at.tzinfo is None:
        raise UnreadableCursor
    return starts_at, session
