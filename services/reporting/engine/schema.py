"""The tables of a projection version as SQL: for a rebuild, and for a migration that makes a new version.

Version 1 is made by the migrations; a test holds its catalogue against what stands here. Whoever changes these tables,
or what is gathered into them, changes `tables.SHAPE` with them.
"""

from collections.abc import Iterator, Sequence

from contracts.vocabulary import ActingRole, Attendance

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

_LINE = "session text NOT NULL, version bigint NOT NULL, item bigint NOT NULL"
# A line costs a tenth of what it does as a row of its own: a roll is written once, as a whole, and read as a whole.
_SESSIONS = (
    f"""session_fact (session text, version bigint, status text NOT NULL
        CHECK (status IN ('planned', 'held', 'cancelled')), superseded boolean NOT NULL,
        programme text NOT NULL, activity text NOT NULL, starts_at timestamptz NOT NULL, day date NOT NULL,
        minutes bigint NOT NULL, place text, subject_taught text, reported_version bigint, title text,
        organisers text[], plain boolean NOT NULL, {_ORIGIN}, PRIMARY KEY (session, version))""",
    """session_roll (session text NOT NULL, version bigint NOT NULL, programme text NOT NULL, term date NOT NULL,
        plain boolean NOT NULL, records text[], statuses smallint[], minutes smallint[],
        acting_records text[], acting_roles smallint[], acting_minutes smallint[], preparations smallint[])""",
    f"headcount ({_LINE}, establishment text NOT NULL, level text NOT NULL, pupils bigint NOT NULL, girls bigint)",
    f"stand ({_LINE}, organisation text NOT NULL, status text NOT NULL)",
)

# What is gathered from the rolls of a programme's term (gathering/): never written by a consumer, and
# never compared with another version's.
_GATHERED = (
    """programme_term (programme text, term date, touched bigint NOT NULL, touched_at timestamptz NOT NULL,
        stale_since timestamptz, PRIMARY KEY (programme, term))""",
    """strand (programme text, term date, strand integer, role text, activity text NOT NULL, subject_taught text,
        organisers text[], PRIMARY KEY (programme, term, strand))""",
    """participation (programme text NOT NULL, term date NOT NULL, record text NOT NULL, acting boolean NOT NULL,
        strands integer[] NOT NULL, places integer[] NOT NULL, days smallint[] NOT NULL, minutes integer[] NOT NULL,
        preparations integer[], absences smallint[])""",
)

ATTENDANCES = tuple(one.value for one in Attendance)
"""A roll stores a status as its place in this list: new words come at its end. No list: everybody is the first."""
ROLES = tuple(one.value for one in ActingRole)
"""The same of what acting persons do."""


def word_of(place: str, words: Sequence[str]) -> str:
    """In SQL, what stands at a place of `ATTENDANCES` or `ROLES`."""
    return f"(ARRAY{list(words)})[{place} + 1]"


_VIEWS = {
    "session_current": """SELECT session, version, status, programme, day FROM {schema}.session_fact
        WHERE NOT superseded""",
    "presence": f"""SELECT r.session, r.version, l.item - 1 AS item, l.record,
            {word_of("coalesce(l.status, 0)", ATTENDANCES)} AS status, CAST(l.minutes AS bigint) AS minutes
        FROM {{schema}}.session_roll r,
            unnest(r.records, r.statuses, r.minutes) WITH ORDINALITY AS l (record, status, minutes, item)""",  # noqa: S608
    "acting": f"""SELECT r.session, r.version, l.item - 1 AS item, l.record,
            {word_of("coalesce(l.role, 0)", ROLES)} AS role, CAST(l.minutes AS bigint) AS minutes,
            CAST(coalesce(l.preparation, 0) AS bigint) AS preparation_minutes
        FROM {{schema}}.session_roll r,
            unnest(r.acting_records, r.acting_roles, r.acting_minutes, r.preparations) WITH ORDINALITY
                AS l (record, role, minutes, preparation, item)""",  # noqa: S608
}

_UNIQUE = {
    "roll_by_session": "session_roll (session, version)",
    "headcount_by_session": "headcount (session, version, item)",
    "stand_by_session": "stand (session, version, item)",
}
_INDEXES = {
    # Of plain rolls the lists are never looked up: they are read term by term (queries/rolls.py). An index of all was
    # the dearest of all indexes, and cost every roll that is written a dozen entries.
    "roll_by_record": "session_roll USING gin (records) WHERE NOT plain",
    "roll_by_acting": "session_roll USING gin (acting_records) WHERE NOT plain",
    "roll_by_term": "session_roll (programme, term)",
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
    "session_fact_apart": "session_fact (day) WHERE NOT superseded AND NOT plain",
    "participation_by_term": "participation (programme, term, acting)",
    "participation_by_record": "participation (record)",
}

INDEXES = (*_INDEXES, *_UNIQUE)
"""Their names."""


def schema_of(version: int) -> str:
    """Where the tables of a version live."""
    return f"projection_{version:d}"


def table_statements(version: int) -> Iterator[str]:
    """Schema and tables with their keys: enough to be filled."""
    yield f"CREATE SCHEMA {schema_of(version)}"
    for table in (*_REGISTRY, *_PEOPLE, *_SESSIONS, *_GATHERED):
        yield f"CREATE TABLE {schema_of(version)}.{table}"
    for name, query in _VIEWS.items():
        yield f"CREATE VIEW {schema_of(version)}.{name} AS {query.format(schema=schema_of(version))}"


def index_statements(version: int) -> Iterator[str]:
    """What questions need besides: made once the tables are full, which is faster than keeping them up meanwhile.

    Repeatable, so that a rebuild that was killed among them goes on.
    """
    for name, place in _INDEXES.items():
        yield f"CREATE INDEX IF NOT EXISTS {name} ON {schema_of(version)}.{place}"
    for name, place in _UNIQUE.items():
        yield f"CREATE UNIQUE INDEX IF NOT EXISTS {name} ON {schema_of(version)}.{place}"
