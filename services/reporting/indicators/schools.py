"""Schools reached (I05): sites, and beside them their UAI; their académies (I07). A lycée is a site, not a code."""

from services.reporting.indicators.indicator import Figure, Indicator, Result, exact
from services.reporting.indicators.pupil_facts import any_presence, declared_steps, headcounts
from services.reporting.indicators.reader import Reader, Row
from services.reporting.indicators.results import result_of
from services.reporting.queries.facts import COUNTED, UNHELD, fact_steps
from services.reporting.queries.held import held_item, held_steps
from services.reporting.queries.people import pupil_steps
from services.reporting.queries.question import By, Question, Steps

_HOSTED = held_item("held a WHERE a.place IS NOT NULL")

OVERSEAS = ("28", "31", "32", "33", "43")
ACADEMIES = (
    *("01", "02", "03", "04", "06", "07", "08", "09", "10", "11", "12", "13", "14", "15", "16", "17", "18", "19"),
    *("20", "22", "23", "24", "25", "27", "70", *OVERSEAS),
)
"""The 30 académies since 2020; New Caledonia and the other collectivités are none."""

_REASON = f"""CASE
    WHEN i.reason NOT IN {COUNTED} OR e.site IS NOT NULL {{also}} THEN i.reason
    WHEN i.establishment IS NULL THEN 'no_establishment'
    WHEN e.site IS NULL THEN 'unknown_establishment'
    ELSE 'academie_not_counted' END"""


def reached(question: Question) -> Steps:
    """The establishment of each counted pupil that day, of each headcount, and the place of each activity held."""
    return _reached(question, _REASON.format(also=""))


def academies_reached(question: Question) -> Steps:
    """The same, of the establishments that lie in an académie."""
    return _reached(question, _REASON.format(also=f"AND e.academie IN {ACADEMIES}"))


def _reached(question: Question, reason: str) -> Steps:
    items = [any_presence(), headcounts("nullif(d.pupils, 0)", "declared d WHERE d.pupils > 0"), _HOSTED, UNHELD]
    steps = (*pupil_steps(question), *declared_steps(), *held_steps(question))
    return (*steps, *fact_steps(items, reason=reason))


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


async def academies(reader: Reader) -> Result:
    """Distinct académies; whether those are all of them, how many overseas, and how many départements."""
    rows = await reader.totals(f"""
        count(DISTINCT academie) FILTER (WHERE counted) AS academies,
        count(DISTINCT academie) FILTER (WHERE counted AND academie IN {OVERSEAS}) AS overseas,
        count(DISTINCT departement) FILTER (WHERE counted) AS departements
    """)

    def figure(row: Row) -> Figure | None:
        if not row["facts"] and not row["whole"]:
            return None
        found = row["academies"]
        more = {"departements": row["departements"], "overseas": row["overseas"]}
        return exact(found, row["facts"], toutes=int(found == len(ACADEMIES)), **more)

    return result_of(reader, rows, figure)


_BREAKDOWNS = frozenset(
    {By.ACADEMIE, By.DEPARTEMENT, By.TYPE, By.REP, By.ACTIVITY, By.PROGRAMME, By.ORGANISATION},
)

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
    Indicator(
        code="I07",
        name_fr="Académies couvertes",
        name_en="Académies covered",
        unit="academies",
        version=1,
        rule="Académies distinctes (sur 30) des établissements impactés ; toutes ou non, outre-mer, départements.",
        seed="x",
        breakdowns=frozenset({By.ORGANISATION, By.PROGRAMME, By.ACTIVITY}),
        facts=academies_reached,
        measure=academies,
    ),
)
