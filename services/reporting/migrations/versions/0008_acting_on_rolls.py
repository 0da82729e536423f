"""Who acts stands on the roll, and a roll says its programme and term: the fourth shape of a version's tables.

As before (0005), a database that has projected something keeps its version 1 for the code that made it: the next
version has the new shape, and takes over when it is full (docs/operating.md).
"""

from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_VIEWS = (
    """presence AS SELECT r.session, r.version, l.item - 1 AS item, l.record,
            (ARRAY['present', 'distance', 'retard', 'depart_anticipe', 'absent_justifie', 'absent_non_justifie',
                'non_renseigne', 'unknown'])[coalesce(l.status, 0) + 1] AS status, CAST(l.minutes AS bigint) AS minutes
        FROM projection_1.session_roll r,
            unnest(r.records, r.statuses, r.minutes) WITH ORDINALITY AS l (record, status, minutes, item)""",
    """acting AS SELECT r.session, r.version, l.item - 1 AS item, l.record,
            (ARRAY['tuteur', 'animateur', 'accompagnateur', 'intervenant', 'conferencier', 'organisateur',
                'unknown'])[coalesce(l.role, 0) + 1] AS role, CAST(l.minutes AS bigint) AS minutes,
            CAST(coalesce(l.preparation, 0) AS bigint) AS preparation_minutes
        FROM projection_1.session_roll r,
            unnest(r.acting_records, r.acting_roles, r.acting_minutes, r.preparations) WITH ORDINALITY
                AS l (record, role, minutes, preparation, item)""",
)
_INDEXES = (
    "UNIQUE INDEX roll_by_session ON projection_1.session_roll (session, version)",
    "INDEX roll_by_record ON projection_1.session_roll USING gin (records) WHERE NOT plain",
    "INDEX roll_by_acting ON projection_1.session_roll USING gin (acting_records) WHERE NOT plain",
    "INDEX roll_by_term ON projection_1.session_roll (programme, term)",
)

_RENEWED = (
    "DROP VIEW projection_1.presence",
    "DROP TABLE projection_1.session_roll",
    "DROP TABLE projection_1.acting",
    """CREATE TABLE projection_1.session_roll (session text NOT NULL, version bigint NOT NULL, programme text NOT NULL,
        term date NOT NULL, plain boolean NOT NULL, records text[], statuses smallint[], minutes smallint[],
        acting_records text[], acting_roles smallint[], acting_minutes smallint[], preparations smallint[])""",
    *(f"CREATE VIEW projection_1.{view}" for view in _VIEWS),
    *(f"CREATE {index}" for index in _INDEXES),
    "UPDATE projection SET shape = 4 WHERE version = 1",
)


def upgrade() -> None:
    """Plain SQL: what stands here is what stands in the database."""
    body = ";\n".join(_RENEWED)
    unused = "NOT EXISTS (SELECT FROM position) AND EXISTS (SELECT FROM projection WHERE version = 1 AND shape = 3)"
    op.execute(f"DO $$ BEGIN IF {unused} THEN {body}; END IF; END $$")
