"""The service's own tables. The migrations create them; a test compares the two."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB

metadata = sa.MetaData()

session = sa.Table(
    "session",
    metadata,
    sa.Column("id", sa.Uuid(as_uuid=False), primary_key=True),
    # The system that first spoke of it; none for a coordinator's own.
    sa.Column("source", sa.Text),
    # 0: locked by whoever is about to make it, and never committed so.
    sa.Column("version", sa.BigInteger, nullable=False, server_default="0"),
    sa.Column("status", sa.Text),
    sa.Column("programme", sa.Text),
    sa.Column("activity", sa.Text),
    sa.Column("starts_at", sa.DateTime(timezone=True)),
    sa.Column("minutes", sa.BigInteger),
    # The partner's last word: its version, a digest of its content, and which of our versions it became.
    sa.Column("reported_version", sa.BigInteger),
    sa.Column("reported_digest", sa.Text),
    sa.Column("reported_became", sa.BigInteger),
    # The last fact, whole: what `domain.evolve` made of everything before it.
    sa.Column("state", JSONB),
    sa.Column("changed_at", sa.DateTime(timezone=True)),
    sa.CheckConstraint("status IN ('planned', 'held', 'cancelled')", name="session_status"),
    sa.CheckConstraint(
        "version = 0 OR num_nulls(status, programme, activity, starts_at, minutes, state, changed_at) = 0",
        name="session_whole",
    ),
    sa.CheckConstraint(
        "num_nulls(reported_version, reported_digest, reported_became) IN (0, 3)", name="session_reported_whole"
    ),
    sa.Index("session_by_programme", "programme", "starts_at", "id"),
)

remark = sa.Table(
    "remark",
    metadata,
    sa.Column("session", sa.Uuid(as_uuid=False), sa.ForeignKey("session.id"), primary_key=True),
    sa.Column("version", sa.BigInteger, primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
)

registry = sa.Table(
    "registry",
    metadata,
    # `programme/<id>`, `establishment/<uai>`, `organisation/<id>`
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("version", sa.BigInteger, nullable=False),
    sa.Column("state", JSONB, nullable=False),
)
