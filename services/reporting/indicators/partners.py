"""Who is bound to a programme: roped schools (I06, I18b), active partners (I27), sponsors (I28)."""

from fractions import Fraction

from services.reporting.indicators.indicator import Figure, Indicator, Result, exact, without_value
from services.reporting.indicators.reader import Reader, Row
from services.reporting.indicators.results import result_of
from services.reporting.queries.conventions import PRIORITY, convention_steps, conventions, priority_steps
from services.reporting.queries.facts import COUNTED, fact_steps, item
from services.reporting.queries.held import held_steps
from services.reporting.queries.people import volunteer_steps
from services.reporting.queries.question import By, Question, Steps, among

_ROPED = ("encorde",)
_PARTNERS = ("partenaire", "financeur", "soutien", "parrain")
_SPONSORS = ("parrain",)

_SITE_KNOWN = f"""CASE WHEN i.reason IN {COUNTED} AND e.site IS NULL THEN 'unknown_establishment'
    ELSE i.reason END"""


def roped(question: Question) -> Steps:
    """Conventions of establishments."""
    listed = conventions("signed l WHERE l.establishment IS NOT NULL", _ROPED)
    return (*convention_steps(question), *fact_steps([listed], reason=_SITE_KNOWN))


async def roped_sites(reader: Reader) -> Result:
    """Distinct sites; those whose first convention starts, and whose last one ends, within the period."""
    rows = await reader.totals("count(DISTINCT site) FILTER (WHERE counted) AS sites")
    moves = await reader.grouped(
        "bool_or(counted) AS now, min(starts_on) AS first, max(coalesce(ends_on, 'infinity')) AS last",
        "site",
        where="why IN ('in_force', 'out_of_period') AND site IS NOT NULL",
        # A span ends on the first day that is out: its last day lies in the period.
        then="""count(*) FILTER (WHERE now AND first >= :starts_on AND first < :ends_on) AS joined,
            count(*) FILTER (WHERE now AND last > :starts_on AND last <= :ends_on) AS left_in_period""",
    )
    moved = {(row["whole"], row["cell"]): (row["joined"], row["left_in_period"]) for row in moves}

    def figure(row: Row) -> Figure | None:
        if not row["facts"] and not row["whole"]:
            return None
        joined, left = moved.get((row["whole"], row["cell"]), (0, 0))
        return exact(row["sites"], row["facts"], joined=joined, left=left)

    return result_of(reader, rows, figure)


def roped_colleges(question: Question) -> Steps:
    """Conventions of establishments; only collèges count, each with what the list in force says of it."""
    listed = conventions(
        """signed l LEFT JOIN establishment c ON c.establishment = l.establishment
            LEFT JOIN listed_priority p ON p.establishment = l.establishment
            WHERE l.establishment IS NOT NULL""",
        _ROPED,
        also="WHEN c.nature <> 'college' THEN 'type_not_counted'",
        condition="coalesce(p.status, 'aucune')",
    )
    said = {"joins": "LEFT JOIN listed_priority s ON s.establishment = i.establishment", "more": "s.status AS listed,"}
    return (*convention_steps(question), *priority_steps(), *fact_steps([listed], reason=_SITE_KNOWN, **said))


async def priority_share(reader: Reader) -> Result:
    """REP and REP+ in percent of the collèges; no value without any collège, or where no list speaks of any of them."""
    rows = await reader.totals(f"""
        count(DISTINCT establishment) FILTER (WHERE counted) AS colleges,
        count(DISTINCT establishment) FILTER (WHERE counted AND condition IN {PRIORITY}) AS priority,
        count(listed) FILTER (WHERE counted) AS listed
    """)

    def figure(row: Row) -> Figure | None:
        priority, colleges = row["priority"], row["colleges"]
        if not colleges:
            return without_value(0, priority=0, colleges=0) if row["whole"] else None
        if not row["listed"]:
            return without_value(row["facts"], priority=0, colleges=colleges)
        return exact(Fraction(100 * priority, colleges), row["facts"], priority=priority, colleges=colleges)

    return result_of(reader, rows, figure)


def _bound_organisations(roles: tuple[str, ...]) -> str:
    source = "signed l LEFT JOIN organisation g ON g.organisation = l.organisation WHERE l.organisation IS NOT NULL"
    return conventions(source, roles, kind="g.nature")


# Whoever runs the programme that day, and what stands under them: a member is no partner of its own federation.
_OWN_ORGANISER = """
    SELECT DISTINCT a.programme, a.day, o.organisation
    FROM acted a JOIN organiser o ON o.programme = a.programme AND a.day >= o.starts_on AND a.day < o.ends_on
    UNION
    SELECT w.programme, w.day, m.organisation
    FROM own_organiser w JOIN membership m ON m.parent = w.organisation AND w.day >= m.starts_on AND w.day < m.ends_on
"""

# Every activity, held or not, that names its organisers.
_ACTED = """
    SELECT session, version, day, programme, activity, organisers, status, standing, 1 AS times FROM activity
    WHERE organisers IS NOT NULL
    UNION ALL
    SELECT NULL, NULL, day, programme, activity, organisers, 'held', 'current', times FROM alike
    WHERE organisers IS NOT NULL
"""

_ORGANISERS = item(
    """acted a
        CROSS JOIN LATERAL unnest(a.organisers) WITH ORDINALITY AS o (organisation, item)
        LEFT JOIN own_organiser w ON w.programme = a.programme AND w.day = a.day AND w.organisation = o.organisation
        LEFT JOIN organisation g ON g.organisation = o.organisation""",
    family="'organiser'",
    session="a.session",
    version="a.version",
    item="o.item - 1",
    times="a.times",
    day="a.day",
    programme="a.programme",
    organisation="o.organisation",
    kind="g.nature",
    reason="""CASE
        WHEN a.standing <> 'current' THEN a.standing
        WHEN a.status = 'cancelled' THEN 'cancelled'
        WHEN a.status <> 'held' AND a.day < :as_of THEN 'appel_manquant'
        WHEN a.status <> 'held' THEN 'planned'
        WHEN w.organisation IS NOT NULL THEN 'organiser_of_programme'
        ELSE 'held' END""",
)


def partners(question: Question) -> Steps:
    """Conventions of organisations, and organisers of activities that are not the programme's own."""
    items = [_bound_organisations(_PARTNERS), _ORGANISERS]
    steps = (*convention_steps(question), *held_steps(question), ("acted", _ACTED))
    return (*steps, ("own_organiser", _OWN_ORGANISER), *fact_steps(items))


async def active_partners(reader: Reader) -> Result:
    """Distinct organisations, by a convention or by an activity."""

    def figure(row: Row) -> Figure | None:
        return exact(row["organisations"], row["facts"]) if row["facts"] or row["whole"] else None

    rows = await reader.totals("count(DISTINCT organisation) FILTER (WHERE counted) AS organisations")
    return result_of(reader, rows, figure)


_PROFESSIONAL = f"""
    SELECT d.person, d.day, min(s.organisation) AS organisation
    FROM volunteer_day d
    JOIN person_record r ON r.person = d.person
    JOIN engagement_span s ON s.record = r.record AND d.day >= s.starts_on AND d.day < s.ends_on
    WHERE s.category = 'professionnel' AND {among("s.record", "person_record")}
    GROUP BY d.person, d.day
"""  # noqa: S608 - our own names

_PROFESSIONALS = item(
    """hand_line l
        JOIN professional p ON p.person = l.person AND p.day = l.day
        LEFT JOIN organisation g ON g.organisation = p.organisation""",
    family="'acting'",
    reason="""CASE WHEN l.standing <> 'current' THEN l.standing WHEN l.rank > 1 THEN 'same_person'
        ELSE 'present' END""",
    organisation="p.organisation",
    kind="g.nature",
    **{name: f"l.{name}" for name in ("session", "version", "item", "day", "programme", "record", "person")},
    **{name: f"l.{name}" for name in ("role", "minutes", "preparation", "times")},
)


def sponsors(question: Question) -> Steps:
    """Conventions of organisations, and beside them the professionals who act."""
    items = [_bound_organisations(_SPONSORS), _PROFESSIONALS]
    return (
        *convention_steps(question),
        *volunteer_steps(question),
        ("professional", _PROFESSIONAL),
        *fact_steps(items),
    )


async def sponsoring(reader: Reader) -> Result:
    """Distinct organisations; distinct professionals beside them."""
    rows = await reader.totals("""
        count(DISTINCT organisation) FILTER (WHERE counted AND family = 'convention') AS organisations
    """)

    def figure(row: Row) -> Figure | None:
        shown = row["facts"] or row["whole"]
        return exact(row["organisations"], row["facts"], professionals=row["persons"]) if shown else None

    return result_of(reader, rows, figure)


_OF_ORGANISATIONS = frozenset({By.KIND, By.PROGRAMME})

PARTNERS = (
    Indicator(
        code="I06",
        name_fr="Établissements encordés",
        name_en="Roped schools",
        unit="sites",
        version=1,
        rule="Sites distincts (établissement mère) ayant une convention « encordé » en vigueur au moins un jour de la "
        "période ; sites entrés et sortis dans la période.",
        seed="albi, encpb",
        breakdowns=frozenset({By.TYPE, By.PROGRAMME, By.ACADEMIE, By.DEPARTEMENT}),
        facts=roped,
        measure=roped_sites,
    ),
    Indicator(
        code="I18b",
        name_fr="Part des collèges en éducation prioritaire",
        name_en="Share of collèges in priority education",
        unit="percent",
        version=1,
        rule="Collèges encordés en REP ou REP+ selon la dernière liste connue à la rentrée, sur les collèges "
        "encordés ; sans valeur si aucune liste n'en nomme un seul.",
        seed="encpb",
        breakdowns=frozenset({By.PROGRAMME, By.ACADEMIE, By.DEPARTEMENT}),
        facts=roped_colleges,
        measure=priority_share,
    ),
    Indicator(
        code="I27",
        name_fr="Partenaires actifs",
        name_en="Active partners",
        unit="organisations",
        version=1,
        rule="Organisations distinctes ayant une convention de partenaire, financeur, soutien ou parrain en vigueur "
        "dans la période, ou organisant une activité réalisée d'un programme que ni elles ni qui est au-dessus d'elles "
        "n'organise ce jour-là.",
        seed="albi, ipp, encpb",
        breakdowns=_OF_ORGANISATIONS,
        facts=partners,
        measure=active_partners,
        organised=True,
    ),
    Indicator(
        code="I28",
        name_fr="Parrains",
        name_en="Sponsors",
        unit="organisations",
        version=1,
        rule="Organisations distinctes ayant une convention de parrain en vigueur dans la période ; professionnels "
        "distincts intervenus à une activité réalisée montrés à côté.",
        seed="albi",
        breakdowns=_OF_ORGANISATIONS,
        facts=sponsors,
        measure=sponsoring,
    ),
)
