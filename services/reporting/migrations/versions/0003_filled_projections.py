"""A version that has caught up once is kept up to date by the service, whoever filled it."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Version 1 was filled by the service from its first day."""
    op.execute("ALTER TABLE projection ADD COLUMN filled_at timestamptz")
    op.execute("UPDATE projection SET filled_at = since WHERE status = 'live'")
