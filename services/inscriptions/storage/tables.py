"""The tables as queries see them; `migrations/` is what makes them. Which lock guards what stands beside each."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

metadata = sa.MetaData()

_ID = sa.Uuid(as_uuid=False)

# Guarded by the registry's advisory lock.
registry_entry = sa.Table(
    "registry_entry",
    metadata,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("entry", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("state", pg.JSONB, nullable=False),
    sa.UniqueConstraint("kind", "entry", name="registry_entry_once"),
)
registry_tie = sa.Table(
    "registry_tie",
    metadata,
    sa.Column("child", sa.Text, sa.ForeignKey("registry_entry.subject"), primary_key=True),
    sa.Column("parent", sa.Text, sa.ForeignKey("registry_entry.subject"), primary_key=True),
    sa.Column("valid", pg.DATERANGE, primary_key=True),
)
convention_term = sa.Table(
    "convention_term",
    metadata,
    sa.Column("convention", sa.Text, sa.ForeignKey("registry_entry.subject"), primary_key=True),
    sa.Column("programme", sa.Text, sa.ForeignKey("registry_entry.subject"), nullable=False),
    sa.Column("party", sa.Text, sa.ForeignKey("registry_entry.subject"), nullable=False),
    sa.Column("valid", pg.DATERANGE, nullable=False),
    sa.Column("role", sa.Text, nullable=False),
)

# A registered record's row is locked by whoever takes a fact about it; until then the lock of the links guards it.
record = sa.Table(
    "record",
    metadata,
    sa.Column("id", _ID, primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("school_year", sa.Integer, nullable=False),
    sa.Column("registered", sa.Boolean, nullable=False, server_default=sa.false()),
)
fact = sa.Table(
    "fact",
    metadata,
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("record", _ID, sa.ForeignKey("record.id"), nullable=False, index=True),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("reported_version", sa.Integer, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("state", pg.JSONB, nullable=False),
    sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
)
remark = sa.Table(
    "remark",
    metadata,
    sa.Column("subject", sa.Text, sa.ForeignKey("fact.subject"), primary_key=True),
    sa.Column("code", sa.Text, primary_key=True),
    sa.Column("field", sa.Text, primary_key=True),
)

# Guarded by the advisory lock of the links. Apart from `record`, so that an assignment never waits for a fact.
assignment = sa.Table(
    "assignment",
    metadata,
    sa.Column("record", _ID, sa.ForeignKey("record.id"), primary_key=True),
    sa.Column("own_person", _ID, nullable=False, server_default=sa.text("uuidv7()")),
    sa.Column("person", _ID),
    sa.Column("version", sa.Integer, nullable=False, server_default="0"),
)
join_statement = sa.Table(
    "join_statement",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("reference", sa.Text, nullable=False),
    sa.Column("version", sa.Integer, nullable=False),
    sa.Column("reported_version", sa.Integer, nullable=False),
    sa.Column("digest", sa.Text, nullable=False),
    sa.UniqueConstraint("source", "reference", name="join_statement_once"),
)
link = sa.Table(
    "link",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    # No statement: both are the same reference of a source that keeps its references from year to year.
    sa.Column("statement", sa.BigInteger, sa.ForeignKey("join_statement.id")),
    sa.Column("one", _ID, sa.ForeignKey("record.id"), nullable=False),
    sa.Column("other", _ID, sa.ForeignKey("record.id"), nullable=False),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.UniqueConstraint("statement", "one", "other", name="link_once", postgresql_nulls_not_distinct=True),
    sa.Index("link_from_one", "one", postgresql_where=sa.text("active")),
    sa.Index("link_from_other", "other", postgresql_where=sa.text("active")),
)
