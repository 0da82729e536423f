"""The peer's tables: the same facts as our projection keeps, each version of a session with its roll.

No index but the keys, because the figures that it answers need none.
"""

from sqlalchemy import BigInteger, Column, Date, DateTime, Integer, MetaData, Table, Text

metadata = MetaData()


def _head(name: str, key: str, *columns: Column[object]) -> Table:
    """One row for each aggregate: its highest version."""
    return Table(
        name, metadata, Column(key, Text, primary_key=True), Column("version", Integer, nullable=False), *columns
    )


def _part(name: str, key: str, *columns: Column[object]) -> Table:
    """Lines of one version of an aggregate: a version never changes, so neither do they."""
    keys = (Column(key, Text, primary_key=True), Column("version", Integer, primary_key=True))
    return Table(name, metadata, *keys, Column("item", Integer, primary_key=True), *columns)


def _texts(*names: str) -> list[Column[object]]:
    return [Column(name, Text) for name in names]


def _span() -> list[Column[object]]:
    return [Column("starts_on", Date), Column("ends_on", Date)]


position = Table(
    "position",
    metadata,
    Column("topic", Text, primary_key=True),
    Column("partition", Integer, primary_key=True),
    Column("next_offset", BigInteger, nullable=False),
)

organisation = _head("organisation", "organisation", *_texts("name", "nature"))
membership = _part("membership", "organisation", *_texts("parent"), *_span())
establishment = _head(
    "establishment", "establishment", *_texts("site", "name", "nature", "academie", "departement", "commune")
)
priority = _part("priority", "establishment", Column("rentree", Integer), *_texts("status"))
programme = _head("programme", "programme", *_texts("name", "parent"), Column("opened_on", Date))
organiser = _part("organiser", "programme", *_texts("organisation"), *_span())
label = _part("programme_label", "programme", *_texts("label"), *_span())
convention = _head(
    "convention", "convention", *_texts("programme", "establishment", "organisation", "party_role"), *_span()
)

profile = _head("profile", "record", Column("school_year", Integer))
profile_span = _part(
    "profile_span",
    "record",
    *_texts("establishment", "level", "gender", "scholarship", "qpv", "rural", "track"),
    *_span(),
)
enrolment = _head("enrolment", "enrolment", *_texts("record", "programme"), Column("school_year", Integer))
enrolment_span = _part("enrolment_span", "enrolment", *_texts("kind", "status"), *_span())
engagement = _head("engagement", "record", Column("school_year", Integer))
engagement_span = _part("engagement_span", "record", *_texts("organisation", "category", "gender"), *_span())
record_person = _head("record_person", "record", *_texts("person"))

session_version = Table(
    "session_version",
    metadata,
    Column("session", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    *_texts("status", "programme", "activity"),
    Column("starts_at", DateTime(timezone=True)),
    Column("day", Date),
    Column("minutes", Integer),
    *_texts("place", "subject_taught", "title"),
    Column("reported_version", Integer),
    Column("recorded_at", DateTime(timezone=True)),
    *_texts("correlation"),
    Column("at_partition", Integer),
    Column("at_offset", BigInteger),
)
session_current = _head("session_current", "session")
session_organiser = _part("session_organiser", "session", *_texts("organisation"))
presence = _part("presence", "session", *_texts("record", "status"), Column("minutes", Integer))
acting = _part(
    "acting", "session", *_texts("record", "role"), Column("minutes", Integer), Column("preparation_minutes", Integer)
)
headcount = _part(
    "headcount", "session", *_texts("establishment", "level"), Column("pupils", Integer), Column("girls", Integer)
)
stand = _part("stand", "session", *_texts("organisation", "status"))
