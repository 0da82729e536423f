"""Registry, people's facts, and record → person."""

from alembic import op

from chassis.migrations import create_tables_v1

revision = "0001"
down_revision = None

_TABLES = (
    """CREATE TABLE registry_entry (
        subject text PRIMARY KEY,
        kind text NOT NULL,
        entry text NOT NULL,
        version integer NOT NULL,
        state jsonb NOT NULL,
        CONSTRAINT registry_entry_once UNIQUE (kind, entry)
    )""",
    """CREATE TABLE registry_tie (
        child text NOT NULL REFERENCES registry_entry (subject),
        parent text NOT NULL REFERENCES registry_entry (subject),
        valid daterange NOT NULL,
        PRIMARY KEY (child, parent, valid WITHOUT OVERLAPS),
        CONSTRAINT registry_tie_not_to_itself CHECK (child <> parent)
    )""",
    "CREATE INDEX registry_tie_by_parent ON registry_tie (parent)",
    """CREATE TABLE convention_term (
        convention text PRIMARY KEY REFERENCES registry_entry (subject),
        programme text NOT NULL REFERENCES registry_entry (subject),
        party text NOT NULL REFERENCES registry_entry (subject),
        valid daterange NOT NULL,
        CONSTRAINT convention_term_alone UNIQUE (programme, party, valid WITHOUT OVERLAPS)
    )""",
    """CREATE TABLE record (
        id uuid PRIMARY KEY,
        source text NOT NULL,
        school_year integer NOT NULL,
        registered boolean NOT NULL DEFAULT false
    )""",
    """CREATE TABLE fact (
        subject text PRIMARY KEY,
        record uuid NOT NULL REFERENCES record (id),
        kind text NOT NULL,
        version integer NOT NULL,
        reported_version integer NOT NULL,
        digest text NOT NULL,
        state jsonb NOT NULL,
        recorded_at timestamptz NOT NULL
    )""",
    "CREATE INDEX ix_fact_record ON fact (record)",
    """CREATE TABLE remark (
        subject text REFERENCES fact (subject),
        code text,
        field text,
        PRIMARY KEY (subject, code, field)
    )""",
    """CREATE TABLE assignment (
        record uuid PRIMARY KEY REFERENCES record (id),
        own_person uuid NOT NULL DEFAULT uuidv7(),
        person uuid,
        version integer NOT NULL DEFAULT 0,
        CONSTRAINT assignment_published_with_person CHECK ((person IS NULL) = (version = 0))
    )""",
    """CREATE TABLE join_statement (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        source text NOT NULL,
        reference text NOT NULL,
        version integer NOT NULL,
        reported_version integer NOT NULL,
        digest text NOT NULL,
        CONSTRAINT join_statement_once UNIQUE (source, reference)
    )""",
    """CREATE TABLE link (
        id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
        statement bigint REFERENCES join_statement (id),
        one uuid NOT NULL REFERENCES record (id),
        other uuid NOT NULL REFERENCES record (id),
        active boolean NOT NULL DEFAULT true,
        CONSTRAINT link_once UNIQUE NULLS NOT DISTINCT (statement, one, other),
        CONSTRAINT link_in_order CHECK (one < other)
    )""",
    "CREATE INDEX link_from_one ON link (one) WHERE active",
    "CREATE INDEX link_from_other ON link (other) WHERE active",
)


def upgrade() -> None:
    """Everything of the first step."""
    create_tables_v1(op)
    for statement in _TABLES:
        op.execute(statement)
