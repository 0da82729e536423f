"""Activities that were held, each once; where a term is gathered, as many as are alike at once."""

from services.reporting.queries.facts import item
from services.reporting.queries.question import Question, Steps, among
from services.reporting.queries.scope import activities_in_scope

_ALIKE = f"""
    SELECT f.programme, g.term, f.activity, f.place, f.subject_taught, f.organisers, min(f.day) AS day,
        count(*) AS times, sum(f.minutes) AS minutes
    FROM session_fact f
    JOIN gathered g ON g.programme = f.programme AND f.day >= g.starts_on AND f.day < g.ends_on
    WHERE f.plain AND NOT f.superseded AND f.day >= :starts_on AND f.day < :ends_on
        AND {among("f.programme", "gathered")}
    GROUP BY f.programme, g.term, f.activity, f.place, f.subject_taught, f.organisers
"""  # noqa: S608 - our own names


def held_steps(question: Question) -> Steps:
    """`alike`: plain activities of gathered terms, as sums. `held`: these, and every other one that was held."""
    alike = f"SELECT f.* FROM ({_ALIKE}) AS f WHERE {activities_in_scope(question)}"  # noqa: S608 - ours
    held = """
        SELECT a.session, a.version, a.day, a.programme, a.activity, a.subject_taught, a.place, a.organisers,
            a.minutes, 1 AS times, a.standing
        FROM activity a WHERE a.status = 'held'
        UNION ALL
        SELECT NULL, NULL, s.day, s.programme, s.activity, s.subject_taught, s.place, s.organisers, s.minutes, s.times,
            'current'
        FROM alike s
    """
    return (("alike", alike), ("held", held))


_COLUMNS = ("session", "version", "day", "programme", "activity", "subject_taught", "place", "organisers", "minutes")


def held_item(source: str = "held a", otherwise: str = "") -> str:
    """As items, from a source with the alias `a`; `otherwise` are WHENs that leave some of them out."""
    return item(
        source,
        family="'activity'",
        establishment="a.place",
        times="a.times",
        reason=f"CASE WHEN a.standing <> 'current' THEN a.standing {otherwise} ELSE 'held' END",
        **{name: f"a.{name}" for name in _COLUMNS},
    )
