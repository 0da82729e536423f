"""Which events were seen: `source` and `id`, with a digest, kept for a stated time."""

import hashlib

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.errors import Refused
from chassis.tables import inbox_seen
from chassis.transaction import Transaction


def digest_of(data: bytes, event_type: str) -> str:
    """SHA-256 of what a parsed event says: other spacing or another order of fields is no other content."""
    return hashlib.sha256(event_type.encode() + b"\0" + data).hexdigest()


async def remember(tx: Transaction, source: str, event_id: str, digest: str) -> bool:
    """True the first time. Raises `Refused` when the same id comes back with other content."""
    statement = (
        insert(inbox_seen)
        .values(source=source, event_id=event_id, digest=bytes.fromhex(digest), seen_at=tx.now)
        .on_conflict_do_nothing()
        .returning(inbox_seen.c.digest)
    )
    if (await tx.connection.execute(statement)).first():
        return True
    query = sa.select(inbox_seen.c.digest).where(inbox_seen.c.source == source, inbox_seen.c.event_id == event_id)
    if (await tx.connection.execute(query)).scalar_one() != bytes.fromhex(digest):
        raise Refused("id_reused", "id", "the same source and id with other content")
    return False


async def forget(tx: Transaction, days: int) -> None:
    """Drop what is older than `days`; a replay after that is harmless because versions decide."""
    cutoff = tx.now - sa.func.make_interval(0, 0, 0, days)
    await tx.connection.execute(sa.delete(inbox_seen).where(inbox_seen.c.seen_at < cutoff))
