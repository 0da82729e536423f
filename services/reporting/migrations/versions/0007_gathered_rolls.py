"""Rolls by record: the third shape of a version's tables.

As before (0005), a database that has projected something keeps its version 1 for the code that made it: the next
version has the new shape, and takes over when it is full (docs/operating.md).
"""

from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_TABLES = (
    """programme_term (programme text, term date, touched bigint NOT NULL, touched_at timestamptz NOT NULL,
        stale_since timestamptz, PRIMARY KEY (programme, term))""",
    """strand (programme text, term date, strand integer, role text, activity text NOT NULL, subject_taught text,
        organisers text[], PRIMARY KEY (programme, term, strand))""",
    """participation (programme text NOT NULL, term date NOT NULL, record text NOT NULL, acting boolean NOT NULL,
        strands integer[] NOT NULL, places integer[] NOT NULL, days smallint[] NOT NULL, minutes integer[] NOT NULL,
        preparations integer[], absences smallint[])""",
)
_INDEXES = (
    "session_fact_apart ON projection_1.session_fact (day) WHERE NOT superseded AND NOT plain",
    "participation_by_term ON projection_1.participation (programme, term, acting)",
    "participation_by_record ON projection_1.participation (record)",
)

_RENEWED = (
    "DROP VIEW projection_1.session_organiser",
    "ALTER TABLE projection_1.session_fact ADD COLUMN plain boolean NOT NULL",
    *(f"CREATE TABLE projection_1.{table}" for table in _TABLES),
    *(f"CREATE INDEX {index}" for index in _INDEXES),
    "UPDATE projection SET shape = 3 WHERE version = 1",
)


def upgrade() -> None:
    """Plain SQL: what stands here is what stands in the database."""
    body = ";\n".join(_RENEWED)
    unused = "NOT EXISTS (SELECT FROM position) AND EXISTS (SELECT FROM projection WHERE version = 1 AND shape = 2)"
    op.execute(f"DO $$ BEGIN IF {unused} THEN {body}; END IF; END $$")
