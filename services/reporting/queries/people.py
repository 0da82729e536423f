"""Who is on a roll, whose record it is, and what is known of the person at a date (R4, R4b, R7)."""

from collections.abc import Sequence

from services.reporting.queries.gathered import line_steps, summed_steps, turns_of
from services.reporting.queries.question import Question, Steps, among, rows_of

PRESENT = ("present", "distance", "retard", "depart_anticipe")
"""The statuses of a roll that count as present (R3)."""
THERE = f"{PRESENT}"
"""The same in SQL."""

_ENTRY = f"SELECT p.* FROM presence p WHERE {among('p.session', 'called')}"  # noqa: S608 - our own names
_HELPER = f"SELECT x.* FROM acting x WHERE {among('x.session', 'called')}"  # noqa: S608 - our own names


def _called(activities: Sequence[str]) -> str:
    """The activities whose rolls are read: a figure asks for some kinds only, an explanation names the others too."""
    asked = f"a.activity = ANY(ARRAY{list(activities)})" if activities else "true"
    return f"SELECT a.* FROM activity a WHERE {asked} OR (SELECT everything FROM told)"  # noqa: S608 - our own words


def mapped(source: str) -> str:
    """Whose the records of a step are, where it is known."""
    return f"SELECT m.record, m.person FROM {rows_of('record_person', 'record', source)} m"  # noqa: S608


# A record that nobody has assigned yet stands for its own person.
_ROLL_READ = f"""
    SELECT a.session, a.version, a.day, a.activity, a.programme, a.standing, p.item, p.record,
        coalesce(m.person, p.record) AS person, p.status AS attendance, p.status IN {THERE} AS there,
        coalesce(p.minutes, a.minutes) AS minutes, 1 AS times, a.subject_taught, a.organisers
    FROM called a
    JOIN entry p ON p.session = a.session AND p.version = a.version
    LEFT JOIN mapped m ON m.record = p.record
"""  # noqa: S608 - constants of this module
_ROLL = """
    SELECT * FROM roll_read
    UNION ALL
    SELECT NULL, NULL, day, activity, programme, 'current', NULL, record, person, 'present', true, minutes, times,
        subject_taught, organisers FROM gathered_line
"""

_HAND_READ = """
    SELECT a.session, a.version, a.day, a.activity, a.programme, a.standing, x.item, x.record,
        coalesce(m.person, x.record) AS person, x.role, coalesce(x.minutes, a.minutes) AS minutes,
        x.preparation_minutes AS preparation, 1 AS times, a.subject_taught, a.organisers
    FROM called a
    JOIN entry x ON x.session = a.session AND x.version = a.version
    LEFT JOIN mapped m ON m.record = x.record
"""
_HAND = """
    SELECT * FROM hand_read
    UNION ALL
    SELECT NULL, NULL, day, activity, programme, 'current', NULL, record, person, role, minutes, preparation, times,
        subject_taught, organisers FROM gathered_line
"""
# Whoever stands on a roll, read or gathered.
_LISTED = "SELECT person FROM {read} UNION SELECT person FROM part"


def persons_of(source: str) -> Steps:
    """`person` and `person_record`: the persons of a step, and every record of theirs, on whichever list it stands."""
    person_record = f"""
        SELECT m.person, m.record FROM {rows_of("record_person", "person", "person")} m
        UNION ALL
        SELECT n.person, n.person FROM person n WHERE NOT EXISTS (
            SELECT FROM {rows_of("record_person", "record", "person", "person")} m WHERE m.record = n.person)
    """  # noqa: S608 - constants of this module
    return (
        ("person", f"SELECT DISTINCT person FROM {source}"),  # noqa: S608 - a step's name
        ("person_record", person_record),
    )


# Each attribute apart: the one recorded last among the spans that cover the date and say something (R7).
_LAST = "ORDER BY s.recorded_at DESC, s.record DESC, s.item DESC"


def _said(name: str) -> str:
    return f"s.{name} IS NOT NULL AND s.{name} NOT IN ('non_renseigne', 'NON_RENSEIGNE', 'unknown')"


def pupil_attributes(dates: str, names: Sequence[str] = ("establishment", "level")) -> str:
    """What is known of each pupil at each (person, day) of the step `dates`.

    Most pupils have one span over all these dates: what it says needs no choice, and no sorting of every day.
    """
    only = ", ".join(f"CASE WHEN {_said(name)} THEN s.{name} END AS {name}" for name in names)
    last = ", ".join(f"(array_agg(s.{name} {_LAST}) FILTER (WHERE {_said(name)}))[1] AS {name}" for name in names)
    said = f"FROM {dates} d JOIN said s ON s.person = d.person AND d.day >= s.starts_on AND d.day < s.ends_on"
    return f"""
        WITH said AS MATERIALIZED (
            SELECT r.person, p.recorded_at, s.*, count(*) OVER (PARTITION BY r.person) AS spans
            FROM person_record r
            JOIN {rows_of("profile", "record", "person_record")} p ON p.record = r.record
            JOIN {rows_of("profile_span", "record", "person_record")} s ON s.record = r.record
            WHERE s.starts_on <= (SELECT max(day) FROM {dates}) AND s.ends_on > (SELECT min(day) FROM {dates})
        )
        SELECT d.person, d.day, {only} {said} WHERE s.spans = 1
        UNION ALL
        SELECT d.person, d.day, {last} {said} WHERE s.spans > 1 GROUP BY d.person, d.day
    """  # noqa: S608 - constants of this module


STAFF = "('enseignant', 'chercheur', 'doctorant', 'alumni', 'personnel')"
"""The categories of I10."""


def volunteer_attributes(dates: str) -> str:
    """What is known of each acting person at each (person, day) of the step `dates`."""
    last = _LAST.replace("s.recorded_at", "p.recorded_at")
    student_first = last.replace("ORDER BY", "ORDER BY (s.category = 'etudiant') DESC,")
    return f"""
        SELECT d.person, d.day, bool_or(s.category = 'etudiant') AS student,
            array_agg(DISTINCT s.category) AS categories, (array_agg(s.organisation {student_first}))[1] AS school,
            (array_agg(s.organisation {last}) FILTER (WHERE s.category IN {STAFF}))[1] AS staff_school,
            (array_agg(s.gender {last}) FILTER (WHERE s.gender NOT IN ('non_renseigne', 'unknown')))[1] AS gender
        FROM {dates} d
        JOIN person_record r ON r.person = d.person
        JOIN {rows_of("engagement", "record", "person_record")} p ON p.record = r.record
        JOIN {rows_of("engagement_span", "record", "person_record")} s
            ON s.record = r.record AND d.day >= s.starts_on AND d.day < s.ends_on
        GROUP BY d.person, d.day
    """  # noqa: S608 - constants of this module


# Present beats absent, then the longer minutes; the record's id only makes the choice repeatable (R4). Only persons
# with several records need the choice.
_SEVERAL = """
    SELECT person FROM (SELECT DISTINCT person, record FROM roll WHERE session IS NOT NULL) AS one
    GROUP BY person HAVING count(*) > 1
"""
_RANKED = """
    SELECT r.session, r.version, r.record, row_number() OVER (
        PARTITION BY r.session, r.version, r.person ORDER BY r.there DESC, r.minutes DESC, r.record) AS rank
    FROM roll r JOIN several v ON v.person = r.person
    WHERE r.session IS NOT NULL
"""
_ROLL_LINE = """
    SELECT r.*, t.establishment, t.level, u.person IS NOT NULL AS registered, coalesce(k.rank, 1) AS rank
    FROM roll r
    LEFT JOIN ranked k ON k.session = r.session AND k.version = r.version AND k.record = r.record
    LEFT JOIN registered u ON u.person = r.person
    LEFT JOIN pupil_then t ON t.person = r.person AND t.day = r.day
"""

_HAND_LINE = """
    SELECT h.*, t.school, t.staff_school, t.categories, coalesce(t.student, false) AS student,
        u.person IS NOT NULL AS registered, CASE WHEN h.session IS NULL THEN 1 ELSE row_number() OVER (
            PARTITION BY h.session, h.version, h.person, h.role
            ORDER BY h.minutes DESC, h.preparation DESC, h.record) END AS rank
    FROM hand h
    LEFT JOIN registered u ON u.person = h.person
    LEFT JOIN volunteer_then t ON t.person = h.person AND t.day = h.day
"""


def registered(*tables: str) -> str:
    """Whose record somebody has registered: any of these tables speaks of it (R4b)."""
    return " UNION ".join(
        f"""SELECT DISTINCT r.person FROM person_record r
            JOIN {rows_of(table, "record", "person_record")} p ON p.record = r.record"""  # noqa: S608 - a table of ours
        for table in tables
    )


def pupil_steps(question: Question, activities: Sequence[str] = ()) -> Steps:
    """`roll_line`: every pupil on every roll, with what was known of the pupil that day.

    Where rolls are gathered, only those of the activities named, or of all; see gathered.py for what a line is then.
    """
    return (
        ("called", _called(activities)),
        ("entry", _ENTRY),
        ("mapped", mapped("entry")),
        ("roll_read", _ROLL_READ),
        *summed_steps(question, activities),
        ("listed", _LISTED.format(read="roll_read")),
        *persons_of("listed"),
        *line_steps(question, turns_of("profile_span", "enrolment_span"), activities),
        ("roll", _ROLL),
        ("registered", registered("profile", "enrolment_span")),
        ("pupil_day", "SELECT DISTINCT person, day FROM roll"),
        ("pupil_then", pupil_attributes("pupil_day")),
        ("several", _SEVERAL),
        ("ranked", _RANKED),
        ("roll_line", _ROLL_LINE),
    )


def volunteer_steps(question: Question, activities: Sequence[str] = (), turns: str = "") -> Steps:
    """`hand_line`: every acting person of every activity, with what was known of the person that day.

    The same of those who act; `turns` are further days, by person, at which something changes that a question reads.
    """
    return (
        ("called", _called(activities)),
        ("entry", _HELPER),
        ("mapped", mapped("entry")),
        ("hand_read", _HAND_READ),
        *summed_steps(question, activities, acting=True),
        ("listed", _LISTED.format(read="hand_read")),
        *persons_of("listed"),
        *line_steps(question, turns_of("engagement_span") + turns, activities, acting=True),
        ("hand", _HAND),
        ("registered", registered("engagement")),
        ("volunteer_day", "SELECT DISTINCT person, day FROM hand"),
        ("volunteer_then", volunteer_attributes("volunteer_day")),
        ("hand_line", _HAND_LINE),
    )
