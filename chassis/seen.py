"""Which events were seen: `source` and `id`, with a digest, kept for a stated time."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.errors import Refused
from chassis.tables import inbox_seen
from chassis.transaction import Transaction

Key = tuple[str, str]
"""Source and id."""


@dataclass
class Seen:
    """The ids of one batch: claimed at once in the beginning, settled in the end.

    A claim holds its row until the commit, so that the same event in another partition waits for this batch.
    """

    _claimed: dict[Key, str] = field(default_factory=dict)
    _known: dict[Key, str] = field(default_factory=dict)

    async def claim(self, tx: Transaction, events: Iterable[tuple[Key, str]]) -> None:
        """Insert what is new, read what is not. In one order for everybody: two batches cannot block each other."""
        wanted: dict[Key, str] = {}
        for key, digest in events:
            wanted.setdefault(key, digest)
        if not wanted:
            return
        rows = [
            {"source": source, "event_id": event_id, "digest": bytes.fromhex(wanted[source, event_id])}
            for source, event_id in sorted(wanted)
        ]
        statement = insert(inbox_seen).on_conflict_do_nothing().returning(inbox_seen.c.source, inbox_seen.c.event_id)
        new = {(row.source, row.event_id) for row in await tx.connection.execute(statement, rows)}
        self._claimed = {key: digest for key, digest in wanted.items() if key in new}
        if old := wanted.keys() - new:
            query = sa.select(inbox_seen).where(sa.tuple_(inbox_seen.c.source, inbox_seen.c.event_id).in_(old))
            found = await tx.connection.execute(query)
            self._known = {(row.source, row.event_id): row.digest.hex() for row in found}

    def repeats(self, key: Key, digest: str) -> bool:
        """Whether this was seen. Raises `Refused` when the same id comes back with other content."""
        if key not in self._known:
            return False
        if self._known[key] != digest:
            raise Refused("id_reused", "id", "the same source and id with other content")
        return True

    def remember(self, key: Key, digest: str) -> None:
        """It was decided; a refused one is not remembered, so that it can come back mended."""
        self._known[key] = digest

    async def settle(self, tx: Transaction) -> None:
        """Give up the claims of what was refused; rare, so one row at a time."""
        for (source, event_id), digest in self._claimed.items():
            known = self._known.get((source, event_id))
            row = (inbox_seen.c.source == source) & (inbox_seen.c.event_id == event_id)
            if known is None:
                await tx.connection.execute(sa.delete(inbox_seen).where(row))
            elif known != digest:
                await tx.connection.execute(sa.update(inbox_seen).where(row).values(digest=bytes.fromhex(known)))


async def forget(tx: Transaction, days: int) -> None:
    """Drop what is older than `days`; a replay after that is harmless because versions decide."""
    cutoff = tx.now - sa.func.make_interval(0, 0, 0, days)
    await tx.connection.execute(sa.delete(inbox_seen).where(inbox_seen.c.seen_at < cutoff))
