"""The tables of one projection version, and those that all versions share. No query and no rule lives here.

Every fact table is written by the consumer of one topic only, and each row by one partition only, so that no two
transactions ever write the same row. What joins the three topics is joined when somebody asks (queries/).
"""

from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Integer,
    MetaData,
    SmallInteger,
    Table,
    Text,
)

PROJECTION = 1
"""The version that a new database begins with; which one is live stands in the table `projection`."""

SHAPE = 4
"""Which tables a version has. This code fills and reads versions of this shape alone; another one is left to the code
that made it. Whoever changes what is gathered (gathering/gather.py) changes it too: terms sealed before would stay as
they are."""

shared = MetaData()
facts = MetaData()
views = MetaData()
gathered = MetaData()

Moment = DateTime(timezone=True)


def _text(*names: str) -> list[Column[str]]:
    return [Column(name, Text) for name in names]


def _number(*names: str) -> list[Column[int]]:
    return [Column(name, BigInteger) for name in names]


def _span() -> list[Column[object]]:
    """Half-open; a span without an end runs to `infinity`."""
    return [Column("starts_on", Date), Column("ends_on", Date)]


def _origin() -> list[Column[object]]:
    """When its producer recorded it, and where it stands on its topic."""
    return [
        Column("recorded_at", Moment),
        Column("correlation", Text),
        Column("at_partition", BigInteger),
        Column("at_offset", BigInteger),
    ]


# cordees.registry
organisation = Table("organisation", facts, *_text("organisation", "name", "nature"), *_number("version"))
membership = Table("membership", facts, *_text("organisation", "parent"), *_number("item"), *_span())
establishment = Table(
    "establishment",
    facts,
    *_text("establishment", "site", "name", "nature", "academie", "departement", "commune"),
    *_number("version"),
)
priority = Table("priority", facts, *_text("establishment", "status"), *_number("item", "rentree"))
programme = Table(
    "programme", facts, *_text("programme", "name", "parent"), *_number("version"), Column("opened_on", Date)
)
programme_label = Table("programme_label", facts, *_text("programme", "label"), *_number("item"), *_span())
organiser = Table("organiser", facts, *_text("programme", "organisation"), *_number("item"), *_span())
convention = Table(
    "convention",
    facts,
    *_text("convention", "programme", "establishment", "organisation", "role"),
    *_number("version"),
    *_span(),
)
declaration = Table(
    "declaration",
    facts,
    *_text("declaration", "indicator", "label", "programme", "organisation", "unit", "wording"),
    *_text("sentence", "document", "declarant"),
    *_number("version", "number", "numerator", "denominator"),
    *_span(),
    Column("declared_on", Date),
    *_origin(),
)
declaration_part = Table("declaration_part", facts, *_text("declaration", "part"), *_number("item"))
declaration_earlier = Table(
    "declaration_earlier",
    facts,
    *_text("declaration", "unit", "wording", "declarant", "reason"),
    *_number("item", "number", "numerator", "denominator"),
    *_span(),
    Column("declared_on", Date),
)

# cordees.people
profile = Table("profile", facts, *_text("record"), *_number("version", "school_year"), *_origin())
profile_span = Table(
    "profile_span",
    facts,
    *_text("record", "establishment", "level", "gender", "scholarship", "qpv", "rural", "track"),
    *_number("item"),
    *_span(),
)
enrolment = Table(
    "enrolment", facts, *_text("enrolment", "record", "programme"), *_number("version", "school_year"), *_origin()
)
enrolment_span = Table(
    "enrolment_span",
    facts,
    *_text("enrolment", "record", "programme", "kind", "status"),
    *_number("item"),
    *_span(),
)
engagement = Table("engagement", facts, *_text("record"), *_number("version", "school_year"), *_origin())
engagement_span = Table(
    "engagement_span", facts, *_text("record", "organisation", "category", "gender"), *_number("item"), *_span()
)
record_person = Table("record_person", facts, *_text("record", "person"), *_number("version"), *_origin())
study = Table("study", facts, *_text("record"), *_number("version", "school_year"), *_origin())
study_span = Table("study_span", facts, *_text("record", "organisation", "pathway"), *_number("item"), *_span())
training = Table(
    "training",
    facts,
    *_text("training", "record", "programme", "course", "kind", "organisation"),
    *_number("minutes", "version", "school_year"),
    Column("completed_on", Date),
    *_origin(),
)
certificate = Table(
    "certificate",
    facts,
    *_text("certificate", "record", "programme", "name", "organisation"),
    *_number("version", "school_year"),
    Column("issued_on", Date),
    Column("withdrawn_on", Date),
    *_origin(),
)

# cordees.sessions: every version stays, explanations need the superseded ones. One row a version, and one for its roll.
session_fact = Table(
    "session_fact",
    facts,
    *_text("session", "status", "programme", "activity", "place", "subject_taught", "title"),
    *_number("version", "minutes", "reported_version"),
    Column("starts_at", Moment),
    Column("day", Date),
    Column("organisers", ARRAY(Text)),
    Column("superseded", Boolean),
    Column("plain", Boolean),
    *_origin(),
)
session_roll = Table(
    "session_roll",
    facts,
    *_text("session", "programme"),
    *_number("version"),
    Column("term", Date),
    Column("plain", Boolean),
    *(Column(name, ARRAY(Text)) for name in ("records", "acting_records")),
    *(
        Column(name, ARRAY(SmallInteger))
        for name in ("statuses", "minutes", "acting_roles", "acting_minutes", "preparations")
    ),
)
headcount = Table(
    "headcount", facts, *_text("session", "establishment", "level"), *_number("version", "item", "pupils", "girls")
)
stand = Table("stand", facts, *_text("session", "organisation", "status"), *_number("version", "item"))

# Of the rolls of a programme's term, the plain sessions by record (gathering/): derived, so never compared with another
# version's, but held against its own rolls (engine/gathered_check.py).
programme_term = Table(
    "programme_term",
    gathered,
    *_text("programme"),
    Column("term", Date),
    *_number("touched"),
    Column("touched_at", Moment),
    Column("stale_since", Moment),
)
strand = Table(
    "strand",
    gathered,
    *_text("programme", "role", "activity", "subject_taught"),
    Column("term", Date),
    Column("strand", Integer),
    Column("organisers", ARRAY(Text)),
)
participation = Table(
    "participation",
    gathered,
    *_text("programme", "record"),
    Column("term", Date),
    Column("acting", Boolean),
    *(Column(name, ARRAY(Integer)) for name in ("strands", "places", "minutes", "preparations")),
    *(Column(name, ARRAY(SmallInteger)) for name in ("days", "absences")),
)

# Views of these (engine/schema.py): which version counts, and one row a line.
session_current = Table(
    "session_current", views, *_text("session", "status", "programme"), *_number("version"), Column("day", Date)
)
presence = Table("presence", views, *_text("session", "record", "status"), *_number("version", "item", "minutes"))
acting = Table(
    "acting",
    views,
    *_text("session", "record", "role"),
    *_number("version", "item", "minutes", "preparation_minutes"),
)

# Shared by all projection versions, in the schema `public`.
projection = Table(
    "projection",
    shared,
    *_number("version", "shape"),
    *_text("status"),
    Column("since", Moment),
    Column("filled_at", Moment),
)
position = Table(
    "position",
    shared,
    *_number("projection"),
    *_text("topic"),
    *_number("partition", "next_offset", "log_end"),
    *_text("topic_id"),
    Column("event_time", Moment),
)
parked = Table(
    "parked",
    shared,
    *_number("projection"),
    *_text("topic"),
    *_number("partition", "offset"),
    *_text("subject", "type", "correlation", "reason", "field"),
    Column("parked_at", Moment),
)
given_up = Table(
    "given_up",
    shared,
    *_text("topic", "topic_id"),
    *_number("partition", "offset"),
    *_text("subject", "type", "correlation", "reason", "field", "given_up_reason"),
    Column("parked_at", Moment),
    Column("given_up_at", Moment),
)
