"""The tables of a projection version as SQL: for a rebuild, and for a migration that makes a new version.

Version 1 was made by the migrations 0001 and 0002; a test holds its catalogue against what stands here.
"""

from collections.abc import Iterator

_ORIGIN = "recorded_at timestamptz NOT NULL, correlation text, at_partition bigint NOT NULL, at_offset bigint NOT NULL"
_SPAN = "starts_on date NOT NULL, ends_on date NOT NULL"
_HEAD = f"version bigint NOT NULL, school_year bigint NOT NULL, {_ORIGIN}"
_VALUE = "wording text NOT NULL, number bigint, numerator bigint, denominator bigint"

_REGISTRY = (
    "organisation (organisation text PRIMARY KEY, version bigint NOT NULL, name text NOT NULL, nature text NOT NULL)",
    f"membership (organisation text, item bigint, parent text NOT NULL, {_SPAN}, PRIMARY KEY (organisation, item))",
    """establishment (establishment text PRIMARY KEY, version bigint NOT NULL, site text NOT NULL, name text NOT NULL,
        nature text NOT NULL, academie text NOT NULL, departement text NOT NULL, commune text)""",
    """priority (establishment text, item bigint, rentree bigint NOT NULL, status text NOT NULL,
        PRIMARY KEY (establishment, item))""",
    """programme (programme text PRIMARY KEY, version bigint NOT NULL, name text NOT NULL, parent text,
        opened_on date)""",
    f"programme_label (programme text, item bigint, label text NOT NULL, {_SPAN}, PRIMARY KEY (programme, item))",
    f"organiser (programme text, item bigint, organisation text NOT NULL, {_SPAN}, PRIMARY KEY (programme, item))",
    f"""convention (convention text PRIMARY KEY, version bigint NOT NULL, programme text NOT NULL, establishment text,
        organisation text, {_SPAN}, role text NOT NULL DEFAULT 'encorde')""",
    f"""declaration (declaration text PRIMARY KEY, version bigint NOT NULL, indicator text NOT NULL,
        label text NOT NULL, programme text, organisation text, {_SPAN}, unit text NOT NULL, {_VALUE},
        sentence text NOT NULL, document text NOT NULL, declarant text NOT NULL, declared_on date NOT NULL,
        {_ORIGIN})""",
    "declaration_part (declaration text, item bigint, part text NOT NULL, PRIMARY KEY (declaration, item))",
    f"""declaration_earlier (declaration text, item bigint, {_SPAN}, unit text NOT NULL, {_VALUE},
        declarant text NOT NULL, declared_on date NOT NULL, reason text NOT NULL, PRIMARY KEY (declaration, item))""",
)

_PEOPLE = (
    f"profile (record text PRIMARY KEY, {_HEAD})",
    f"""profile_span (record text, item bigint, {_SPAN}, establishment text, level text NOT NULL, gender text NOT NULL,
        scholarship text NOT NULL, qpv text NOT NULL, rural text NOT NULL, track text, PRIMARY KEY (record, item))""",
    f"enrolment (enrolment text PRIMARY KEY, record text NOT NULL, programme text NOT NULL, {_HEAD})",
    f"""enrolment_span (enrolment text, item bigint, record text NOT NULL, programme text NOT NULL, kind text NOT NULL,
        status text NOT NULL, {_SPAN}, PRIMARY KEY (enrolment, item))""",
    f"engagement (record text PRIMARY KEY, {_HEAD})",
    f"""engagement_span (record text, item bigint, {_SPAN}, organisation text NOT NULL, category text NOT NULL,
        gender text NOT NULL, PRIMARY KEY (record, item))""",
    f"record_person (record text PRIMARY KEY, version bigint NOT NULL, person text NOT NULL, {_ORIGIN})",
    f"study (record text PRIMARY KEY, {_HEAD})",
    f"""study_span (record text, item bigint, organisation text NOT NULL, pathway text NOT NULL, {_SPAN},
        PRIMARY KEY (record, item))""",
    f"""training (training text PRIMARY KEY, record text NOT NULL, programme text NOT NULL, course text NOT NULL,
        kind text NOT NULL, organisation text NOT NULL, minutes bigint NOT NULL, completed_on date, {_HEAD})""",
    f"""certificate (certificate text PRIMARY KEY, record text NOT NULL, programme text NOT NULL, name text NOT NULL,
        organisation text NOT NULL, issued_on date NOT NULL, withdrawn_on date, {_HEAD})""",
)

_LINE = "session text, version bigint, item bigint"
_BY_LINE = "PRIMARY KEY (session, version, item)"
_SESSIONS = (
    f"""session_fact (session text, version bigint, status text NOT NULL
        CHECK (status IN ('planned', 'held', 'cancelled')),
        programme text NOT NULL, activity text NOT NULL, starts_at timestamptz NOT NULL, day date NOT NULL,
        minutes bigint NOT NULL, place text, subject_taught text, reported_version bigint, {_ORIGIN}, title text,
        PRIMARY KEY (session, version))""",
    """session_current (session text PRIMARY KEY, version bigint NOT NULL, status text NOT NULL,
        programme text NOT NULL, day date NOT NULL)""",
    f"session_organiser ({_LINE}, organisation text NOT NULL, {_BY_LINE})",
    f"presence ({_LINE}, record text NOT NULL, status text NOT NULL, minutes bigint, {_BY_LINE})",
    f"""acting ({_LINE}, record text NOT NULL, role text NOT NULL, minutes bigint, preparation_minutes bigint NOT NULL,
        {_BY_LINE})""",
    f"""headcount ({_LINE}, establishment text NOT NULL, level text NOT NULL, pupils bigint NOT NULL, girls bigint,
        {_BY_LINE})""",
    f"stand ({_LINE}, organisation text NOT NULL, status text NOT NULL, {_BY_LINE})",
)

_INDEXES = {
    "membership_by_parent": "membership (parent)",
    "programme_by_parent": "programme (parent)",
    "declaration_by_indicator": "declaration (indicator)",
    "enrolment_span_by_record": "enrolment_span (record)",
    "enrolment_span_by_programme": "enrolment_span (programme)",
    "record_person_by_person": "record_person (person)",
    "study_span_by_organisation": "study_span (organisation)",
    "training_by_record": "training (record)",
    "certificate_by_record": "certificate (record)",
    "certificate_by_programme": "certificate (programme, issued_on)",
    "session_fact_by_day": "session_fact (programme, day)",
    "session_current_by_day": "session_current (programme, day)",
    "presence_by_record": "presence (record)",
    "acting_by_record": "acting (record)",
}


def schema_of(version: int) -> str:
    """Where the tables of a version live."""
    return f"projection_{version:d}"


def table_statements(version: int) -> Iterator[str]:
    """Schema and tables with their keys: enough to be filled."""
    yield f"CREATE SCHEMA {schema_of(version)}"
    for table in (*_REGISTRY, *_PEOPLE, *_SESSIONS):
        yield f"CREATE TABLE {schema_of(version)}.{table}"


def index_statements(version: int) -> Iterator[str]:
    """What questions need besides: made once the tables are full, which is faster than keeping them up meanwhile.

    Repeatable, so that a rebuild that was killed among them goes on.
    """
    for name, place in _INDEXES.items():
        yield f"CREATE INDEX IF NOT EXISTS {name} ON {schema_of(version)}.{place}"
