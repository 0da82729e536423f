"""What tutors earn: certificates issued (I23), and who fulfils the conditions of one (I24)."""

from services.reporting.indicators.indicator import Figure, Indicator, Result, exact
from services.reporting.indicators.reader import Reader, Row
from services.reporting.indicators.results import result_of
from services.reporting.queries.careers import school_year
from services.reporting.queries.facts import fact_steps, item
from services.reporting.queries.people import mapped, volunteer_steps
from services.reporting.queries.question import By, Question, Steps, among, are_few, rows_of
from services.reporting.queries.rolls import opened_steps
from services.reporting.queries.scope import activities_in_scope

YEARS, COURSE_MINUTES = 2, 15 * 60
"""Two school years as a tutor, and an elective course of fifteen hours (albi)."""

# The organisation that issues stands for the organiser of an activity (R11).
_ISSUED_UNDER = """EXISTS (SELECT FROM organisation_scope s
    WHERE s.organisation = c.organisation AND c.issued_on >= s.starts_on AND c.issued_on < s.ends_on)"""


def certificates(question: Question) -> Steps:
    """Every certificate of the programmes asked for."""
    asked = among("c.programme", "programme_scope") if question.programme is not None else "true"
    under = _ISSUED_UNDER if question.organisation is not None else "true"
    given = f"SELECT c.*, {under} AS under FROM certificate c WHERE {asked}"  # noqa: S608 - constants of this module
    judged = """
        SELECT g.*, coalesce(m.person, g.record) AS person, CASE
            WHEN g.withdrawn_on IS NOT NULL THEN 'withdrawn'
            WHEN g.issued_on < :starts_on OR g.issued_on >= :ends_on THEN 'out_of_period'
            WHEN NOT g.under THEN 'out_of_scope'
            ELSE 'issued' END AS reason
        FROM given g LEFT JOIN mapped m ON m.record = g.record
    """
    ranked = """
        SELECT j.*, row_number() OVER (PARTITION BY person, name, reason ORDER BY issued_on, record) AS rank
        FROM judged j
    """
    issued = item(
        "ranked c",
        family="'certificate'",
        day="c.issued_on",
        programme="c.programme",
        record="c.record",
        person="c.person",
        school="c.organisation",
        organisation="c.organisation",
        certificate="c.name",
        ends_on="c.withdrawn_on",
        reason="CASE WHEN c.reason = 'issued' AND c.rank > 1 THEN 'same_person' ELSE c.reason END",
    )
    steps = (("given", given), ("mapped", mapped("given")), ("judged", judged), ("ranked", ranked))
    return (*steps, *fact_steps([issued]))


async def certificates_issued(reader: Reader) -> Result:
    """Certificates; their holders, each once."""
    rows = await reader.totals("0 AS nothing_else")

    def figure(row: Row) -> Figure | None:
        shown = row["facts"] or row["whole"]
        return exact(row["facts"], row["facts"], holders=row["persons"]) if shown else None

    return result_of(reader, rows, figure)


# Exactly those whom I09 counts.
_CANDIDATE = """
    SELECT l.person, min(l.day) AS day, min(l.record) AS record FROM hand_line l
    WHERE l.standing = 'current' AND l.activity = 'tutorat' AND l.role = 'tuteur' AND l.registered AND l.student
    GROUP BY l.person
"""

_CANDIDATE_RECORD = "SELECT r.person, r.record FROM person_record r JOIN candidate c ON c.person = r.person"

# Two records of one person on one roll: the longer minutes (R4).
_TUTORED = f"""
    SELECT r.person, x.record, x.item, p.*, coalesce(x.minutes, p.session_minutes) AS minutes,
        row_number() OVER (PARTITION BY x.session, r.person
            ORDER BY coalesce(x.minutes, p.session_minutes) DESC, x.record) AS rank
    FROM {rows_of("acting", "session", "tutoring")} x
    JOIN tutoring p ON p.session = x.session AND p.version = x.version
    JOIN candidate_record r ON r.record = x.record
    WHERE x.role = 'tuteur'
"""  # noqa: S608 - our own names

_TUTOR_YEAR = """
    SELECT person, school_year, sum(minutes) >= :threshold_minutes AS reached FROM tutored WHERE rank = 1
    GROUP BY person, school_year
"""

_COURSE = f"""
    SELECT t.*, r.person, CASE
        WHEN t.completed_on IS NULL THEN 'withdrawn'
        WHEN t.completed_on >= :ends_on THEN 'out_of_period'
        WHEN t.minutes < {COURSE_MINUTES} THEN 'too_short'
        ELSE 'course_completed' END AS reason
    FROM training t JOIN candidate_record r ON r.record = t.record
    WHERE t.kind = 'cours_electif' AND {among("t.record", "candidate_record")}
"""  # noqa: S608 - our own names

_JUDGED = f"""
    SELECT c.*, coalesce(y.years, 0) >= {YEARS} AS has_years, k.person IS NOT NULL AS has_course
    FROM candidate c
    LEFT JOIN (SELECT person, count(*) AS years FROM tutor_year WHERE reached GROUP BY person) y ON y.person = c.person
    LEFT JOIN (SELECT DISTINCT person FROM course WHERE reason = 'course_completed') k ON k.person = c.person
"""  # noqa: S608 - constants of this module

_YEARS = item(
    """tutored l
        JOIN judged j ON j.person = l.person
        JOIN tutor_year y ON y.person = l.person AND y.school_year = l.school_year""",
    family="'acting'",
    role="'tuteur'",
    reason="""CASE WHEN l.rank > 1 THEN 'same_person' WHEN NOT y.reached THEN 'below_threshold'
        WHEN j.has_years AND j.has_course THEN 'year_reached' ELSE 'not_eligible' END""",
    **{name: f"l.{name}" for name in ("session", "version", "item", "day", "programme", "record", "person", "minutes")},
)
_COURSES = item(
    "course l JOIN judged j ON j.person = l.person",
    family="'training'",
    day="coalesce(l.completed_on, j.day)",
    reason="""CASE WHEN l.reason <> 'course_completed' OR j.has_years THEN l.reason ELSE 'not_eligible' END""",
    **{name: f"l.{name}" for name in ("programme", "record", "person", "minutes", "course", "organisation")},
)
# Whoever lacks both conditions stands in both cells.
_CANDIDATES = item(
    """judged j CROSS JOIN (VALUES ('eligible', 'eligible'), ('annees_manquantes', 'missing_years'),
        ('cours_manquant', 'missing_course')) AS v (condition, reason)
        WHERE CASE v.reason WHEN 'eligible' THEN j.has_years AND j.has_course
            WHEN 'missing_years' THEN NOT j.has_years ELSE NOT j.has_course END""",
    family="'candidate'",
    day="j.day",
    record="j.record",
    person="j.person",
    condition="v.condition",
    reason="v.reason",
)


def candidates(question: Question) -> Steps:
    """Who tutors in the period; their tutoring of all years until its end, and their elective courses."""
    # Of many, all rolls are read in one go.
    acted = f"""
        SELECT session FROM opened_roll
        UNION ALL
        SELECT x.session FROM acting x
        WHERE NOT {are_few("candidate_record")} AND x.record IN (SELECT record FROM candidate_record)
    """  # noqa: S608 - our own names
    tutoring = f"""
        SELECT f.session, f.version, f.day, f.programme, f.minutes AS session_minutes,
            {school_year("f.day")} AS school_year
        FROM session_fact f
        WHERE f.status = 'held' AND NOT f.superseded AND f.day < :ends_on AND f.activity = 'tutorat'
            AND f.session = ANY(ARRAY({acted}))
            AND {activities_in_scope(question)}
    """  # noqa: S608 - constants of this package
    return (
        *volunteer_steps(question, ("tutorat",)),
        ("candidate", _CANDIDATE),
        ("candidate_record", _CANDIDATE_RECORD),
        *opened_steps("candidate_record", "acting_records"),
        ("tutoring", tutoring),
        ("tutored", _TUTORED),
        ("tutor_year", _TUTOR_YEAR),
        ("course", _COURSE),
        ("judged", _JUDGED),
        *fact_steps([_YEARS, _COURSES, _CANDIDATES]),
    )


async def eligible_tutors(reader: Reader) -> Result:
    """Who fulfils both conditions; each cell of `condition` holds whoever is in that case."""
    rows = await reader.totals("""
        count(DISTINCT person) FILTER (WHERE family = 'candidate') AS candidates,
        count(DISTINCT person) FILTER (WHERE why = 'eligible') AS eligible,
        count(DISTINCT person) FILTER (WHERE why = 'missing_years') AS missing_years,
        count(DISTINCT person) FILTER (WHERE why = 'missing_course') AS missing_course
    """)

    def figure(row: Row) -> Figure | None:
        if not row["whole"]:
            return exact(row["candidates"], row["facts"]) if row["candidates"] else None
        details = {name: row[name] for name in ("candidates", "missing_years", "missing_course")}
        return exact(row["eligible"], row["facts"], **details)

    return result_of(reader, rows, figure)


CERTIFICATES = (
    Indicator(
        code="I23",
        name_fr="Certificats délivrés",
        name_en="Certificates issued",
        unit="certificates",
        version=1,
        rule="Certificats délivrés dans la période et non retirés ; titulaires distincts montrés à côté.",
        seed="albi",
        breakdowns=frozenset({By.SCHOOL, By.YEAR, By.PROGRAMME}),
        facts=certificates,
        measure=certificates_issued,
        volunteers=True,
    ),
    Indicator(
        code="I24",
        name_fr="Tuteurs éligibles au certificat",
        name_en="Certificate-eligible tutors",
        unit="persons",
        version=1,
        rule="Étudiants tuteurs de la période ayant au moins deux années scolaires de 10 heures de tutorat chacune "
        "(paramètre `threshold_hours`) et un cours électif de 15 heures validé avant la fin de la période.",
        seed="albi",
        breakdowns=frozenset({By.CONDITION}),
        facts=candidates,
        measure=eligible_tutors,
        volunteers=True,
    ),
)
