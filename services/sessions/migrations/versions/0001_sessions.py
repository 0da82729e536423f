"""Sessions, remarks, the known entries of the registry, and the chassis' tables."""

from alembic import op

from chassis.migrations import create_tables_v1

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_SESSION = """CREATE TABLE session (
    id uuid PRIMARY KEY,
    source text,
    version bigint NOT NULL DEFAULT 0,
    status text,
    programme text,
    activity text,
    starts_at timestamptz,
    minutes bigint,
    reported_version bigint,
    reported_digest text,
    reported_became bigint,
    state jsonb,
    changed_at timestamptz,
    CONSTRAINT session_status CHECK (status IN ('planned', 'held', 'cancelled')),
    CONSTRAINT session_whole CHECK (
        version = 0 OR num_nulls(status, programme, activity, starts_at, minutes, state, changed_at) = 0
    ),
    CONSTRAINT session_reported_whole CHECK (
        num_nulls(reported_version, reported_digest, reported_became) IN (0, 3)
    )
)"""

_REMARK = """CREATE TABLE remark (
    session uuid REFERENCES session (id),
    version bigint,
    code text,
    made_at timestamptz NOT NULL,
    PRIMARY KEY (session, version, code)
)"""

_REGISTRY = """CREATE TABLE registry (
    subject text PRIMARY KEY,
    version bigint NOT NULL,
    state jsonb NOT NULL
)"""


def upgrade() -> None:
    """Forward only."""
    create_tables_v1(op)
    op.execute(_SESSION)
    op.execute("CREATE INDEX session_by_programme ON session (programme, starts_at, id)")
    op.execute(_REMARK)
    op.execute(_REGISTRY)
