"""Positions and parked records of every projection version, and the tables of version 1."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_ORIGIN = "recorded_at timestamptz NOT NULL, correlation text, at_partition bigint NOT NULL, at_offset bigint NOT NULL"
_SPAN = "starts_on date NOT NULL, ends_on date NOT NULL"

_SHARED = (
    """CREATE TABLE projection (
        version bigint PRIMARY KEY,
        status text NOT NULL CHECK (status IN ('filling', 'live', 'retired')),
        since timestamptz NOT NULL DEFAULT now()
    )""",
    # One version answers at any time.
    "CREATE UNIQUE INDEX projection_live ON projection (status) WHERE status = 'live'",
    """CREATE TABLE position (
        projection bigint NOT NULL REFERENCES projection (version),
        topic text NOT NULL,
        partition bigint NOT NULL,
        next_offset bigint NOT NULL CHECK (next_offset >= 0),
        log_end bigint,
        topic_id text,
        event_time timestamptz,
        PRIMARY KEY (projection, topic, partition)
    )""",
    """CREATE TABLE parked (
        projection bigint NOT NULL REFERENCES projection (version),
        topic text NOT NULL,
        partition bigint NOT NULL,
        "offset" bigint NOT NULL,
        subject text,
        type text,
        correlation text,
        reason text NOT NULL,
        field text NOT NULL,
        parked_at timestamptz NOT NULL DEFAULT now(),
        PRIMARY KEY (projection, topic, partition, "offset")
    )""",
    "INSERT INTO projection (version, status) VALUES (1, 'live')",
    "CREATE SCHEMA projection_1",
)

_REGISTRY = (
    "organisation (organisation text PRIMARY KEY, version bigint NOT NULL, name text NOT NULL, nature text NOT NULL)",
    f"membership (organisation text, item bigint, parent text NOT NULL, {_SPAN}, PRIMARY KEY (organisation, item))",
    """establishment (establishment text PRIMARY KEY, version bigint NOT NULL, site text NOT NULL, name text NOT NULL,
        nature text NOT NULL, academie text NOT NULL, departement text NOT NULL, commune text)""",
    """priority (establishment text, item bigint, rentree bigint NOT NULL, status text NOT NULL,
        PRIMARY KEY (establishment, item))""",
    "programme (programme text PRIMARY KEY, version bigint NOT NULL, name text NOT NULL, parent text)",
    f"organiser (programme text, item bigint, organisation text NOT NULL, {_SPAN}, PRIMARY KEY (programme, item))",
    f"""convention (convention text PRIMARY KEY, version bigint NOT NULL, programme text NOT NULL, establishment text,
        organisation text, {_SPAN})""",
)

_PEOPLE = (
    f"profile (record text PRIMARY KEY, version bigint NOT NULL, school_year bigint NOT NULL, {_ORIGIN})",
    f"""profile_span (record text, item bigint, {_SPAN}, establishment text, level text NOT NULL, gender text NOT NULL,
        scholarship text NOT NULL, qpv text NOT NULL, rural text NOT NULL, PRIMARY KEY (record, item))""",
    f"""enrolment (enrolment text PRIMARY KEY, version bigint NOT NULL, record text NOT NULL, programme text NOT NULL,
        school_year bigint NOT NULL, {_ORIGIN})""",
    f"""enrolment_span (enrolment text, item bigint, record text NOT NULL, programme text NOT NULL, kind text NOT NULL,
        status text NOT NULL, {_SPAN}, PRIMARY KEY (enrolment, item))""",
    f"engagement (record text PRIMARY KEY, version bigint NOT NULL, school_year bigint NOT NULL, {_ORIGIN})",
    f"""engagement_span (record text, item bigint, {_SPAN}, organisation text NOT NULL, category text NOT NULL,
        gender text NOT NULL, PRIMARY KEY (record, item))""",
    f"record_person (record text PRIMARY KEY, version bigint NOT NULL, person text NOT NULL, {_ORIGIN})",
)

_SESSIONS = (
    f"""session_fact (session text, version bigint, status text NOT NULL
        CHECK (status IN ('planned', 'held', 'cancelled')),
        programme text NOT NULL, activity text NOT NULL, starts_at timestamptz NOT NULL, day date NOT NULL,
        minutes bigint NOT NULL, place text, subject_taught text, reported_version bigint, {_ORIGIN},
        PRIMARY KEY (session, version))""",
    """session_current (session text PRIMARY KEY, version bigint NOT NULL, status text NOT NULL,
        programme text NOT NULL, day date NOT NULL)""",
    """session_organiser (session text, version bigint, item bigint, organisation text NOT NULL,
        PRIMARY KEY (session, version, item))""",
    """presence (session text, version bigint, item bigint, record text NOT NULL, status text NOT NULL, minutes bigint,
        PRIMARY KEY (session, version, item))""",
    """acting (session text, version bigint, item bigint, record text NOT NULL, role text NOT NULL, minutes bigint,
        preparation_minutes bigint NOT NULL, PRIMARY KEY (session, version, item))""",
    """headcount (session text, version bigint, item bigint, establishment text NOT NULL, level text NOT NULL,
        pupils bigint NOT NULL, girls bigint, PRIMARY KEY (session, version, item))""",
)

_INDEXES = (
    "membership_by_parent ON projection_1.membership (parent)",
    "programme_by_parent ON projection_1.programme (parent)",
    "enrolment_span_by_record ON projection_1.enrolment_span (record)",
    "enrolment_span_by_programme ON projection_1.enrolment_span (programme)",
    "record_person_by_person ON projection_1.record_person (person)",
    "session_fact_by_day ON projection_1.session_fact (programme, day)",
    "session_current_by_day ON projection_1.session_current (programme, day)",
    "presence_by_record ON projection_1.presence (record)",
    "acting_by_record ON projection_1.acting (record)",
)


def upgrade() -> None:
    """Plain SQL: what stands here is what stands in the database."""
    for statement in _SHARED:
        op.execute(statement)
    for table in (*_REGISTRY, *_PEOPLE, *_SESSIONS):
        op.execute(f"CREATE TABLE projection_1.{table}")
    for index in _INDEXES:
        op.execute(f"CREATE INDEX {index}")
