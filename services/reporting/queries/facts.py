"""`fact`: one shape for everything that a figure counts or leaves out, whatever its kind, each with its reason.

A figure and its explanation read the same step, so they cannot disagree.
"""

from collections.abc import Mapping, Sequence

from services.reporting.queries.people import (
    FIRST_PUPIL_DAY,
    FIRST_VOLUNTEER_DAY,
    pupil_attributes,
    volunteer_attributes,
)
from services.reporting.queries.question import UNKNOWN, By, Question, Steps

COLUMNS: Mapping[str, str] = {
    "family": "text",
    "session": "text",
    "version": "bigint",
    "item": "bigint",
    "day": "date",
    "programme": "text",
    "record": "text",
    "person": "text",
    "role": "text",
    "attendance": "text",
    "minutes": "bigint",
    "preparation": "bigint",
    "pupils": "bigint",
    "girls": "bigint",
    "establishment": "text",
    "level": "text",
    "school": "text",
    "organisation": "text",
    "convention": "text",
    "certificate": "text",
    "course": "text",
    "declaration": "text",
    "starts_on": "date",
    "ends_on": "date",
    "kind": "text",
    "years_between": "bigint",
    "cohort": "text",
    "condition": "text",
    "reason": "text",
}

COUNTED = (
    "present",
    "present_without_enrolment",
    "held",
    "declared",
    "enrolled",
    "in_force",
    "issued",
    "confirmed",
    "admitted_by_pathway",
    "former_beneficiary",
    "former_tutee",
    "year_reached",
    "course_completed",
    "eligible",
)
"""The reasons with which a fact counts; every other one leaves it out."""


def item(source: str, **given: str) -> str:
    """A SELECT of the common shape: the columns that are given, and NULL for the rest."""
    columns = ", ".join(f"CAST({given.get(name, 'NULL')} AS {kind}) AS {name}" for name, kind in COLUMNS.items())
    return f"SELECT {columns} FROM {source}"  # noqa: S608 - written in this package


# What did not take place is a fact too: it says why an activity is not in the figure (R2).
UNHELD = item(
    "activity a WHERE a.status <> 'held'",
    family="'activity'",
    session="a.session",
    version="a.version",
    day="a.day",
    programme="a.programme",
    minutes="a.minutes",
    establishment="a.place",
    reason="""CASE WHEN a.standing <> 'current' THEN a.standing
        WHEN a.status = 'cancelled' THEN 'cancelled'
        WHEN a.day < :as_of THEN 'appel_manquant'
        ELSE 'planned' END""",
)


def fact_steps(items: Sequence[str], *, reason: str = "i.reason", joins: str = "") -> Steps:
    """`fact` from SELECTs of the common shape. `reason` may look once more at all items (`i`) and their site (`e`)."""
    fact = f"""
        SELECT i.*, a.activity, a.title, a.place, a.reported_version, a.correlation, a.at_partition, a.at_offset,
            e.site, e.academie, extract(year FROM i.day - interval '8 months') AS school_year, {reason} AS why
        FROM item i
        LEFT JOIN activity a ON a.session = i.session AND a.version = i.version
        LEFT JOIN establishment e ON e.establishment = i.establishment
        {joins}
    """  # noqa: S608 - written in this package
    counted = f"SELECT *, why IN {COUNTED} AS counted FROM reasoned"  # noqa: S608 - constants of this module
    return (("item", "\nUNION ALL\n".join(items)), ("reasoned", fact), ("fact", counted))


_PLAIN: Mapping[By, str] = {
    By.ACTIVITY: "f.activity",
    By.PROGRAMME: "f.programme",
    By.ROLE: "f.role",
    By.PLACE: "f.place",
    By.ESTABLISHMENT: "f.establishment",
    By.ACADEMIE: "f.academie",
    By.SCHOOL: "f.school",
    By.KIND: "f.kind",
    By.CONDITION: "f.condition",
    By.COHORT: "f.cohort",
    By.YEARS_BETWEEN: "CAST(f.years_between AS text)",
    By.EDITION: "CAST(f.day AS text)",
    By.TOPIC: "f.title",
    By.YEAR: "CAST(f.school_year AS text) || '-' || CAST(f.school_year + 1 AS text)",
}
_OF_PUPILS = frozenset({By.LEVEL, By.GENDER, By.SCHOLARSHIP, By.QPV})


def cell_steps(question: Question, *, volunteers: bool = False) -> Steps:
    """`celled`: each fact with its cell of the breakdown, None where the fact cannot answer (R7, R8, R12)."""
    by = question.by
    if by is None:
        return (("celled", "SELECT f.*, CAST(NULL AS text) AS cell FROM fact f"),)
    if by in _PLAIN:
        return (("celled", f"SELECT f.*, coalesce({_PLAIN[by]}, '{UNKNOWN}') AS cell FROM fact f"),)  # noqa: S608
    first = FIRST_VOLUNTEER_DAY if volunteers else FIRST_PUPIL_DAY
    attributes = volunteer_attributes if volunteers else pupil_attributes
    return (
        ("first_day", first),
        ("first_or_then", _FIRST_OR_THEN),
        ("first_then", attributes("first_or_then")),
        ("celled", _celled_by_attribute(by)),
    )


# An enrolment counts without any activity: then the attributes of its first day of the period are read.
_FIRST_OR_THEN = """
    SELECT n.person, coalesce(min(d.day), min(f.day)) AS day
    FROM person n
    LEFT JOIN first_day d ON d.person = n.person
    LEFT JOIN fact f ON f.person = n.person
    GROUP BY n.person
"""


def _celled_by_attribute(by: By) -> str:
    headcount = f"coalesce(f.level, '{UNKNOWN}')" if by is By.LEVEL else "NULL"
    return f"""
        SELECT f.*, CASE WHEN f.family = 'headcount' THEN {headcount} ELSE coalesce(t.{by}, '{UNKNOWN}') END AS cell
        FROM fact f
        LEFT JOIN first_then t ON t.person = f.person
    """  # noqa: S608 - a member of By


def has_attributes(by: By | None) -> bool:
    """Whether a breakdown reads what somebody said of people, so that coverage must be shown (R8)."""
    return by in _OF_PUPILS or by in {By.ESTABLISHMENT, By.ACADEMIE, By.SCHOOL}
