"""Member schools of a question, each with the dates of its membership (I20, I22, I26, I34)."""

from services.reporting.queries.question import Question, Steps, among

_UNDER_PROGRAMME = f"""
    SELECT o.organisation, o.starts_on, o.ends_on FROM organiser o WHERE {among("o.programme", "programme_scope")}
    UNION
    SELECT m.organisation, greatest(m.starts_on, t.starts_on), least(m.ends_on, t.ends_on)
    FROM membership m JOIN member_tree t ON m.parent = t.organisation
    WHERE greatest(m.starts_on, t.starts_on) < least(m.ends_on, t.ends_on)
"""  # noqa: S608 - our own names

_EVERYBODY = """
    SELECT organisation, CAST('-infinity' AS date) AS starts_on, CAST('infinity' AS date) AS ends_on FROM organisation
"""

_SCHOOLS = """
    SELECT t.* FROM member_tree t JOIN organisation g ON g.organisation = t.organisation
    WHERE g.nature IN ('ecole', 'universite')
"""


def member_steps(question: Question) -> Steps:
    """`member_school`: what is under the organisation asked for; else under the programmes' organisers; else all.

    A school stands there once for every stretch of membership.
    """
    tree = _EVERYBODY
    if question.organisation is not None:
        tree = "SELECT * FROM organisation_scope"
    elif question.programme is not None:
        tree = _UNDER_PROGRAMME
    return (("member_tree", tree), ("member_school", _SCHOOLS))
