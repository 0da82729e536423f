"""What schools declare of their own students: girls (I20), scholarship students (I21). And how a wording is bounded."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from services.reporting.indicators.indicator import Figure, Indicator, Result, exact, without_value
from services.reporting.indicators.reader import Reader, Row
from services.reporting.indicators.results import result_of
from services.reporting.queries.facts import fact_steps, item
from services.reporting.queries.members import member_steps
from services.reporting.queries.question import By, Question, Steps
from services.reporting.wording import ABOUT, MORE_THAN, NEAR


@dataclass(frozen=True)
class Said:
    """A declared value as its columns hold it: a worded number, or a fraction in percent."""

    wording: str
    number: int | None
    numerator: int | None
    denominator: int | None

    @property
    def exactly(self) -> bool:
        """A number that nothing qualifies."""
        return self.number is not None and self.wording == "exact"


# Of a number: from where, up to where, and whether the end is in (R15).
_WORDED: Mapping[str, tuple[Fraction, Fraction | None, bool]] = {
    "exact": (Fraction(1), Fraction(1), True),
    "plus_de": (Fraction(1), MORE_THAN, False),
    "pres_de": (NEAR, Fraction(1), False),
    "environ": (1 - ABOUT, 1 + ABOUT, True),
    "au_moins": (Fraction(1), None, True),
}


def bounds(said: Said, facts: int = 1, **details: int) -> Figure:
    """The values that the wording allows; none where a newer writer used a word that is not known here."""
    if said.number is None:
        return exact(Fraction(100 * (said.numerator or 0), said.denominator or 1), facts, **details)
    if said.wording not in _WORDED:
        return without_value(facts, **details)
    low, high, high_in = _WORDED[said.wording]
    return Figure(said.number * low, None if high is None else said.number * high, facts, details, high_in=high_in)


# A declaration is about a member school of its own first day, and about the very period that is asked for.
_SAID = """
    SELECT d.*, d.starts_on = :starts_on AND d.ends_on = :ends_on AS of_period,
        EXISTS (SELECT FROM member_school m WHERE m.organisation = d.organisation
            AND d.starts_on >= m.starts_on AND d.starts_on < m.ends_on) AS member
    FROM declaration d WHERE d.indicator = '{code}'
"""

# Several percentages without their fractions add up to nothing.
_ALONE = """
    SELECT count(*) = 1 AS alone FROM said WHERE of_period AND member
"""


def _declared(code: str, question: Question) -> Steps:
    # Each cell of a breakdown is added up anew, so only the whole knows whether a number stands alone.
    alone = "WHEN d.number IS NOT NULL AND NOT o.alone THEN 'not_a_fraction'" if question.by is None else ""
    declared = item(
        "said d CROSS JOIN alone o",
        family="'declaration'",
        reason=f"""CASE
            WHEN d.organisation IS NULL THEN 'no_school'
            WHEN NOT d.of_period THEN 'out_of_period'
            WHEN NOT d.member THEN 'not_a_member_school'
            {alone}
            ELSE 'declared' END""",
        day="d.starts_on",
        ends_on="nullif(d.ends_on, 'infinity')",
        school="d.organisation",
        **{name: f"d.{name}" for name in ("declaration", "programme", "organisation", "starts_on")},
        **{name: f"d.{name}" for name in ("wording", "number", "numerator", "denominator")},
    )
    said = _SAID.format(code=code)
    return (*member_steps(question), ("said", said), ("alone", _ALONE), *fact_steps([declared]))


def girls(question: Question) -> Steps:
    """Declarations of I20."""
    return _declared("I20", question)


def scholarships(question: Question) -> Steps:
    """Declarations of I21."""
    return _declared("I21", question)


async def declared_share(reader: Reader) -> Result:
    """Fractions added; a number only where it is the only declaration."""
    rows = await reader.totals("""
        sum(numerator) FILTER (WHERE counted) AS numerator, sum(denominator) FILTER (WHERE counted) AS denominator,
        max(number) FILTER (WHERE counted) AS number, max(wording) FILTER (WHERE counted) AS wording,
        count(*) FILTER (WHERE counted AND number IS NULL) AS fractions
    """)

    def figure(row: Row) -> Figure | None:
        if not row["facts"]:
            return without_value(0, declarations=0) if row["whole"] else None
        return _added(row)

    return result_of(reader, rows, figure)


def _added(row: Row) -> Figure:
    if row["fractions"]:
        numerator, denominator = int(row["numerator"]), int(row["denominator"])
        said = Said("exact", None, numerator, denominator)
        parts = {"numerator": numerator, "denominator": denominator}
        return bounds(said, row["fractions"], declarations=row["fractions"], **parts)
    if row["facts"] == 1:
        return bounds(Said(row["wording"], row["number"], None, None), declarations=1)
    return without_value(0, declarations=row["facts"])


DECLARED = (
    Indicator(
        code="I20",
        name_fr="Part de filles dans l'école",
        name_en="Girls in the school",
        unit="percent",
        version=1,
        rule="Déclaré par les écoles membres pour cette période même : fractions additionnées, ou l'unique pourcentage "
        "déclaré avec sa formulation.",
        seed="albi",
        breakdowns=frozenset({By.SCHOOL}),
        facts=girls,
        measure=declared_share,
    ),
    Indicator(
        code="I21",
        name_fr="Part de boursiers dans l'école",
        name_en="Scholarship students in the school",
        unit="percent",
        version=1,
        rule="Déclaré par les écoles membres pour cette période même : fractions additionnées, ou l'unique pourcentage "
        "déclaré avec sa formulation.",
        seed="albi",
        breakdowns=frozenset({By.SCHOOL}),
        facts=scholarships,
        measure=declared_share,
    ),
)
