"""Which events were seen: `source` and `id`, with a digest, kept for a stated time."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from chassis.bulk import arrays, given
from chassis.errors import Refused
from chassis.tables import inbox_seen
from chassis.transaction import Transaction

Key = tuple[str, str]
"""Source and id."""

_GIVEN = given(source=sa.Text, event_id=sa.Text, digest=sa.LargeBinary)
_CLAIM = (
    insert(inbox_seen)
    .from_select(["source", "event_id", "digest"], sa.select(_GIVEN))
    .on_conflict_do_nothing()
    .returning(inbox_seen.c.source, inbox_seen.c.event_id)
)
_KEYS = given(source=sa.Text, event_id=sa.Text)
_THESE = sa.and_(inbox_seen.c.source == _KEYS.c.source, inbox_seen.c.event_id == _KEYS.c.event_id)
_FIND = sa.select(inbox_seen.c.source, inbox_seen.c.event_id, inbox_seen.c.digest).join(_KEYS, _THESE)
_GIVE_UP = sa.delete(inbox_seen).where(_THESE)
_CHANGE = (
    sa.update(inbox_seen)
    .where(inbox_seen.c.source == _GIVEN.c.source, inbox_seen.c.event_id == _GIVEN.c.event_id)
    .values(digest=_GIVEN.c.digest)
)


@dataclass
class Seen:
    """The ids of one batch: claimed at once in the beginning, settled in the end.

    A claim holds its row until the commit, so that the same event in another partition waits for this batch.
    """

    _claimed: dict[Key, str] = field(default_factory=dict)
    _known: dict[Key, str] = field(default_factory=dict)

    async def claim(self, tx: Transaction, events: Iterable[tuple[Key, str]]) -> None:
        """Insert what is new, read what is not."""
        wanted: dict[Key, str] = {}
        for key, digest in events:
            wanted.setdefault(key, digest)
        if not wanted:
            return
        new = {(row.source, row.event_id) for row in await tx.connection.execute(_CLAIM, _rows(wanted))}
        self._claimed = {key: digest for key, digest in wanted.items() if key in new}
        if old := {key: digest for key, digest in wanted.items() if key not in new}:
            found = await tx.connection.execute(_FIND, _keys(old))
            self._known = {(row.source, row.event_id): row.digest.hex() for row in found}

    def has(self, key: Key) -> bool:
        """Whether this id was decided, whatever it said."""
        return key in self._known

    def known(self) -> dict[Key, str]:
        """What was decided until now, to come back to."""
        return dict(self._known)

    def back_to(self, known: dict[Key, str]) -> None:
        """Forget what was decided since."""
        self._known = dict(known)

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
        """Give up the claims of what was refused; where a mended event came under the same id, keep its digest."""
        refused = [key for key in self._claimed if key not in self._known]
        mended = {
            key: self._known[key] for key, digest in self._claimed.items() if self._known.get(key, digest) != digest
        }
        if refused:
            await tx.connection.execute(_GIVE_UP, _keys(refused))
        if mended:
            await tx.connection.execute(_CHANGE, _rows(mended))


def _keys(keys: Iterable[Key]) -> dict[str, list[Any]]:
    return arrays([{"source": source, "event_id": event_id} for source, event_id in keys])


def _rows(digests: Mapping[Key, str]) -> dict[str, list[Any]]:
    # In one order for everybody: two batches cannot block each other.
    return arrays(
        [
            {"source": source, "event_id": event_id, "digest": bytes.fromhex(digests[source, event_id])}
            for source, event_id in sorted(digests)
        ]
    )


async def forget(tx: Transaction, days: int) -> None:
    """Drop what is older than `days`; a replay after that is harmless because versions decide."""
    cutoff = tx.now - sa.func.make_interval(0, 0, 0, days)
    await tx.connection.execute(sa.delete(inbox_seen).where(inbox_seen.c.seen_at < cutoff))
