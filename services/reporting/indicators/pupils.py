"""Pupils: tutored (I02), reached by anything (I04), their hours (I11) and hours per tutee (I32)."""

from fractions import Fraction

from services.reporting.indicators.beneficiaries import beneficiaries
from services.reporting.indicators.indicator import Figure, Indicator, Result, exact
from services.reporting.indicators.pupil_facts import (
    enrolments,
    presences_and_declared,
    presences_and_headcounts,
    tutees,
    tutees_above_threshold,
    tutoring_hours,
)
from services.reporting.indicators.reader import Reader, Row
from services.reporting.indicators.results import result_of
from services.reporting.queries.question import By

OF_PUPILS = frozenset({By.LEVEL, By.GENDER, By.SCHOLARSHIP, By.QPV, By.ESTABLISHMENT, By.ACADEMIE, By.PROGRAMME})


async def distinct_pupils(reader: Reader) -> Result:
    """Persons after the map, each once (R5)."""

    def figure(row: Row) -> Figure | None:
        return exact(row["persons"], row["facts"]) if row["facts"] or row["whole"] else None

    return result_of(reader, await reader.totals("0 AS nothing_else"), figure)


async def pupil_hours(reader: Reader) -> Result:
    """Minutes of those named; headcounts times duration beside it, never in it (R10)."""
    rows = await reader.totals("""
        coalesce(sum(minutes) FILTER (WHERE counted AND family = 'presence'), 0) AS minutes,
        coalesce(sum(pupils * minutes) FILTER (WHERE counted AND family = 'headcount'), 0) AS declared_minutes
    """)

    def figure(row: Row) -> Figure | None:
        if not row["facts"] and not row["whole"]:
            return None
        hours, declared = Fraction(int(row["minutes"]), 60), Fraction(int(row["declared_minutes"]), 60)
        minutes = int(row["minutes"])
        return exact(hours, row["facts"], minutes=minutes, headcount_hours=declared, persons=row["persons"])

    return result_of(reader, rows, figure)


async def hours_per_tutee(reader: Reader) -> Result:
    """I11 at tutoring sessions, divided by I02; and the spread over the tutees, each with all those minutes."""
    rows = await reader.totals("""
        coalesce(sum(minutes) FILTER (WHERE counted), 0) AS minutes,
        count(DISTINCT person) FILTER (WHERE why = 'present') AS tutees
    """)
    each = "sum(minutes) AS minutes, bool_or(why = 'present') AS tutee"
    quartiles = "percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY minutes) FILTER (WHERE tutee)"
    spread = await reader.grouped(each, "person", where="counted", then=f"{quartiles} AS quartiles")
    quartile_of = {(row["whole"], row["cell"]): row["quartiles"] for row in spread}

    def figure(row: Row) -> Figure | None:
        if not row["tutees"]:
            return exact(0, 0, tutees=0) if row["whole"] else None
        q1, median, q3 = (Fraction(minutes) / 60 for minutes in quartile_of[row["whole"], row["cell"]])
        minutes = int(row["minutes"])
        basis = {"tutees": row["tutees"], "minutes": minutes}
        return exact(Fraction(minutes, 60 * row["tutees"]), row["facts"], median=median, q1=q1, q3=q3, **basis)

    return result_of(reader, rows, figure)


_TUTORED = (
    "Élèves distincts présents à au moins une séance de tutorat, avec une inscription au tutorat active ce jour-là"
)

PUPILS = (
    Indicator(
        code="I02",
        name_fr="Élèves tutorés",
        name_en="Pupils tutored",
        unit="persons",
        version=1,
        rule=f"{_TUTORED}.",
        seed="x, albi, ales",
        breakdowns=OF_PUPILS,
        facts=tutees,
        measure=distinct_pupils,
    ),
    Indicator(
        code="I02_inscrits",
        name_fr="Élèves inscrits au tutorat",
        name_en="Pupils enrolled for tutoring",
        unit="persons",
        version=1,
        rule="Élèves distincts ayant une inscription au tutorat active au moins un jour de la période.",
        seed="albi",
        breakdowns=OF_PUPILS,
        facts=enrolments,
        measure=distinct_pupils,
    ),
    Indicator(
        code="I02_renforces",
        name_fr="Élèves tutorés, accompagnement renforcé",
        name_en="Pupils tutored, reinforced",
        unit="persons",
        version=1,
        rule=f"{_TUTORED}, pour un total d'au moins 10 heures (paramètre `threshold_hours`).",
        seed="x",
        breakdowns=OF_PUPILS,
        facts=tutees_above_threshold,
        measure=distinct_pupils,
    ),
    Indicator(
        code="I04",
        name_fr="Élèves bénéficiaires",
        name_en="Beneficiaries",
        unit="persons",
        version=1,
        rule="Élèves distincts ayant au moins une présence à une activité réalisée, plus les effectifs déclarés : "
        "un intervalle qui contient la vérité.",
        seed="ipp, albi",
        breakdowns=OF_PUPILS | {By.ACTIVITY},
        facts=presences_and_headcounts,
        measure=beneficiaries,
    ),
    Indicator(
        code="I11",
        name_fr="Heures-élèves",
        name_en="Pupil-hours",
        unit="hours",
        version=1,
        rule="Somme des minutes de présence des élèves, divisée par 60 ; effectifs déclarés × durée montrés à part.",
        seed="ales",
        breakdowns=OF_PUPILS | {By.ACTIVITY},
        facts=presences_and_declared,
        measure=pupil_hours,
    ),
    Indicator(
        code="I32",
        name_fr="Heures par tutoré",
        name_en="Hours per tutee",
        unit="hours",
        version=1,
        rule="Heures-élèves des séances de tutorat (nominatives) par élève tutoré ; médiane et quartiles.",
        seed="ales",
        breakdowns=OF_PUPILS,
        facts=tutoring_hours,
        measure=hours_per_tutee,
    ),
)
