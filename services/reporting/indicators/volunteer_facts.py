"""Which acting persons an indicator counts, and why it leaves the others out."""

from services.reporting.indicators.pupil_facts import TUTORING
from services.reporting.queries.facts import UNHELD, fact_steps, item
from services.reporting.queries.people import STAFF, volunteer_steps
from services.reporting.queries.question import Question, Steps, among

_MOBILISED = "('tuteur', 'animateur', 'accompagnateur')"

_REASON = """CASE
    WHEN l.standing <> 'current' THEN l.standing
    {asked}
    WHEN NOT l.registered THEN 'unknown_reference'
    WHEN l.rank > 1 THEN 'same_person'
    {category}
    ELSE 'present' END"""
_STUDENT = "WHEN NOT l.student THEN 'category_not_counted'"
_TUTORING = """WHEN l.activity <> 'tutorat' THEN 'activity_not_counted'
    WHEN l.role <> 'tuteur' THEN 'role_not_counted'"""


_WITH_IT = ("school", "categories", "times", "activity", "subject_taught", "organisers")


def _acting(asked: str, category: str, **given: str) -> str:
    columns = ("session", "version", "item", "day", "programme", "record", "person", "role", "minutes", "preparation")
    return item(
        "hand_line l",
        family="'acting'",
        reason=_REASON.format(asked=asked, category=category),
        **{name: f"l.{name}" for name in (*columns, *_WITH_IT)} | given,
    )


def students(question: Question) -> Steps:
    """Who is a student that day and acts as tutor, animator or companion."""
    acting = _acting(f"WHEN l.role NOT IN {_MOBILISED} THEN 'role_not_counted'", _STUDENT)
    return (*volunteer_steps(question), *fact_steps([acting, UNHELD]))


# Training that was completed before the period's end, in any programme.
_TRAINED = f"""
    SELECT DISTINCT r.person FROM training t JOIN person_record r ON r.record = t.record
    WHERE t.kind = 'tuteur' AND t.completed_on < :ends_on AND {among("t.record", "person_record")}
"""  # noqa: S608 - our own names


def _student_tutors(question: Question, reason: str) -> Steps:
    steps = fact_steps(
        [_acting(_TUTORING, _STUDENT), UNHELD],
        reason=reason,
        joins="LEFT JOIN trained k ON k.person = i.person",
        more="k.person IS NOT NULL AS trained,",
    )
    return (*volunteer_steps(question, TUTORING), ("trained", _TRAINED), *steps)


def student_tutors(question: Question) -> Steps:
    """Who is a student that day and tutors at a tutoring session."""
    return _student_tutors(question, "i.reason")


def trained_tutors(question: Question) -> Steps:
    """The same, of those who have completed a tutors' training."""
    untrained = "CASE WHEN i.reason = 'present' AND k.person IS NULL THEN 'not_trained' ELSE i.reason END"
    return _student_tutors(question, untrained)


def staff(question: Question) -> Steps:
    """Who is staff or alumni that day, in any role, with each of those categories and the school of the last one."""
    # STAFF is written as a list of SQL: (…).
    categories = f"ARRAY(SELECT c FROM unnest(l.categories) AS c WHERE c IN {STAFF})"  # noqa: S608 - our own constant
    others = "WHEN l.staff_school IS NULL THEN 'category_not_counted'"
    acting = _acting("", others, categories=categories, school="l.staff_school")
    return (*volunteer_steps(question), *fact_steps([acting, UNHELD]))


def all_acting(question: Question) -> Steps:
    """Whoever acts, whatever the role and the category."""
    return (*volunteer_steps(question), *fact_steps([_acting("", ""), UNHELD]))
