"""Of which programmes and terms what is gathered may be read instead of the rolls (gathering/).

Only while it holds; and where a question asks for organisations, only if nothing that lies above the programme changes
within the term: then all its activities belong to the same organisations, whatever their day (R11).
"""

from services.reporting.gathering.term import sql_end_of, sql_term_of
from services.reporting.queries.question import Steps, among

HOLDS = f"""EXISTS (SELECT FROM programme_term t
    WHERE t.programme = {{of}}.programme AND t.term = {sql_term_of("{of}.day")} AND t.stale_since IS NULL)"""
"""Whether an activity is in what is gathered, if it is plain; to be formatted with its alias."""

# The part of each term that lies in the period.
_TERM = f"""
    SELECT * FROM (
        SELECT f.programme, f.term, f.stale_since IS NULL AS holds, greatest(f.term, :starts_on) AS starts_on,
            least(f.ends_on, :ends_on) AS ends_on
        FROM (SELECT t.*, {sql_end_of("t.term")} AS ends_on FROM programme_term t) AS f
    ) AS f WHERE f.starts_on < f.ends_on
"""  # noqa: S608 - our own names

_ORGANISERS_ABOVE = f"""
    SELECT o.programme, o.organisation FROM organiser o WHERE {among("o.programme", "term")}
    UNION
    SELECT s.programme, o.organisation FROM strand s, unnest(s.organisers) AS o (organisation)
    WHERE s.organisers IS NOT NULL AND {among("s.programme", "term")} AND {among("s.term", "term")}
    UNION
    SELECT v.programme, m.parent FROM membership m JOIN organiser_above v ON v.organisation = m.organisation
"""  # noqa: S608 - our own names

_TURN = f"""
    SELECT o.programme, d.day FROM organiser o CROSS JOIN LATERAL (VALUES (o.starts_on), (o.ends_on)) AS d (day)
    WHERE {among("o.programme", "term")} AND d.day > :starts_on AND d.day < :ends_on
    UNION
    SELECT v.programme, d.day FROM organiser_above v JOIN membership m ON m.organisation = v.organisation
    CROSS JOIN LATERAL (VALUES (m.starts_on), (m.ends_on)) AS d (day)
    WHERE d.day > :starts_on AND d.day < :ends_on
"""  # noqa: S608 - our own names

_HOLDING = "SELECT t.programme, t.term, t.starts_on, t.ends_on FROM term t WHERE t.holds"
_STEADY = """ AND NOT EXISTS (
    SELECT FROM turn b WHERE b.programme = t.programme AND b.day > t.starts_on AND b.day < t.ends_on)
"""

_LOOSE = """
    SELECT t.programme, t.term, t.starts_on, t.ends_on FROM term t
    WHERE NOT EXISTS (SELECT FROM gathered g WHERE g.programme = t.programme AND g.term = t.term)
"""


def term_steps(in_programme: str, *, organised: bool) -> Steps:
    """`gathered` and `loose`: which terms are read in which way, each with its days in the period.

    `in_programme` is a condition on `f`; `organised`: whether anything depends on who organises an activity that day.
    """
    return (
        ("term", f"{_TERM} AND {in_programme}"),
        ("organiser_above (programme, organisation)", _ORGANISERS_ABOVE),
        ("turn", _TURN),
        ("gathered", _HOLDING + (_STEADY if organised else "")),
        ("loose", _LOOSE),
    )


NOTHING_GATHERED = (
    "gathered",
    "SELECT programme, term, term AS starts_on, term AS ends_on FROM programme_term WHERE false",
)
"""Where every roll is read."""
