"""Forums and their stands (I29), conferences and their speakers (I30), schools that act (I34)."""

from services.reporting.indicators.indicator import Figure, Indicator, Result, exact
from services.reporting.indicators.reader import Reader, Row
from services.reporting.indicators.results import result_of, whole_of, with_cells
from services.reporting.queries.facts import UNHELD, fact_steps, item
from services.reporting.queries.held import held_item, held_steps
from services.reporting.queries.members import member_steps
from services.reporting.queries.people import volunteer_steps
from services.reporting.queries.question import By, Question, Steps, among

_LATEST = """
    SELECT max(a.day) AS day FROM activity a
    WHERE a.standing = 'current' AND a.status = 'held' AND a.activity = 'forum'
"""


def stands(question: Question) -> Steps:
    """Forums and their stands. The whole is the latest edition; by edition each counts."""
    other = "" if question.by is By.EDITION else "WHEN a.day < n.day THEN 'other_edition'"
    latest = "CROSS JOIN latest n"
    listed = item(
        f"""activity a {latest}
            JOIN stand s ON s.session = a.session AND s.version = a.version
            LEFT JOIN organisation g ON g.organisation = s.organisation
            WHERE a.activity = 'forum' AND {among("s.session", "activity")}""",
        family="'stand'",
        item="s.item",
        organisation="s.organisation",
        kind="g.nature",
        reason=f"""CASE
            WHEN a.standing <> 'current' THEN a.standing
            WHEN s.status = 'demande' THEN 'stand_requested'
            WHEN s.status = 'annule' THEN 'stand_cancelled'
            WHEN s.status <> 'confirme' THEN 'unknown_status'
            {other}
            ELSE 'confirmed' END""",
        **{name: f"a.{name}" for name in ("session", "version", "day", "programme")},
    )
    unheld = f"{UNHELD} AND a.activity = 'forum'"
    held = held_item(f"held a {latest} WHERE a.activity = 'forum'", other)
    return (("latest", _LATEST), *held_steps(question), *fact_steps([held, listed, unheld]))


async def institutions(reader: Reader) -> Result:
    """Distinct organisations of an edition, never added over editions."""
    rows = await reader.totals("""
        count(DISTINCT organisation) FILTER (WHERE counted) AS organisations,
        count(DISTINCT day) FILTER (WHERE why IN ('held', 'other_edition')) AS editions
    """)
    whole = whole_of(rows)
    cells = {row["cell"]: _edition(row) for row in rows if not row["whole"] and _shown(reader, row)}
    figure = _edition(whole)
    if reader.question.by is By.EDITION:
        # A date as text sorts as a date.
        figure = cells[max(cells)] if cells else exact(0, 0)
    figure = Figure(figure.low, figure.high, figure.facts, {"editions": whole["editions"]})
    return with_cells(reader, whole, figure, cells)


def _shown(reader: Reader, row: Row) -> bool:
    """A forum without stands is an edition, and of no kind."""
    return bool(row["facts"] if reader.question.by is By.EDITION else row["organisations"])


def _edition(row: Row) -> Figure:
    return exact(row["organisations"], row["facts"])


_SPEAKERS = item(
    "hand_line l WHERE l.activity = 'conference'",
    family="'acting'",
    reason="""CASE
        WHEN l.standing <> 'current' THEN l.standing
        WHEN l.role <> 'conferencier' THEN 'role_not_counted'
        WHEN NOT l.registered THEN 'unknown_reference'
        WHEN l.rank > 1 THEN 'same_person'
        ELSE 'present' END""",
    **{name: f"l.{name}" for name in ("session", "version", "item", "day", "programme", "record", "person")},
    **{name: f"l.{name}" for name in ("role", "minutes", "preparation", "times", "school")},
)


def conferences(question: Question) -> Steps:
    """Conferences, and who speaks there."""
    unheld = f"{UNHELD} AND a.activity = 'conference'"
    steps = (*volunteer_steps(question, ("conference",)), *held_steps(question))
    return (*steps, *fact_steps([held_item("held a WHERE a.activity = 'conference'"), _SPEAKERS, unheld]))


async def conferences_held(reader: Reader) -> Result:
    """Activities; distinct speakers beside them."""
    rows = await reader.totals("coalesce(sum(times) FILTER (WHERE counted AND family = 'activity'), 0) AS conferences")

    def figure(row: Row) -> Figure | None:
        shown = row["facts"] or row["whole"]
        return exact(int(row["conferences"]), row["facts"], speakers=row["persons"]) if shown else None

    return result_of(reader, rows, figure)


# Every school of which somebody who acts is that day, under any record of the person.
_SCHOOL_THEN = f"""
    SELECT d.person, d.day, s.organisation, bool_or(m.organisation IS NOT NULL) AS member
    FROM volunteer_day d
    JOIN person_record r ON r.person = d.person
    JOIN engagement_span s ON s.record = r.record AND d.day >= s.starts_on AND d.day < s.ends_on
    LEFT JOIN member_school m ON m.organisation = s.organisation AND d.day >= m.starts_on AND d.day < m.ends_on
    WHERE {among("s.record", "person_record")}
    GROUP BY d.person, d.day, s.organisation
"""  # noqa: S608 - our own names

# A person's school may become a member, or cease to be one, while the person acts.
_MEMBERSHIP_TURN = """
    UNION
    SELECT n.person, d.day FROM person n CROSS JOIN (
        SELECT starts_on AS day FROM member_tree UNION SELECT ends_on FROM member_tree) AS d
    WHERE d.day > :starts_on AND d.day < :ends_on
"""

_ACTING_OF_SCHOOL = item(
    "hand_line l LEFT JOIN school_then t ON t.person = l.person AND t.day = l.day",
    family="'acting'",
    reason="""CASE
        WHEN l.standing <> 'current' THEN l.standing
        WHEN NOT l.registered THEN 'unknown_reference'
        WHEN l.rank > 1 THEN 'same_person'
        WHEN t.member IS NOT TRUE THEN 'not_a_member_school'
        ELSE 'present' END""",
    school="t.organisation",
    organisation="t.organisation",
    **{name: f"l.{name}" for name in ("session", "version", "item", "day", "programme", "record", "person")},
    **{name: f"l.{name}" for name in ("role", "minutes", "preparation", "times")},
)


def acting_of_schools(question: Question) -> Steps:
    """Who acts, once for each school of theirs that day."""
    steps = (*member_steps(question), *volunteer_steps(question, turns=_MEMBERSHIP_TURN), ("school_then", _SCHOOL_THEN))
    return (*steps, *fact_steps([_ACTING_OF_SCHOOL]))


async def schools_involved(reader: Reader) -> Result:
    """Distinct member schools."""

    def figure(row: Row) -> Figure | None:
        return exact(row["schools"], row["facts"], persons=row["persons"]) if row["facts"] or row["whole"] else None

    return result_of(reader, await reader.totals("count(DISTINCT school) FILTER (WHERE counted) AS schools"), figure)


EVENTS = (
    Indicator(
        code="I29",
        name_fr="Institutions au forum",
        name_en="Forum institutions",
        unit="organisations",
        version=1,
        rule="Organisations distinctes ayant un stand confirmé à une édition (date) d'un forum réalisé ; la dernière "
        "édition de la période, jamais la somme des éditions.",
        seed="encpb",
        breakdowns=frozenset({By.EDITION, By.KIND}),
        facts=stands,
        measure=institutions,
    ),
    Indicator(
        code="I30",
        name_fr="Conférences",
        name_en="Mini-conferences",
        unit="activities",
        version=1,
        rule="Conférences réalisées ; conférenciers distincts montrés à côté.",
        seed="encpb",
        breakdowns=frozenset({By.EDITION, By.TOPIC, By.PROGRAMME}),
        facts=conferences,
        measure=conferences_held,
        volunteers=True,
    ),
    Indicator(
        code="I34",
        name_fr="Écoles impliquées",
        name_en="Schools involved",
        unit="organisations",
        version=1,
        rule="Écoles membres distinctes, le jour d'une activité réalisée, d'au moins une personne qui y intervient.",
        seed="ipp, encpb",
        breakdowns=frozenset({By.SCHOOL, By.PROGRAMME}),
        facts=acting_of_schools,
        measure=schools_involved,
        volunteers=True,
    ),
)
