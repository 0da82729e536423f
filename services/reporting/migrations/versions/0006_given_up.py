"""Unreadable records that somebody gave up: of no version, and named by their topic's id, since offsets come back."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What was parked says why it cannot be read; `given_up_reason` why nobody waits for it any longer."""
    op.execute("""CREATE TABLE given_up (
        topic text,
        topic_id text,
        partition bigint,
        "offset" bigint,
        subject text,
        type text,
        correlation text,
        reason text NOT NULL,
        field text NOT NULL,
        parked_at timestamptz NOT NULL,
        given_up_reason text NOT NULL CHECK (given_up_reason <> ''),
        given_up_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (topic, topic_id, partition, "offset")
    )""")
