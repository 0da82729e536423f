"""Which rolls to open for some records: only rolls that are never gathered have an index by record.

Plain ones are read with all those of their term. Which terms, is known of what is gathered; where nobody has gathered
yet, it may be any.
"""

from services.reporting.queries.question import Steps, among, are_few


def opened_steps(records: str, column: str, gathered: str = "true") -> Steps:
    """`opened_roll`: every session whose list `column` may name one of the step `records`; none where they are many.

    `gathered`: a condition, whether plain rolls are wanted that somebody has gathered.
    """
    few, wanted = are_few(records), f"(SELECT record FROM {records})"  # noqa: S608 - our own names
    terms = f"""
        SELECT programme, term FROM programme_term WHERE {few} AND stale_since IS NOT NULL
        UNION
        SELECT programme, term FROM participation WHERE {few} AND {gathered} AND record = ANY(ARRAY{wanted})
    """  # noqa: S608 - our own names
    rolls = f"""
        SELECT r.session FROM session_roll r WHERE {few} AND NOT r.plain AND r.{column} && ARRAY{wanted}
        UNION ALL
        SELECT r.session FROM session_roll r JOIN opened_term t ON t.programme = r.programme AND t.term = r.term
        WHERE r.plain AND {among("r.programme", "opened_term")} AND {among("r.term", "opened_term")}
    """  # noqa: S608 - our own names
    return (("opened_term", terms), ("opened_roll", rolls))
