"""The chassis' own tables, the same in every service that publishes or receives (`migrations.create_tables_v1`)."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

metadata = sa.MetaData()


def _now() -> sa.TextClause:
    return sa.text("now()")


outbox = sa.Table(
    "outbox",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("key", sa.LargeBinary, nullable=False),
    sa.Column("value", sa.LargeBinary, nullable=False),
    sa.Column("headers", pg.ARRAY(sa.Text, dimensions=2), nullable=False),
    # One event per version of an aggregate: what would break the order is refused by the database.
    sa.Column("subject", sa.Text),
    sa.Column("version", sa.Integer),
    sa.Column("created_at", sa.DateTime(timezone=True), nullable=False, server_default=_now()),
    sa.UniqueConstraint("subject", "version", name="outbox_one_event_per_version"),
)

relay_owner = sa.Table(
    "relay_owner",
    metadata,
    sa.Column("shard", sa.Integer, primary_key=True),
    sa.Column("epoch", sa.BigInteger, nullable=False, server_default="0"),
    # When the owner last said that it lives. Takeover waits for it; safety does not: that is the epoch's work.
    sa.Column("alive_at", sa.DateTime(timezone=True), nullable=False, server_default=sa.text("'-infinity'")),
)

inbox_seen = sa.Table(
    "inbox_seen",
    metadata,
    sa.Column("source", sa.Text, primary_key=True),
    sa.Column("event_id", sa.Text, primary_key=True),
    sa.Column("digest", sa.LargeBinary, nullable=False),
    sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False, server_default=_now()),
    sa.Index("inbox_seen_by_age", "seen_at"),
)

inbox_position = sa.Table(
    "inbox_position",
    metadata,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("next_offset", sa.BigInteger, nullable=False),
)

inbox_count = sa.Table(
    "inbox_count",
    metadata,
    sa.Column("topic", sa.Text, primary_key=True),
    sa.Column("partition", sa.Integer, primary_key=True),
    sa.Column("outcome", sa.Text, primary_key=True),
    sa.Column("records", sa.BigInteger, nullable=False),
)

held = sa.Table(
    "held",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("topic", sa.Text, nullable=False),
    sa.Column("partition", sa.Integer, nullable=False),
    sa.Column("offset", sa.BigInteger, nullable=False),
    sa.Column("waits_for", sa.Text, nullable=False, index=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("event_id", sa.Text, nullable=False),
    sa.Column("type", sa.Text, nullable=False),
    sa.Column("data", sa.LargeBinary, nullable=False),
    sa.Column("correlation", sa.Text, nullable=False),
    sa.Column("since", sa.DateTime(timezone=True), nullable=False),
    sa.UniqueConstraint("topic", "partition", "offset", name="held_once"),
)
