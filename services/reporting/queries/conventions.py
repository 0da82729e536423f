"""Conventions of a question's programmes, each with whether it is in force in the period and in scope."""

from services.reporting.queries.facts import item
from services.reporting.queries.question import Question, Steps, among

# A programme's organiser under the asked organisation, on a day that the convention covers too (I06).
_ORGANISED = """EXISTS (
    SELECT FROM organisation_scope s JOIN organiser o ON o.organisation = s.organisation
    WHERE o.programme = c.programme AND greatest(o.starts_on, s.starts_on, c.starts_on{first})
        < least(o.ends_on, s.ends_on, c.ends_on{last}))"""

# Whether it would count in another period is asked first: "out of period" speaks of conventions of this scope alone.
_REASON = """CASE
    WHEN NOT l.role = ANY(CAST(ARRAY[{roles}] AS text[])) THEN 'role_not_counted'
    {also}
    WHEN NOT l.organised THEN 'out_of_scope'
    WHEN NOT l.overlaps THEN 'out_of_period'
    WHEN NOT l.organised_then THEN 'out_of_scope'
    ELSE 'in_force' END"""

PRIORITY = "('REP', 'REP+')"


def convention_steps(question: Question) -> Steps:
    """`signed`: every convention of the programmes asked for, of whichever period; `day` is its first of the period."""
    asked = among("c.programme", "programme_scope") if question.programme is not None else "true"
    organised, organised_then = "true", "true"
    if question.organisation is not None:
        organised = _ORGANISED.format(first="", last="")
        organised_then = _ORGANISED.format(first=", :starts_on", last=", :ends_on")
    signed = f"""
        SELECT c.*, c.starts_on < :ends_on AND c.ends_on > :starts_on AS overlaps,
            CASE WHEN c.starts_on < :ends_on AND c.ends_on > :starts_on THEN greatest(c.starts_on, :starts_on)
                ELSE c.starts_on END AS day,
            {organised} AS organised, {organised_then} AS organised_then
        FROM convention c WHERE {asked}
    """  # noqa: S608 - constants of this module
    return (("signed", signed),)


def conventions(source: str, roles: tuple[str, ...], also: str = "", **given: str) -> str:
    """Signed conventions `l` as items; the roles that count, and what else leaves one out."""
    counted = ", ".join(f"'{role}'" for role in roles)
    said = {name: f"l.{name}" for name in ("convention", "programme", "establishment", "organisation", "role")}
    return item(
        source,
        family="'convention'",
        reason=_REASON.format(roles=counted, also=also),
        day="l.day",
        starts_on="l.starts_on",
        ends_on="nullif(l.ends_on, 'infinity')",
        **(said | given),
    )


def priority_steps() -> Steps:
    """`listed_priority`: what the latest list says, at the first day on which convention and period overlap (I18b)."""
    first = f"""
        SELECT l.establishment, extract(year FROM min(l.day) - interval '8 months') AS rentree FROM signed l
        WHERE {_REASON.format(roles="'encorde'", also="")} = 'in_force' GROUP BY l.establishment
    """  # noqa: S608 - constants of this module
    status = f"""
        SELECT f.establishment, (array_agg(p.status ORDER BY p.rentree DESC, p.item DESC))[1] AS status
        FROM first_day_encorde f JOIN priority p ON p.establishment = f.establishment AND p.rentree <= f.rentree
        WHERE {among("p.establishment", "first_day_encorde")}
        GROUP BY f.establishment
    """  # noqa: S608 - constants of this module
    return (("first_day_encorde", first), ("listed_priority", status))
