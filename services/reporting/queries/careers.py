"""One person through the years, over all records: pupil, then student, then tutor (I22, I24, I25, I26)."""

from dataclasses import replace

from services.reporting.queries.past import past_presences
from services.reporting.queries.people import THERE, mapped, persons_of
from services.reporting.queries.question import Question, Steps, among, rows_of
from services.reporting.queries.scope import activities_in_scope
from services.reporting.queries.terms import HOLDS


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
    in_scope = beneficiaries_of(question)
    # Organisers change within a term: only where nobody asks for one is a record's last day enough.
    by_day = question.organisation is not None and question.programme is None
    gathered = f"NOT (f.plain AND {HOLDS.format(of='f')})" if not by_day else "true"
    sessions = f"""
        SELECT f.session, f.version, f.day FROM session_fact f
        WHERE f.status = 'held' AND NOT f.superseded AND f.day < :ends_on AND {in_scope} AND {gathered}
    """  # noqa: S608 - constants of this package
    last = f"""
        SELECT f.record, (SELECT max(f.term + u.day) FROM unnest(f.days) AS u (day) WHERE f.term + u.day < :ends_on)
            AS day
        FROM participation f
        JOIN programme_term t ON t.programme = f.programme AND t.term = f.term AND t.stale_since IS NULL
        WHERE NOT f.acting AND f.term < :ends_on AND {"false" if by_day else in_scope}
    """  # noqa: S608 - constants of this package
    read = f"""
        SELECT p.record, s.day FROM presence p JOIN pool_session s ON s.session = p.session AND s.version = p.version
        WHERE p.status IN {THERE} AND {among("p.session", "pool_session")}
    """  # noqa: S608 - constants of this package
    pool_known = """
        SELECT coalesce(m.person, k.record) AS person
        FROM (SELECT record FROM profile UNION SELECT record FROM enrolment_span) AS k
        LEFT JOIN record_person m ON m.record = k.record
    """
    pool = """
        SELECT coalesce(m.person, p.record) AS person, max(p.day) AS day
        FROM (SELECT * FROM pool_read UNION ALL SELECT * FROM pool_gathered) AS p
        LEFT JOIN record_person m ON m.record = p.record
        WHERE p.day IS NOT NULL
        GROUP BY 1
    """
    left = f"""
        SELECT {named_year("o.day")} AS cohort, count(*) AS persons FROM pool o
        WHERE EXISTS (SELECT FROM pool_known k WHERE k.person = o.person)
            AND NOT EXISTS (SELECT FROM unnest(CAST(:admitted AS text[])) AS a (person) WHERE a.person = o.person)
        GROUP BY 1
    """  # noqa: S608 - constants of this package
    return (
        ("pool_session", sessions),
        ("pool_read", read),
        ("pool_gathered", last),
        ("pool", pool),
        ("pool_known", pool_known),
        ("left_behind", left),
    )


_TUTEE = f"""
    SELECT DISTINCT p.person, p.day
    FROM past p
    JOIN person_record r ON r.person = p.person
    JOIN {rows_of("enrolment_span", "record", "person_record")} s
        ON s.record = r.record AND p.day >= s.starts_on AND p.day < s.ends_on
    WHERE p.activity = 'tutorat' AND s.kind = 'tutorat' AND s.status = 'active'
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
