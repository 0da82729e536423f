"""A roll is one row, and so is an activity with its organisers: the second shape of a version's tables.

A database that has projected something keeps its version 1 as it is, for the code that made it: the next version has
the new shape, and takes over when it is full (docs/operations.md). One that has projected nothing begins with it.
"""

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_ORIGIN = "recorded_at timestamptz NOT NULL, correlation text, at_partition bigint NOT NULL, at_offset bigint NOT NULL"
_LINE = "session text NOT NULL, version bigint NOT NULL, item bigint NOT NULL"
_OLD = ("session_fact", "session_current", "session_organiser", "presence", "acting", "headcount", "stand")

_TABLES = (
    f"""session_fact (session text, version bigint, status text NOT NULL
        CHECK (status IN ('planned', 'held', 'cancelled')), superseded boolean NOT NULL,
        programme text NOT NULL, activity text NOT NULL, starts_at timestamptz NOT NULL, day date NOT NULL,
        minutes bigint NOT NULL, place text, subject_taught text, reported_version bigint, title text,
        organisers text[], {_ORIGIN}, PRIMARY KEY (session, version))""",
    """session_roll (session text NOT NULL, version bigint NOT NULL, records text[] NOT NULL, statuses smallint[],
        minutes smallint[])""",
    f"""acting ({_LINE}, record text NOT NULL, role text NOT NULL, minutes bigint,
        preparation_minutes bigint NOT NULL)""",
    f"headcount ({_LINE}, establishment text NOT NULL, level text NOT NULL, pupils bigint NOT NULL, girls bigint)",
    f"stand ({_LINE}, organisation text NOT NULL, status text NOT NULL)",
)
_VIEWS = (
    """session_current AS SELECT session, version, status, programme, day FROM projection_1.session_fact
        WHERE NOT superseded""",
    """session_organiser AS SELECT f.session, f.version, o.item - 1 AS item, o.organisation
        FROM projection_1.session_fact f, unnest(f.organisers) WITH ORDINALITY AS o (organisation, item)""",
    """presence AS SELECT r.session, r.version, l.item - 1 AS item, l.record,
            (ARRAY['present', 'distance', 'retard', 'depart_anticipe', 'absent_justifie', 'absent_non_justifie',
                'non_renseigne', 'unknown'])[coalesce(l.status, 0) + 1] AS status, CAST(l.minutes AS bigint) AS minutes
        FROM projection_1.session_roll r,
            unnest(r.records, r.statuses, r.minutes) WITH ORDINALITY AS l (record, status, minutes, item)""",
)
_INDEXES = (
    "UNIQUE INDEX roll_by_session ON projection_1.session_roll (session, version)",
    "UNIQUE INDEX acting_by_session ON projection_1.acting (session, version, item)",
    "UNIQUE INDEX headcount_by_session ON projection_1.headcount (session, version, item)",
    "UNIQUE INDEX stand_by_session ON projection_1.stand (session, version, item)",
    "INDEX session_fact_by_day ON projection_1.session_fact (programme, day)",
    "INDEX roll_by_record ON projection_1.session_roll USING gin (records)",
    "INDEX acting_by_record ON projection_1.acting (record)",
)

_RENEWED = (
    *(f"DROP TABLE projection_1.{table}" for table in _OLD),
    *(f"CREATE TABLE projection_1.{table}" for table in _TABLES),
    *(f"CREATE VIEW projection_1.{view}" for view in _VIEWS),
    *(f"CREATE {index}" for index in _INDEXES),
    "UPDATE projection SET shape = 2",
)


def upgrade() -> None:
    """Plain SQL: what stands here is what stands in the database."""
    op.execute("ALTER TABLE projection ADD COLUMN shape bigint NOT NULL DEFAULT 1")
    body = ";\n".join(_RENEWED)
    op.execute(f"DO $$ BEGIN IF NOT EXISTS (SELECT FROM position) THEN {body}; END IF; END $$")
