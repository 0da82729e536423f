"""What is gathered, as lines like those of a roll: one for each record, term and whatever else is asked, with its sums.

A line stands for `times` presences, all of the same person, and is read as if it were one on its first day. So it may
only be made where nothing that a question reads of the person or the organisers changes between its first and its last
day. Persons of whom something does, or who stand on a roll twice (R4), are read presence by presence.
"""

from collections.abc import Sequence

from services.reporting.queries.question import By, Question, Steps, among, rows_of
from services.reporting.queries.scope import activities_in_scope

_DIMENSIONS = {By.ACTIVITY: "activity", By.SUBJECT: "subject_taught", By.ORGANISATION: "organisers"}


def _asked(question: Question, activities: Sequence[str], role: str) -> str:
    family = f"AND f.activity IN {tuple(activities)}" if len(activities) > 1 else ""
    family = f"AND f.activity = '{activities[0]}'" if len(activities) == 1 else family
    return f"""
        SELECT f.* FROM (
            SELECT s.*, g.starts_on AS day, g.starts_on - g.term AS from_day, g.ends_on - g.term AS to_day
            FROM strand s JOIN gathered g ON g.programme = s.programme AND g.term = s.term
            WHERE s.role IS {role} AND {among("s.programme", "gathered")}
        ) AS f WHERE {activities_in_scope(question)} {family}
    """  # noqa: S608 - constants of this package


# All wanted strands of a term at once: PostgreSQL compares a number with a short array faster than it joins each one.
_WANTED = """
    SELECT programme, term, from_day, to_day, array_agg(strand) AS strands FROM asked
    GROUP BY programme, term, from_day, to_day
"""
_SUMS = """count(*) AS times, sum({u}.minutes) AS minutes, sum({u}.preparation) AS preparation,
    p.term + min({u}.day) AS day, p.term + max({u}.day) AS last_day"""
_FIRST = "OFFSET 0"
"""Taken apart before it is joined: PostgreSQL would join each row's few numbers with all strands by itself."""
_ARRAYS = "p.strands, p.places, p.days, p.minutes, p.preparations"
_TAKEN = "u (strand, place, day, minutes, preparation)"
_PARTICIPATION = "participation p JOIN wanted w ON w.programme = p.programme AND w.term = p.term"


_WITHIN = f"{among('p.programme', 'wanted')} AND {among('p.term', 'wanted')}"
_KINDS = {"activity": "text", "subject_taught": "text", "organisers": "text[]"}


def _collapsed(activity: str, *, all_strands: bool) -> str:
    """Of pupils: one line a record and term."""
    wanted = "true" if all_strands else "u.strand = ANY(w.strands)"
    return f"""
        SELECT p.programme, p.term, p.record, CAST(NULL AS text) AS role, {_columns("p", (), activity)}, q.*
        FROM {_PARTICIPATION}
        CROSS JOIN LATERAL (
            SELECT {_SUMS.format(u="u")} FROM unnest({_ARRAYS}) AS {_TAKEN}
            WHERE {wanted} AND u.day >= w.from_day AND u.day < w.to_day) AS q
        WHERE q.times > 0 AND NOT p.acting AND {_WITHIN}
    """  # noqa: S608 - constants of this module


def _spread(dimensions: Sequence[str], activity: str, *, acting: bool) -> str:
    """One line a record, term, role and what is asked besides."""
    groups = "".join(f", s.{name}" for name in dimensions)
    return f"""
        SELECT p.programme, p.term, p.record, s.role, {_columns("s", dimensions, activity)}, {_SUMS.format(u="p")}
        FROM (
            SELECT p.programme, p.term, p.record, u.* FROM {_PARTICIPATION}
            CROSS JOIN LATERAL unnest({_ARRAYS}) AS {_TAKEN}
            WHERE u.day >= w.from_day AND u.day < w.to_day AND p.acting = {acting} AND {_WITHIN} {_FIRST}) AS p
        JOIN asked s ON s.programme = p.programme AND s.term = p.term AND s.strand = p.strand
        GROUP BY p.programme, p.term, p.record, s.role{groups}
    """  # noqa: S608 - constants of this module


_PART = """
    SELECT s.*, coalesce(m.person, s.record) AS person
    FROM summed s LEFT JOIN {record_person} m ON m.record = s.record
"""
_DOUBLED = """
    SELECT person, programme, term FROM (SELECT DISTINCT person, record, programme, term FROM part) AS one
    GROUP BY person, programme, term HAVING count(*) > 1
"""


def turns_of(*tables: str) -> str:
    """The days within the period at which what is said of a person changes, by these tables of spans."""
    return " UNION ".join(
        f"""SELECT r.person, d.day FROM person_record r JOIN {rows_of(table, "record", "person_record")} s
            ON s.record = r.record
            CROSS JOIN LATERAL (VALUES (s.starts_on), (s.ends_on)) AS d (day)
            WHERE d.day > :starts_on AND d.day < :ends_on"""  # noqa: S608 - a table of this package
        for table in tables
    )


_APART = """
    SELECT DISTINCT p.programme, p.term, p.record, p.person FROM part p
    JOIN person_turn t ON t.person = p.person AND t.day > p.day AND t.day <= p.last_day
"""
_BESIDE = """
    SELECT DISTINCT p.programme, p.term, p.record, p.person, a.record IS NOT NULL AS turned FROM part p
    LEFT JOIN apart a ON a.record = p.record AND a.programme = p.programme AND a.term = p.term
    LEFT JOIN doubled d ON d.person = p.person AND d.programme = p.programme AND d.term = p.term
    WHERE a.record IS NOT NULL OR d.person IS NOT NULL
"""

# Presence by presence. Of two records of one person at one place, that is on one roll, one counts (R4): the longer
# minutes, and where preparation is said, the longer one.
_TAKEN_BESIDE = f"""
    SELECT p.programme, p.term, p.record, p.person, p.turned, p.place, p.minutes, p.preparation, p.day,
        s.role, s.activity, s.subject_taught, s.organisers, row_number() OVER (
            PARTITION BY p.person, p.programme, p.term, p.place, s.role
            ORDER BY p.minutes DESC, p.preparation DESC, p.record) AS rank
    FROM (
        SELECT a.programme, a.term, a.record, a.person, a.turned, u.strand, u.place, u.day, u.minutes,
            coalesce(u.preparation, 0) AS preparation
        FROM beside a
        JOIN {{participation}} p ON p.record = a.record AND p.programme = a.programme AND p.term = a.term
        CROSS JOIN LATERAL unnest({_ARRAYS}) AS {_TAKEN}
        WHERE p.acting = {{acting}} {_FIRST}) AS p
    JOIN asked s ON s.programme = p.programme AND s.term = p.term AND s.strand = p.strand
    WHERE p.day >= s.from_day AND p.day < s.to_day
"""  # noqa: S608 - constants of this module

# A record that loses everywhere stays as a line of no presence: it is a reference that somebody has to know.
_LINES = """
    SELECT p.programme, p.role, p.activity, p.subject_taught, p.organisers, p.times, p.minutes, p.preparation, p.day,
        p.record, p.person
    FROM part p
    WHERE NOT EXISTS (SELECT FROM beside a WHERE a.record = p.record AND a.programme = p.programme AND a.term = p.term)
    UNION ALL
    SELECT t.programme, t.role, {columns}, count(*) FILTER (WHERE t.rank = 1),
        coalesce(sum(t.minutes) FILTER (WHERE t.rank = 1), 0),
        coalesce(sum(t.preparation) FILTER (WHERE t.rank = 1), 0), t.term + min(t.day), t.record, t.person
    FROM taken_beside t
    GROUP BY t.programme, t.term, t.role, t.record, t.person, CASE WHEN t.turned THEN t.day END{groups}
"""


def _dimensions(question: Question) -> list[str]:
    return [_DIMENSIONS[question.by]] if question.by in _DIMENSIONS else []


def _activity(activities: Sequence[str]) -> str:
    return f"'{activities[0]}'" if activities else "CAST(NULL AS text)"


def _columns(of: str, dimensions: Sequence[str], activity: str) -> str:
    kept = {name: f"{of}.{name}" if name in dimensions else f"CAST(NULL AS {kind})" for name, kind in _KINDS.items()}
    if "activity" not in dimensions:
        kept["activity"] = activity
    return ", ".join(f"{value} AS {name}" for name, value in kept.items())


def summed_steps(question: Question, activities: Sequence[str] = (), *, acting: bool = False) -> Steps:
    """`part`: what each record did in each term, as far as a question asks; `activities` are those it asks of.

    One line for several activities has the first of their names: whoever asks for several does not tell them apart.
    """
    dimensions, name = _dimensions(question), _activity(activities)
    if dimensions or acting:
        summed = _spread(dimensions, name, acting=acting)
    else:
        summed = _collapsed(name, all_strands=not activities and question.organisation is None)
    part = _PART.format(record_person=rows_of("record_person", "record", "summed"))
    return (
        ("asked", _asked(question, activities, "NOT NULL" if acting else "NULL")),
        ("wanted", _WANTED),
        ("summed", summed),
        ("part", part),
    )


def line_steps(question: Question, turns: str, activities: Sequence[str] = (), *, acting: bool = False) -> Steps:
    """`gathered_line`: the lines of `part`, where they may be read as one. Reads `person_record`.

    `turns`: the days at which something changes of a person (`turns_of`).
    """
    dimensions = _dimensions(question)
    taken = _TAKEN_BESIDE.format(participation=rows_of("participation", "record", "beside"), acting=acting)
    groups = "".join(f", t.{name}" for name in dimensions)
    lines = _LINES.format(columns=_columns("t", dimensions, _activity(activities)), groups=groups)
    return (
        ("person_turn", turns),
        ("doubled", _DOUBLED),
        ("apart", _APART),
        ("beside", _BESIDE),
        ("taken_beside", taken),
        ("gathered_line", lines),
    )
