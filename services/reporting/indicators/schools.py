"""Schools reached (I05): sites, and beside them their UAI. A lycée is a site, not a code."""

from services.reporting.indicators.indicator import Figure, Indicator, Result, exact
from services.reporting.indicators.pupil_facts import any_presence, declared_steps, headcounts
from services.reporting.indicators.reader import Reader, Row
from services.reporting.indicators.results import result_of
from services.reporting.queries.facts import COUNTED, UNHELD, fact_steps, item
from services.reporting.queries.people import pupil_steps
from services.reporting.queries.question import By, Question, Steps

_HOSTED = item(
    "activity a WHERE a.status = 'held' AND a.place IS NOT NULL",
    family="'activity'",
    session="a.session",
    version="a.version",
    day="a.day",
    programme="a.programme",
    minutes="a.minutes",
    establishment="a.place",
    reason="CASE WHEN a.standing <> 'current' THEN a.standing ELSE 'held' END",
)

_REASON = f"""CASE
    WHEN i.reason NOT IN {COUNTED} OR e.site IS NOT NULL THEN i.reason
    WHEN i.establishment IS NULL THEN 'no_establishment'
    ELSE 'unknown_establishment' END"""


def reached(_question: Question) -> Steps:
    """The establishment of each counted pupil that day, of each headcount, and the place of each activity held."""
    items = [any_presence(), headcounts("nullif(d.pupils, 0)", "declared d WHERE d.pupils > 0"), _HOSTED, UNHELD]
    return (*pupil_steps(), *declared_steps(), *fact_steps(items, reason=_REASON))


_COUNTS = """
    count(DISTINCT site) FILTER (WHERE counted) AS sites,
    count(DISTINCT establishment) FILTER (WHERE counted) AS codes
"""


async def sites(reader: Reader) -> Result:
    """Distinct mother establishments."""

    def figure(row: Row) -> Figure | None:
        return exact(row["sites"], row["facts"], uai=row["codes"]) if row["facts"] or row["whole"] else None

    return result_of(reader, await reader.totals(_COUNTS), figure)


async def codes(reader: Reader) -> Result:
    """Distinct UAI."""

    def figure(row: Row) -> Figure | None:
        return exact(row["codes"], row["facts"], sites=row["sites"]) if row["facts"] or row["whole"] else None

    return result_of(reader, await reader.totals(_COUNTS), figure)


_BREAKDOWNS = frozenset({By.ACADEMIE, By.ACTIVITY, By.PROGRAMME})

SCHOOLS = (
    Indicator(
        code="I05",
        name_fr="Établissements impactés",
        name_en="Schools reached",
        unit="sites",
        version=1,
        rule="Sites distincts (établissement mère) d'au moins un élève bénéficiaire, ou hôtes d'une activité réalisée.",
        seed="x, ales",
        breakdowns=_BREAKDOWNS,
        facts=reached,
        measure=sites,
    ),
    Indicator(
        code="I05_uai",
        name_fr="Établissements impactés, par code UAI",
        name_en="Schools reached, by UAI",
        unit="uai",
        version=1,
        rule="Codes UAI distincts des mêmes établissements ; un lycée peut en avoir plusieurs.",
        seed="ales",
        breakdowns=_BREAKDOWNS,
        facts=reached,
        measure=codes,
    ),
)
