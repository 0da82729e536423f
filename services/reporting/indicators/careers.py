"""What became of pupils: students from pathways (I22), tutees turned tutors (I25), beneficiaries enrolled (I26)."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from fractions import Fraction

from services.reporting.indicators.indicator import Figure, Indicator, Result, exact, without_value
from services.reporting.indicators.reader import Reader, Row, run
from services.reporting.indicators.results import result_of, whole_of, with_cells
from services.reporting.queries.careers import (
    beneficiaries_of,
    cohort_steps,
    former_tutee_steps,
    named_year,
    student_steps,
)
from services.reporting.queries.facts import fact_steps, item
from services.reporting.queries.members import member_steps
from services.reporting.queries.people import volunteer_steps
from services.reporting.queries.question import By, Question, Steps
from services.reporting.queries.scope import scope_steps

TARGET_PERCENT = 20
"""Of the students, from accompanied pathways: what the federation of schools sets itself (ipp)."""

_STUDENT_REASON = """CASE
    WHEN s.category <> 'etudiant' THEN 'category_not_counted'
    WHEN NOT s.overlaps THEN 'out_of_period'
    WHEN NOT s.member THEN 'not_a_member_school'
    {then} END"""


def _students(then: str) -> str:
    """Stretches of studies as items, with the last earlier presence as their session."""
    return item(
        "student s LEFT JOIN earlier e ON e.person = s.person AND e.starts_on = s.starts_on",
        family="s.family",
        reason=_STUDENT_REASON.format(then=then),
        day="s.starts_on",
        ends_on="nullif(s.ends_on, 'infinity')",
        school="s.organisation",
        session="e.session",
        version="e.version",
        cohort=named_year("e.day"),
        **{name: f"s.{name}" for name in ("item", "record", "person", "organisation", "starts_on")},
    )


# Of two declarations of one school and period, the one declared last.
_HEADS = """
    SELECT d.*, d.starts_on = :starts_on AND d.ends_on = :ends_on AS of_period,
        EXISTS (SELECT FROM member_school m WHERE m.organisation = d.organisation
            AND m.starts_on < :ends_on AND m.ends_on > :starts_on) AS member,
        row_number() OVER (PARTITION BY d.organisation, d.starts_on, d.ends_on
            ORDER BY d.declared_on DESC, d.declaration DESC) AS rank
    FROM declaration d WHERE d.indicator = 'effectif' AND d.organisation IS NOT NULL AND d.number IS NOT NULL
"""

_DECLARED_HEADS = item(
    "heads d",
    family="'declaration'",
    reason="""CASE WHEN NOT d.of_period THEN 'out_of_period' WHEN NOT d.member THEN 'not_a_member_school'
        WHEN d.rank > 1 THEN 'declared_again' ELSE 'declared' END""",
    day="d.starts_on",
    ends_on="nullif(d.ends_on, 'infinity')",
    school="d.organisation",
    **{name: f"d.{name}" for name in ("organisation", "programme", "declaration", "wording", "number", "starts_on")},
)


def from_pathways(question: Question) -> Steps:
    """Students of the member schools; what the schools declare of their number."""
    flagged = """WHEN s.pathway = 'oui' THEN 'admitted_by_pathway'
        WHEN e.person IS NOT NULL THEN 'former_beneficiary' ELSE 'enrolled'"""
    steps = (*member_steps(question), *student_steps(), ("heads", _HEADS))
    return (*steps, *fact_steps([_students(flagged), _DECLARED_HEADS]))


async def share_from_pathways(reader: Reader) -> Result:
    """Flagged students in percent of the students, school by school declared or else counted, whichever is more."""
    rows = await reader.totals("""
        count(DISTINCT person) FILTER (WHERE why IN ('admitted_by_pathway', 'former_beneficiary')) AS flagged
    """)
    schools = await reader.grouped(
        "count(DISTINCT person) AS persons, max(number) AS declared", "school", where="counted"
    )
    in_cell: dict[tuple[bool, str | None], list[Row]] = defaultdict(list)
    for row in schools:
        in_cell[row["whole"], row["cell"]].append(row)

    def figure(row: Row) -> Figure | None:
        shown = row["facts"] or row["whole"]
        return _share(row, in_cell[row["whole"], row["cell"]]) if shown else None

    return result_of(reader, rows, figure)


def _share(row: Row, schools: Sequence[Row]) -> Figure:
    students = sum(max(school["persons"], school["declared"] or 0) for school in schools)
    too_low = sum(school["declared"] is not None and school["declared"] < school["persons"] for school in schools)
    details = {"flagged": row["flagged"], "enrolled": row["persons"], "students": students}
    details |= {"declared_too_low": too_low} if too_low else {}
    if not students:
        return without_value(row["facts"], **details, target_percent=TARGET_PERCENT, progress_percent=None)
    share = Fraction(100 * row["flagged"], students)
    progress = 100 * share / TARGET_PERCENT
    return exact(share, row["facts"], **details, target_percent=TARGET_PERCENT, progress_percent=progress)


def former_beneficiaries(question: Question) -> Steps:
    """Students of the member schools, with an earlier presence in the scope or without."""
    reached = "WHEN e.person IS NULL THEN 'no_earlier_presence' ELSE 'former_beneficiary'"
    steps = (*member_steps(question), *student_steps(beneficiaries_of(question)))
    return (*steps, *fact_steps([_students(reached)]))


async def admitted(reader: Reader) -> Result:
    """Distinct persons; by cohort, of how many beneficiaries whose last school year with us it was."""
    rows = await reader.totals("array_agg(DISTINCT person) FILTER (WHERE counted) AS admitted")
    if reader.question.by is not By.COHORT:
        return result_of(reader, rows, lambda row: _persons(row) if row["facts"] or row["whole"] else None)
    whole = whole_of(rows)
    others = await _left_behind(reader, whole["admitted"] or [])
    of_cell = {row["cell"]: row for row in rows if not row["whole"] and row["facts"]}
    cells = {cohort: _rate(of_cell.get(cohort), others.get(cohort, 0)) for cohort in {*of_cell, *others}}
    return with_cells(reader, whole, _rate(whole, sum(others.values())), cells)


def _persons(row: Row) -> Figure:
    return exact(row["persons"], row["facts"])


def _rate(row: Row | None, others: int) -> Figure:
    persons, facts = (row["persons"], row["facts"]) if row else (0, 0)
    beneficiaries = persons + others
    rate = Fraction(100 * persons, beneficiaries) if beneficiaries else None
    return exact(persons, facts, beneficiaries=beneficiaries, rate_percent=rate)


async def _left_behind(reader: Reader, admitted: Sequence[str]) -> Mapping[str, int]:
    """Beneficiaries before the period's end who are not among those admitted, by their last school year."""
    steps = (*scope_steps(), *cohort_steps(reader.question))
    parameters = {**reader.question.parameters, "admitted": admitted}
    rows = await run(reader.connection, steps, "SELECT cohort, persons FROM left_behind", parameters)
    return {row["cohort"]: row["persons"] for row in rows}


_TUTOR = item(
    "hand_line l LEFT JOIN former f ON f.person = l.person",
    family="'acting'",
    reason="""CASE
        WHEN l.standing <> 'current' THEN l.standing
        WHEN l.role <> 'tuteur' THEN 'role_not_counted'
        WHEN NOT l.registered THEN 'unknown_reference'
        WHEN l.rank > 1 THEN 'same_person'
        WHEN f.person IS NULL THEN 'no_earlier_tutoring'
        ELSE 'former_tutee' END""",
    school="f.school",
    years_between="f.years_between",
    cohort=named_year("f.last_day"),
    **{name: f"l.{name}" for name in ("session", "version", "item", "day", "programme", "record", "person")},
    **{name: f"l.{name}" for name in ("role", "minutes", "preparation", "times")},
)


def tutees_turned_tutors(question: Question) -> Steps:
    """Who acts as tutor, and was a tutee in a school year before that of the first such day of the period."""
    return (*volunteer_steps(question), *former_tutee_steps(), *fact_steps([_TUTOR]))


async def turned_tutors(reader: Reader) -> Result:
    """Distinct persons."""
    rows = await reader.totals("0 AS nothing_else")
    return result_of(reader, rows, lambda row: _persons(row) if row["facts"] or row["whole"] else None)


CAREERS = (
    Indicator(
        code="I22",
        name_fr="Part des effectifs issus des parcours",
        name_en="Students from pathways",
        unit="percent",
        version=1,
        rule="Étudiants distincts des écoles membres, admis par une voie de parcours accompagné ou bénéficiaires avant "
        "le début de leur scolarité, sur l'effectif de ces écoles (déclaré, sinon compté) ; progression vers 20 %.",
        seed="ipp",
        breakdowns=frozenset({By.SCHOOL}),
        facts=from_pathways,
        measure=share_from_pathways,
        volunteers=True,
    ),
    Indicator(
        code="I25",
        name_fr="Anciens tutorés devenus tuteurs",
        name_en="Tutees turned tutors",
        unit="persons",
        version=1,
        rule="Personnes distinctes tutrices dans la période, qui furent élèves tutorés une année scolaire antérieure.",
        seed="encpb",
        breakdowns=frozenset({By.SCHOOL, By.YEARS_BETWEEN}),
        facts=tutees_turned_tutors,
        measure=turned_tutors,
        volunteers=True,
    ),
    Indicator(
        code="I26",
        name_fr="Anciens bénéficiaires admis",
        name_en="Former beneficiaries enrolled",
        unit="persons",
        version=1,
        rule="Étudiants distincts d'une école membre dans la période, présents comme élèves à une activité réalisée "
        "avant le début de leur scolarité ; par cohorte (année de la dernière présence), taux parmi ses bénéficiaires.",
        seed="x",
        breakdowns=frozenset({By.SCHOOL, By.COHORT}),
        facts=former_beneficiaries,
        measure=admitted,
        volunteers=True,
    ),
)
