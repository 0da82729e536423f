"""One person through the years, over all records: pupil, then student, then tutor (I22, I24, I25, I26)."""

from dataclasses import replace

from services.reporting.queries.people import THERE, lines_of_records, mapped, persons_of, registered
from services.reporting.queries.question import Question, Steps, among
from services.reporting.queries.scope import activities_in_scope


def school_year(day: str) -> str:
    """The school year of a day: it starts on the first of September."""
    return f"extract(year FROM {day} - interval '8 months')"


def named_year(day: str) -> str:
    """`2018-2019`."""
    year = school_year(day)
    return f"CAST({year} AS text) || '-' || CAST({year} + 1 AS text)"


# A study says that somebody is a student, and so does an engagement as one.
_ENROLLED = f"""
    SELECT 'study' AS family, s.record, s.item, s.organisation, s.starts_on, s.ends_on, s.pathway,
        'etudiant' AS category
    FROM study_span s WHERE {among("s.organisation", "member_school")}
    UNION ALL
    SELECT 'engagement', s.record, s.item, s.organisation, s.starts_on, s.ends_on, 'non_renseigne', s.category
    FROM engagement_span s WHERE {among("s.organisation", "member_school")}
"""  # noqa: S608 - our own names

_MEMBER = """
    SELECT DISTINCT e.family, e.record, e.item FROM enrolled e
    JOIN member_school m ON m.organisation = e.organisation
    WHERE greatest(e.starts_on, m.starts_on, :starts_on) < least(e.ends_on, m.ends_on, :ends_on)
"""

_STUDENT = """
    SELECT e.*, coalesce(p.person, e.record) AS person, m.record IS NOT NULL AS member,
        e.starts_on < :ends_on AND e.ends_on > :starts_on AS overlaps
    FROM enrolled e
    LEFT JOIN mapped p ON p.record = e.record
    LEFT JOIN member m ON m.family = e.family AND m.record = e.record AND m.item = e.item
"""

# The last one before each stretch of studies: it says the cohort.
_EARLIER = """
    SELECT DISTINCT ON (s.person, s.starts_on) s.person, s.starts_on, p.day, p.session, p.version
    FROM (SELECT DISTINCT person, starts_on FROM student) s
    JOIN past p ON p.person = s.person AND p.day < s.starts_on
    ORDER BY s.person, s.starts_on, p.day DESC, p.session DESC
"""


def past_presences(in_scope: str = "true") -> Steps:
    """`past`: every countable presence, of any year, of the registered pupils among the step `person`."""
    sessions = f"""
        SELECT f.* FROM session_current f
        WHERE f.status = 'held' AND {in_scope}
            AND {among("f.session", "past_line")}
    """  # noqa: S608 - constants of this package
    past = f"""
        SELECT r.person, c.day, c.session, c.version
        FROM past_line p
        JOIN past_session c ON c.session = p.session AND c.version = p.version
        JOIN person_record r ON r.record = p.record
        JOIN pupil u ON u.person = r.person
        WHERE p.status IN {THERE}
    """  # noqa: S608 - constants of this package
    return (
        ("pupil", registered("profile", "enrolment_span")),
        ("past_line", lines_of_records("person_record")),
        ("past_session", sessions),
        ("past", past),
    )


def student_steps(in_scope: str = "true") -> Steps:
    """`student`: each stretch of studies at a school that is or was a member; `earlier`: the last presence before it.

    `in_scope` is a condition on the activity `f` of that presence. Reads `member_school`.
    """
    return (
        ("enrolled", _ENROLLED),
        ("mapped", mapped("enrolled")),
        ("member", _MEMBER),
        ("student", _STUDENT),
        *persons_of("student"),
        *past_presences(in_scope),
        ("earlier", _EARLIER),
    )


def beneficiaries_of(question: Question) -> str:
    """A condition on an activity `f` (I26): of the programme; only where none is asked for, of the organisation."""
    if question.programme is not None:
        question = replace(question, organisation=None)
    return activities_in_scope(question)


def cohort_steps(question: Question) -> Steps:
    """`left_behind`: registered pupils of the scope who are not among the persons `:admitted`, by last school year."""
    sessions = f"""
        SELECT f.session, f.version, f.day FROM session_current f
        WHERE f.status = 'held' AND f.day < :ends_on AND {beneficiaries_of(question)}
    """  # noqa: S608 - constants of this package
    pool_known = """
        SELECT coalesce(m.person, k.record) AS person
        FROM (SELECT record FROM profile UNION SELECT record FROM enrolment_span) AS k
        LEFT JOIN record_person m ON m.record = k.record
    """
    pool = f"""
        SELECT coalesce(m.person, p.record) AS person, max(s.day) AS day
        FROM presence p
        JOIN pool_session s ON s.session = p.session AND s.version = p.version
        LEFT JOIN record_person m ON m.record = p.record
        WHERE p.status IN {THERE} AND {among("p.session", "pool_session")}
        GROUP BY 1
    """  # noqa: S608 - constants of this package
    left = f"""
        SELECT {named_year("o.day")} AS cohort, count(*) AS persons FROM pool o
        WHERE EXISTS (SELECT FROM pool_known k WHERE k.person = o.person)
            AND NOT EXISTS (SELECT FROM unnest(CAST(:admitted AS text[])) AS a (person) WHERE a.person = o.person)
        GROUP BY 1
    """  # noqa: S608 - constants of this package
    return (
        ("pool_session", sessions),
        ("pool", pool),
        ("pool_known", pool_known),
        ("left_behind", left),
    )


_TUTEE = f"""
    SELECT DISTINCT p.person, p.day
    FROM past p
    JOIN session_fact a ON a.session = p.session AND a.version = p.version AND a.activity = 'tutorat'
    JOIN person_record r ON r.person = p.person
    JOIN enrolment_span s ON s.record = r.record AND p.day >= s.starts_on AND p.day < s.ends_on
    WHERE s.kind = 'tutorat' AND s.status = 'active' AND {among("s.record", "person_record")}
        AND {among("a.session", "past")}
"""  # noqa: S608 - our own names

# Read off the lines that count: whoever is unknown or on another record of the same roll has no first day.
_FIRST_TUTORED = """
    SELECT DISTINCT ON (l.person) l.person, l.day, CASE WHEN l.student THEN l.school END AS school
    FROM hand_line l
    WHERE l.standing = 'current' AND l.role = 'tuteur' AND l.registered
    ORDER BY l.person, l.day
"""


def former_tutee_steps() -> Steps:
    """`former`: who tutors in the period and was tutored in an earlier school year. Reads `hand_line`."""
    former = f"""
        SELECT t.person, t.school, {school_year("t.day")} - max({school_year("p.day")}) AS years_between,
            max(p.day) AS last_day
        FROM first_tutored t
        JOIN tutee_day p ON p.person = t.person AND {school_year("p.day")} < {school_year("t.day")}
        GROUP BY t.person, t.school, t.day
    """  # noqa: S608 - our own names
    return (*past_presences(), ("tutee_day", _TUTEE), ("first_tutored", _FIRST_TUTORED), ("former", former))
