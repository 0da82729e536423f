"""`celled`: each fact with its cells of the breakdown. None at all where the fact cannot answer (R6, R7, R8, R12).

A fact may stand in several cells: an activity counts for each of its organisers, and once above them (R11). Cells
are never added up: whoever reads `celled` counts the whole from the facts, and each cell from those that are in it.
"""

from collections.abc import Mapping

from services.reporting.queries.first_day import FIRST_PUPIL_DAY, FIRST_VOLUNTEER_DAY
from services.reporting.queries.people import pupil_attributes, volunteer_attributes
from services.reporting.queries.question import UNKNOWN, By, Question, Steps

_PLAIN: Mapping[By, str] = {
    By.ACTIVITY: "f.activity",
    By.PROGRAMME: "f.programme",
    By.ROLE: "f.role",
    By.PLACE: "f.place",
    By.SUBJECT: "f.subject_taught",
    By.SCHOOL: "f.school",
    By.ESTABLISHMENT: "f.establishment",
    By.ACADEMIE: "f.academie",
    By.DEPARTEMENT: "f.departement",
    By.TYPE: "f.nature",
    By.KIND: "f.kind",
    By.CONDITION: "f.condition",
    By.COHORT: "f.cohort",
    By.YEARS_BETWEEN: "CAST(f.years_between AS text)",
    By.EDITION: "CAST(f.day AS text)",
    By.TOPIC: "f.title",
    By.YEAR: "CAST(f.school_year AS text) || '-' || CAST(f.school_year + 1 AS text)",
}
OF_PUPILS = frozenset({By.LEVEL, By.GENDER, By.SCHOLARSHIP, By.QPV, By.RURAL, By.TRACK})
"""What somebody says of a pupil, as at the first activity of the period (R7)."""
OF_PLACES = frozenset({By.ESTABLISHMENT, By.ACADEMIE, By.DEPARTEMENT, By.TYPE, By.REP})
"""What follows from the establishment, as at each activity (R7)."""


def cell_steps(question: Question, *, volunteers: bool = False) -> Steps:
    """`celled`: `cells`, and `known`: whether one of them says something (R8)."""
    before, cells, joins = _of(question, volunteers=volunteers)
    celled = f"""
        SELECT *, cells <> ARRAY['{UNKNOWN}'] AS known
        FROM (SELECT f.*, {cells} AS cells FROM fact f {joins}) AS one
    """  # noqa: S608 - written in this package
    return (*before, ("celled", celled))


def has_attributes(by: By | None) -> bool:
    """Whether a breakdown reads what somebody said of people, so that coverage must be shown (R8)."""
    return by in OF_PUPILS | OF_PLACES | {By.SCHOOL}


def _of(question: Question, *, volunteers: bool) -> tuple[Steps, str, str]:
    """The steps before, the cells of fact `f`, and what is joined to it."""
    by = question.by
    if by is None:
        return (), "CAST(NULL AS text[])", ""
    if by is By.ORGANISATION:
        joins = """LEFT JOIN organised o ON o.programme = f.programme AND o.day = f.day
            AND o.organisers IS NOT DISTINCT FROM f.organisers"""
        return _organised(question), _or_unknown("o.cells"), joins
    if by is By.REP:
        joins = "LEFT JOIN priority_then p ON p.establishment = f.establishment AND p.school_year = f.school_year"
        status = "CASE WHEN f.site IS NOT NULL THEN coalesce(p.status, 'aucune') END"
        return (("priority_then", PRIORITY_THEN),), _one(status), joins
    if by in OF_PUPILS:
        return _attribute(by, volunteers=volunteers)
    return (), _or_unknown("f.categories") if by is By.CATEGORY else _one(_PLAIN[by]), ""


def _one(value: str) -> str:
    return f"ARRAY[coalesce(nullif({value}, 'unknown'), '{UNKNOWN}')]"


def _or_unknown(values: str) -> str:
    return f"coalesce(nullif({values}, '{{}}'), ARRAY['{UNKNOWN}'])"


# Priority education by the latest list that is not later than the rentrée of the school year.
PRIORITY_THEN = """
    SELECT DISTINCT ON (f.establishment, f.school_year) f.establishment, f.school_year, p.status
    FROM (SELECT DISTINCT establishment, school_year FROM fact) AS f
    JOIN priority p ON p.establishment = f.establishment AND p.rentree <= f.school_year
    ORDER BY f.establishment, f.school_year, p.rentree DESC, p.item DESC
"""

# The activity's own organisers; where it names none, the programme's at that date (R11).
_ORGANISER_OF = """
    SELECT f.programme, f.organisers, f.day, o.organisation
    FROM organised_day f CROSS JOIN LATERAL unnest(f.organisers) AS o (organisation)
    UNION
    SELECT f.programme, f.organisers, f.day, o.organisation
    FROM organised_day f JOIN organiser o ON o.programme = f.programme AND f.day >= o.starts_on AND f.day < o.ends_on
    WHERE f.organisers IS NULL
"""
_ORGANISED_DAY = "SELECT DISTINCT programme, organisers, day FROM fact"

# Each organiser itself and everything above it, for the dates of the memberships all the way up.
_ABOVE = """
    SELECT DISTINCT o.organisation AS below, o.organisation, CAST('-infinity' AS date) AS starts_on,
        CAST('infinity' AS date) AS ends_on
    FROM organiser_of o
    UNION
    SELECT v.below, m.parent, greatest(m.starts_on, v.starts_on), least(m.ends_on, v.ends_on)
    FROM membership m JOIN above v ON m.organisation = v.organisation
    WHERE greatest(m.starts_on, v.starts_on) < least(m.ends_on, v.ends_on)
"""
_WITHIN = """AND EXISTS (
    SELECT FROM organisation_scope s
    WHERE s.organisation = v.organisation AND o.day >= s.starts_on AND o.day < s.ends_on)"""


def _organised(question: Question) -> Steps:
    within = _WITHIN if question.organisation is not None else ""
    organised = f"""
        SELECT o.programme, o.organisers, o.day, array_agg(DISTINCT v.organisation) AS cells
        FROM organiser_of o
        JOIN above v ON v.below = o.organisation AND o.day >= v.starts_on AND o.day < v.ends_on
        WHERE true {within}
        GROUP BY o.programme, o.organisers, o.day
    """  # noqa: S608 - constants of this module
    return (
        ("organised_day", _ORGANISED_DAY),
        ("organiser_of", _ORGANISER_OF),
        ("above", _ABOVE),
        ("organised", organised),
    )


def _attribute(by: By, *, volunteers: bool) -> tuple[Steps, str, str]:
    attributes = volunteer_attributes("first_or_then") if volunteers else pupil_attributes("first_or_then", (by,))
    steps: Steps = (
        ("first_day", FIRST_VOLUNTEER_DAY if volunteers else FIRST_PUPIL_DAY),
        ("first_or_then", _FIRST_OR_THEN),
        ("first_then", attributes),
    )
    # Of a headcount only the level is known.
    headcount = _one("f.level") if by is By.LEVEL else "NULL"
    cells = f"CASE WHEN f.family = 'headcount' THEN {headcount} ELSE {_one(f't.{by}')} END"
    return steps, cells, "LEFT JOIN first_then t ON t.person = f.person"


# An enrolment counts without any activity: then the attributes of its first day of the period are read.
_FIRST_OR_THEN = """
    SELECT n.person, coalesce(min(d.day), min(f.day)) AS day
    FROM person n
    LEFT JOIN first_day d ON d.person = n.person
    LEFT JOIN fact f ON f.person = n.person
    GROUP BY n.person
"""
