"""Those who act: students involved (I08), student tutors (I09), hours of all who act (I12)."""

from fractions import Fraction

from services.reporting.indicators.indicator import Figure, Indicator, Result, exact
from services.reporting.indicators.reader import Reader, Row
from services.reporting.indicators.results import result_of
from services.reporting.queries.facts import UNHELD, fact_steps, item
from services.reporting.queries.people import volunteer_steps
from services.reporting.queries.question import By, Question, Steps

_MOBILISED = "('tuteur', 'animateur', 'accompagnateur')"

_REASON = """CASE
    WHEN l.standing <> 'current' THEN l.standing
    {asked}
    WHEN NOT l.registered THEN 'unknown_reference'
    WHEN l.rank > 1 THEN 'same_person'
    {category}
    ELSE 'present' END"""
_STUDENT = "WHEN NOT l.student THEN 'category_not_counted'"


def _acting(asked: str, category: str) -> Steps:
    acting = item(
        "hand_line l",
        family="'acting'",
        reason=_REASON.format(asked=asked, category=category),
        **{name: f"l.{name}" for name in ("session", "version", "item", "day", "programme", "record", "person")},
        **{name: f"l.{name}" for name in ("role", "minutes", "preparation", "school")},
    )
    return (*volunteer_steps(), *fact_steps([acting, UNHELD]))


def students(_question: Question) -> Steps:
    """Who is a student that day and acts as tutor, animator or companion."""
    return _acting(f"WHEN l.role NOT IN {_MOBILISED} THEN 'role_not_counted'", _STUDENT)


def student_tutors(_question: Question) -> Steps:
    """Who is a student that day and tutors at a tutoring session."""
    asked = """WHEN l.activity <> 'tutorat' THEN 'activity_not_counted'
        WHEN l.role <> 'tuteur' THEN 'role_not_counted'"""
    return _acting(asked, _STUDENT)


def all_acting(_question: Question) -> Steps:
    """Whoever acts, whatever the role and the category."""
    return _acting("", "")


async def distinct_persons(reader: Reader) -> Result:
    """Persons after the map, each once (R5)."""

    def figure(row: Row) -> Figure | None:
        return exact(row["persons"], row["facts"]) if row["facts"] or row["whole"] else None

    return result_of(reader, await reader.totals("0 AS nothing_else"), figure)


async def volunteer_hours(reader: Reader) -> Result:
    """Minutes of each person in each role of each activity; preparation beside it."""
    rows = await reader.totals("""
        coalesce(sum(minutes) FILTER (WHERE counted), 0) AS minutes,
        coalesce(sum(preparation) FILTER (WHERE counted), 0) AS preparation
    """)

    def figure(row: Row) -> Figure | None:
        if not row["facts"] and not row["whole"]:
            return None
        minutes = int(row["minutes"])
        preparation = Fraction(int(row["preparation"]), 60)
        hours = Fraction(minutes, 60)
        return exact(hours, row["facts"], minutes=minutes, preparation_hours=preparation, persons=row["persons"])

    return result_of(reader, rows, figure)


_BREAKDOWNS = frozenset({By.SCHOOL, By.PROGRAMME, By.GENDER, By.ROLE, By.ACTIVITY})

VOLUNTEERS = (
    Indicator(
        code="I08",
        name_fr="Étudiants mobilisés",
        name_en="Students involved",
        unit="persons",
        version=1,
        rule="Étudiants distincts, tuteur, animateur ou accompagnateur à au moins une activité réalisée.",
        seed="x, albi, ales",
        breakdowns=_BREAKDOWNS,
        facts=students,
        measure=distinct_persons,
        volunteers=True,
    ),
    Indicator(
        code="I09",
        name_fr="Étudiants tuteurs",
        name_en="Student tutors",
        unit="persons",
        version=1,
        rule="Étudiants mobilisés présents comme tuteur à au moins une séance de tutorat.",
        seed="albi",
        breakdowns=_BREAKDOWNS,
        facts=student_tutors,
        measure=distinct_persons,
        volunteers=True,
    ),
    Indicator(
        code="I12",
        name_fr="Heures-intervenants",
        name_en="Volunteer-hours",
        unit="hours",
        version=1,
        rule="Somme des minutes des intervenants, par activité, personne et rôle, sans la préparation, divisée par 60.",
        seed="ales",
        breakdowns=_BREAKDOWNS,
        facts=all_acting,
        measure=volunteer_hours,
        volunteers=True,
    ),
)
