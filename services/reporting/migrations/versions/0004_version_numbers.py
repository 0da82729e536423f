"""A number names a version for ever: consumer groups, watermarks and notes of operators outlive a version."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """From the highest version that is known today."""
    op.execute("CREATE SEQUENCE projection_number")
    op.execute("SELECT setval('projection_number', (SELECT max(version) FROM projection))")
