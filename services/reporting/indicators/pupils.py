"""Pupils: informed (I01), tutored (I02, I33), supported (I03), reached (I04), girls (I17), hours (I11, I32)."""

from dataclasses import replace
from fractions import Fraction

from services.reporting.indicators.beneficiaries import beneficiaries
from services.reporting.indicators.indicator import Coverage, Figure, Indicator, Result, exact, percent, without_value
from services.reporting.indicators.pupil_facts import (
    enrolments,
    informed,
    presences_and_declared,
    presences_and_headcounts,
    presences_with_gender,
    supported,
    tutees,
    tutees_above_threshold,
    tutees_in_cpge,
    tutoring_hours,
)
from services.reporting.indicators.reader import Reader, Row
from services.reporting.indicators.results import result_of, whole_of
from services.reporting.queries.question import By

_ATTRIBUTES = frozenset({By.LEVEL, By.TRACK, By.GENDER, By.SCHOLARSHIP, By.QPV, By.RURAL})
_PLACES = frozenset({By.ESTABLISHMENT, By.TYPE, By.ACADEMIE, By.DEPARTEMENT, By.REP})
# The standard breakdowns of the definitions: B, and B without what an enrolment or a threshold cannot answer.
_STANDARD = _ATTRIBUTES | _PLACES | {By.PROGRAMME, By.ACTIVITY, By.ORGANISATION}
_OF_PERSONS = _ATTRIBUTES | _PLACES | {By.PROGRAMME}


async def distinct_pupils(reader: Reader) -> Result:
    """Persons after the map, each once (R5)."""

    def figure(row: Row) -> Figure | None:
        return exact(row["persons"], row["facts"]) if row["facts"] or row["whole"] else None

    return result_of(reader, await reader.totals("0 AS nothing_else"), figure)


async def share_of_girls(reader: Reader) -> Result:
    """Girls of girls and boys; the others and those of whom nobody said it stand apart (R8)."""
    rows = await reader.totals("""
        count(DISTINCT person) FILTER (WHERE counted AND gender = 'F') AS girls,
        count(DISTINCT person) FILTER (WHERE counted AND gender = 'M') AS boys
    """)

    def figure(row: Row) -> Figure | None:
        if not row["facts"] and not row["whole"]:
            return None
        girls, boys = row["girls"], row["boys"]
        other = row["persons"] - girls - boys
        return percent(girls, girls + boys, row["facts"], girls=girls, boys=boys, other=other)

    whole = whole_of(rows)
    coverage = Coverage(known=whole["girls"] + whole["boys"], total=whole["persons"])
    return replace(result_of(reader, rows, figure), coverage=coverage)


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
    totals = """
        coalesce(sum(minutes) FILTER (WHERE counted), 0) AS minutes,
        count(DISTINCT person) FILTER (WHERE why = 'present') AS tutees
    """
    each = "sum(minutes) AS minutes, bool_or(why = 'present') AS tutee"
    quartiles = "percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY minutes) FILTER (WHERE tutee)"
    rows, spread = await reader.totals_and_groups(totals, each, "person", then=f"{quartiles} AS quartiles")
    quartile_of = {(row["whole"], row["cell"]): row["quartiles"] for row in spread}

    def figure(row: Row) -> Figure | None:
        if not row["tutees"]:
            return without_value(0, tutees=0) if row["whole"] else None
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
        code="I01",
        name_fr="Élèves informés",
        name_en="Pupils informed",
        unit="persons",
        version=1,
        rule="Élèves distincts présents à au moins une activité d'information (séance en établissement, forum, "
        "découverte du campus, conférence), plus les effectifs déclarés : un intervalle qui contient la vérité.",
        seed="x, ipp",
        breakdowns=_STANDARD,
        facts=informed,
        measure=beneficiaries,
    ),
    Indicator(
        code="I02",
        name_fr="Élèves tutorés",
        name_en="Pupils tutored",
        unit="persons",
        version=1,
        rule=f"{_TUTORED}.",
        seed="x, albi, ales",
        breakdowns=_STANDARD,
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
        breakdowns=_OF_PERSONS,
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
        breakdowns=_OF_PERSONS,
        facts=tutees_above_threshold,
        measure=distinct_pupils,
    ),
    Indicator(
        code="I03",
        name_fr="Élèves soutenus",
        name_en="Academic support",
        unit="persons",
        version=1,
        rule="Élèves distincts présents à au moins une activité de soutien (soutien scolaire, cours, stage sciences, "
        "stage CPGE) ; un tutoré peut en être : I02 et I03 ne s'additionnent pas.",
        seed="x",
        breakdowns=_STANDARD | {By.SUBJECT},
        facts=supported,
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
        breakdowns=_STANDARD,
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
        breakdowns=_STANDARD | {By.SUBJECT},
        facts=presences_and_declared,
        measure=pupil_hours,
    ),
    Indicator(
        code="I17",
        name_fr="Part de filles",
        name_en="Share of girls",
        unit="percent",
        version=1,
        rule="Filles / (filles + garçons) parmi les élèves bénéficiaires nommés, genre à leur première activité de la "
        "période ; les autres réponses et les inconnus sont montrés à part.",
        seed="encpb",
        breakdowns=_STANDARD - {By.GENDER},
        facts=presences_with_gender,
        measure=share_of_girls,
    ),
    Indicator(
        code="I32",
        name_fr="Heures par tutoré",
        name_en="Hours per tutee",
        unit="hours",
        version=1,
        rule="Heures-élèves des séances de tutorat (nominatives) par élève tutoré ; médiane et quartiles.",
        seed="ales",
        breakdowns=_OF_PERSONS,
        facts=tutoring_hours,
        measure=hours_per_tutee,
        ratio=True,
    ),
    Indicator(
        code="I33",
        name_fr="Élèves de CPGE accompagnés",
        name_en="CPGE pupils",
        unit="persons",
        version=1,
        rule=f"{_TUTORED}, en première ou deuxième année de CPGE à leur première activité de la période.",
        seed="encpb",
        breakdowns=_STANDARD,
        facts=tutees_in_cpge,
        measure=distinct_pupils,
    ),
)
