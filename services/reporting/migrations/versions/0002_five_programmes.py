"""What programmes say more: labels, roles, stands, studies, trainings, certificates, declarations."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_ORIGIN = "recorded_at timestamptz NOT NULL, correlation text, at_partition bigint NOT NULL, at_offset bigint NOT NULL"
_SPAN = "starts_on date NOT NULL, ends_on date NOT NULL"

_COLUMNS = (
    "programme ADD COLUMN opened_on date",
    # Both values are what a convention without a role is (contracts): an establishment's, then an organisation's.
    "convention ADD COLUMN role text NOT NULL DEFAULT 'encorde'",
    "profile_span ADD COLUMN track text",
    "session_fact ADD COLUMN title text",
)

_ROLES = "UPDATE projection_1.convention SET role = 'partenaire' WHERE establishment IS NULL"

_TABLES = (
    f"programme_label (programme text, item bigint, label text NOT NULL, {_SPAN}, PRIMARY KEY (programme, item))",
    f"""declaration (declaration text PRIMARY KEY, version bigint NOT NULL, indicator text NOT NULL,
        label text NOT NULL, programme text, organisation text, {_SPAN}, unit text NOT NULL,
        wording text NOT NULL, number bigint, numerator bigint, denominator bigint, sentence text NOT NULL,
        document text NOT NULL, declarant text NOT NULL, declared_on date NOT NULL, {_ORIGIN})""",
    "declaration_part (declaration text, item bigint, part text NOT NULL, PRIMARY KEY (declaration, item))",
    f"""declaration_earlier (declaration text, item bigint, {_SPAN}, unit text NOT NULL, wording text NOT NULL,
        number bigint, numerator bigint, denominator bigint, declarant text NOT NULL, declared_on date NOT NULL,
        reason text NOT NULL, PRIMARY KEY (declaration, item))""",
    f"study (record text PRIMARY KEY, version bigint NOT NULL, school_year bigint NOT NULL, {_ORIGIN})",
    f"""study_span (record text, item bigint, organisation text NOT NULL, pathway text NOT NULL, {_SPAN},
        PRIMARY KEY (record, item))""",
    f"""training (training text PRIMARY KEY, record text NOT NULL, programme text NOT NULL, course text NOT NULL,
        kind text NOT NULL, organisation text NOT NULL, minutes bigint NOT NULL, completed_on date,
        version bigint NOT NULL, school_year bigint NOT NULL, {_ORIGIN})""",
    f"""certificate (certificate text PRIMARY KEY, record text NOT NULL, programme text NOT NULL, name text NOT NULL,
        organisation text NOT NULL, issued_on date NOT NULL, withdrawn_on date, version bigint NOT NULL,
        school_year bigint NOT NULL, {_ORIGIN})""",
    """stand (session text, version bigint, item bigint, organisation text NOT NULL, status text NOT NULL,
        PRIMARY KEY (session, version, item))""",
)

_INDEXES = (
    "declaration_by_indicator ON projection_1.declaration (indicator)",
    "study_span_by_organisation ON projection_1.study_span (organisation)",
    "training_by_record ON projection_1.training (record)",
    "certificate_by_record ON projection_1.certificate (record)",
    "certificate_by_programme ON projection_1.certificate (programme, issued_on)",
)


def upgrade() -> None:
    """Plain SQL: what stands here is what stands in the database."""
    for column in _COLUMNS:
        op.execute(f"ALTER TABLE projection_1.{column}")
    op.execute(_ROLES)
    for table in _TABLES:
        op.execute(f"CREATE TABLE projection_1.{table}")
    for index in _INDEXES:
        op.execute(f"CREATE INDEX {index}")
