"""Those who act: students (I08), student tutors (I09), staff and alumni (I10), hours of all who act (I12)."""

from dataclasses import replace
from fractions import Fraction

from services.reporting.indicators.indicator import Figure, Indicator, Result, exact
from services.reporting.indicators.pupil_facts import tutees
from services.reporting.indicators.reader import Reader, Row, run
from services.reporting.indicators.results import result_of
from services.reporting.indicators.volunteer_facts import (
    all_acting,
    staff,
    student_tutors,
    students,
    trained_tutors,
)
from services.reporting.queries.question import By
from services.reporting.queries.scope import current_activities


async def distinct_persons(reader: Reader) -> Result:
    """Persons after the map, each once (R5)."""

    def figure(row: Row) -> Figure | None:
        return exact(row["persons"], row["facts"]) if row["facts"] or row["whole"] else None

    return result_of(reader, await reader.totals("0 AS nothing_else"), figure)


async def tutors(reader: Reader) -> Result:
    """Persons; beside them how many are trained, and over everything how many tutees there are to one of them."""
    rows = await reader.totals("count(DISTINCT person) FILTER (WHERE counted AND trained) AS trained")
    pupils = await _tutees(reader)

    def figure(row: Row) -> Figure | None:
        persons = row["persons"]
        if row["whole"]:
            ratio = Fraction(pupils, persons) if persons else None
            return exact(persons, row["facts"], trained=row["trained"], pupils_per_tutor=ratio)
        return exact(persons, row["facts"], trained=row["trained"]) if row["facts"] else None

    return result_of(reader, rows, figure)


async def _tutees(reader: Reader) -> int:
    """I02 of the same period and scope."""
    question = replace(reader.question, by=None)
    steps = (*current_activities(question), *tutees(question))
    select = "SELECT count(DISTINCT person) AS persons FROM fact WHERE counted"
    (row,) = await run(reader.connection, steps, select, question.parameters)
    return int(row["persons"])


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


_BREAKDOWNS = frozenset({By.SCHOOL, By.PROGRAMME, By.GENDER, By.ROLE, By.ACTIVITY, By.ORGANISATION})

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
        measure=tutors,
        volunteers=True,
    ),
    Indicator(
        code="I09_formes",
        name_fr="Étudiants tuteurs formés",
        name_en="Student tutors, trained",
        unit="persons",
        version=1,
        rule="Étudiants tuteurs ayant achevé une formation de tuteur avant la fin de la période.",
        seed="encpb",
        breakdowns=_BREAKDOWNS,
        facts=trained_tutors,
        measure=distinct_persons,
        volunteers=True,
    ),
    Indicator(
        code="I10",
        name_fr="Encadrants mobilisés",
        name_en="Staff and alumni",
        unit="persons",
        version=1,
        rule="Personnes distinctes intervenant, dans tout rôle, comme enseignant, chercheur, doctorant, ancien élève "
        "ou personnel ; par catégorie, chacune dans chacune des siennes.",
        seed="x",
        breakdowns=_BREAKDOWNS | {By.CATEGORY},
        facts=staff,
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
        breakdowns=_BREAKDOWNS | {By.CATEGORY},
        facts=all_acting,
        measure=volunteer_hours,
        volunteers=True,
    ),
)
