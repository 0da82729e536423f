"""Which activities a question speaks of: period, programme with its sub-programmes, organisation (R1, R2, R11)."""

from services.reporting.queries.question import By, Question, Steps, among
from services.reporting.queries.terms import NOTHING_GATHERED, term_steps

# A programme and those inside it. UNION, not UNION ALL: a circle in the registry must end.
_PROGRAMME_SCOPE = """
    SELECT CAST(:programme AS text) AS programme
    UNION
    SELECT p.programme FROM programme p JOIN programme_scope s ON p.parent = s.programme
"""

# The organisation and its members, each for the dates of its membership all the way down.
_ORGANISATION_SCOPE = """
    SELECT CAST(:organisation AS text) AS organisation, CAST('-infinity' AS date) AS starts_on,
        CAST('infinity' AS date) AS ends_on
    UNION
    SELECT m.organisation, greatest(m.starts_on, s.starts_on), least(m.ends_on, s.ends_on)
    FROM membership m JOIN organisation_scope s ON m.parent = s.organisation
    WHERE greatest(m.starts_on, s.starts_on) < least(m.ends_on, s.ends_on)
"""

# An activity's own organisers; where it names none, the programme's at that date.
_BY_ORGANISATION = """EXISTS (
    SELECT FROM organisation_scope s
    WHERE f.day >= s.starts_on AND f.day < s.ends_on AND (
        s.organisation = ANY(f.organisers)
        OR f.organisers IS NULL AND s.organisation IN (
            SELECT o.organisation FROM organiser o
            WHERE o.programme = f.programme AND f.day >= o.starts_on AND f.day < o.ends_on)))"""

_ENROLMENT_BY_ORGANISATION = """EXISTS (
    SELECT FROM organisation_scope s JOIN organiser o ON o.organisation = s.organisation
    WHERE o.programme = f.programme
      AND greatest(o.starts_on, s.starts_on, f.starts_on, :starts_on)
        < least(o.ends_on, s.ends_on, f.ends_on, :ends_on))"""

_IN_PERIOD = "f.day >= :starts_on AND f.day < :ends_on"
_IN_PROGRAMME = among("f.programme", "programme_scope")


def _scoped(question: Question, by_organisation: str) -> str:
    parts = ["true"]
    if question.programme is not None:
        parts.append(_IN_PROGRAMME)
    if question.organisation is not None:
        parts.append(by_organisation)
    return " AND ".join(parts)


def scope_steps() -> Steps:
    """The two trees."""
    return (("programme_scope (programme)", _PROGRAMME_SCOPE), ("organisation_scope", _ORGANISATION_SCOPE))


def activities_in_scope(question: Question) -> str:
    """A condition on a version `f` of an activity, whatever its period (R11)."""
    return _scoped(question, _BY_ORGANISATION)


def enrolments_in_scope(question: Question) -> str:
    """A condition on an enrolment span or a convention `f`: they have no organiser, the programme's are read (R11)."""
    return _scoped(question, _ENROLMENT_BY_ORGANISATION)


def current_activities(question: Question, *, organised: bool = False) -> Steps:
    """What a figure is computed from. `activity`: current versions of the period and scope that are read one by one.

    `gathered` are the programmes' terms of which only what is not plain is read so (gathered.py). `organised`: the
    figure asks who organised each activity, whatever the question.
    """
    in_programme = _IN_PROGRAMME if question.programme is not None else "true"
    organised = organised or question.organisation is not None or question.by is By.ORGANISATION
    apart = f"""
        SELECT f.* FROM session_fact f WHERE NOT f.superseded AND NOT f.plain AND {_IN_PERIOD} AND {in_programme}
    """  # noqa: S608 - constants of this module
    loose = f"""
        SELECT f.* FROM session_fact f JOIN loose l ON l.programme = f.programme
            AND f.day >= l.starts_on AND f.day < l.ends_on
        WHERE NOT f.superseded AND f.plain AND {_IN_PERIOD} AND {among("f.programme", "loose")}
    """  # noqa: S608 - our own names
    activity = f"""
        SELECT f.*, 'current' AS standing FROM ({apart} UNION ALL {loose}) AS f WHERE {activities_in_scope(question)}
    """  # noqa: S608 - constants of this module
    return (
        *scope_steps(),
        *term_steps(in_programme, organised=organised),
        ("told", "SELECT false AS everything"),
        ("activity", activity),
    )


def all_activities(question: Question) -> Steps:
    """What explains a figure. `activity`: every version of each activity of which any version falls into the question.

    With its standing: the rows with `current` are exactly those that the figure counts. All of them are read one by
    one, so that nothing is `gathered`.
    """
    in_scope = activities_in_scope(question)
    touched = f"SELECT DISTINCT f.session FROM session_fact f WHERE {_IN_PERIOD} AND {in_scope}"  # noqa: S608
    activity = f"""
        SELECT f.*, CASE
            WHEN f.version < c.version THEN 'superseded'
            WHEN NOT ({_IN_PERIOD}) THEN 'out_of_period'
            WHEN NOT ({in_scope}) THEN 'out_of_scope'
            ELSE 'current' END AS standing
        FROM session_fact f
        JOIN session_current c ON c.session = f.session
        WHERE {among("f.session", "touched")} AND {among("c.session", "touched")}
    """  # noqa: S608 - constants of this module
    told = ("told", "SELECT true AS everything")
    return (*scope_steps(), NOTHING_GATHERED, told, ("touched", touched), ("activity", activity))
