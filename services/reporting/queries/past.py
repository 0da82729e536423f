"""Every countable presence of given persons, of any year: from what is gathered, else from the rolls.

An explanation names sessions, so it reads rolls alone.
"""

from services.reporting.queries.people import THERE, registered
from services.reporting.queries.question import Steps, among, are_few, rows_of
from services.reporting.queries.rolls import opened_steps
from services.reporting.queries.terms import HOLDS

_EVERYTHING = "(SELECT everything FROM told)"


def _chosen() -> Steps:
    """`past_line`, and how it is come by.

    Each case is asked for by itself: for few records those rolls are opened that may name one and that nobody has
    gathered; for many, rolls are read in one go, all of them or those that nobody has gathered.
    """
    few, loose = are_few("person_record"), f"NOT (f.plain AND {HOLDS.format(of='f')})"
    opened = f"""
        SELECT f.session FROM session_fact f
        WHERE {among("f.session", "opened_roll")} AND NOT f.superseded AND ({_EVERYTHING} OR {loose})
    """  # noqa: S608 - constants of this package
    ungathered = f"""
        SELECT f.session FROM session_fact f WHERE NOT {few} AND NOT {_EVERYTHING} AND NOT f.superseded AND {loose}
    """  # noqa: S608 - constants of this package
    lines = f"""
        SELECT p.session, p.version, p.record, p.status FROM presence p
        WHERE {few} AND {among("p.session", "opened")} AND p.record IN (SELECT record FROM person_record)
        UNION ALL
        SELECT p.session, p.version, p.record, p.status FROM presence p WHERE NOT {few} AND {_EVERYTHING}
        UNION ALL
        SELECT p.session, p.version, p.record, p.status FROM presence p
        WHERE NOT {few} AND NOT {_EVERYTHING} AND {among("p.session", "ungathered")}
    """  # noqa: S608 - constants of this package
    return (
        *opened_steps("person_record", "records", _EVERYTHING),
        ("opened", opened),
        ("ungathered", ungathered),
        ("past_line", lines),
    )


_PAST_READ = f"""
    SELECT p.record, f.day, f.session, f.version, f.activity
    FROM past_line p JOIN past_session f ON f.session = p.session AND f.version = p.version
    WHERE p.status IN {THERE}
"""  # noqa: S608 - constants of this package

_TAKEN = f"""
    SELECT f.record, f.day, CAST(NULL AS text) AS session, CAST(NULL AS bigint) AS version, f.activity
    FROM (
        SELECT p.record, p.programme, p.term + p.day AS day, s.activity, s.organisers
        FROM (
            SELECT p.record, p.programme, p.term, u.strand, u.day
            FROM {rows_of("participation", "record", "person_record")} p
            JOIN programme_term t ON t.programme = p.programme AND t.term = p.term AND t.stale_since IS NULL
            CROSS JOIN LATERAL unnest(p.strands, p.days) AS u (strand, day)
            WHERE NOT p.acting AND NOT {_EVERYTHING} OFFSET 0) AS p
        JOIN strand s ON s.programme = p.programme AND s.term = p.term AND s.strand = p.strand) AS f
    WHERE {{in_scope}}
"""  # noqa: S608 - constants of this package

_PAST = """
    SELECT r.person, p.day, p.session, p.version, p.activity
    FROM (SELECT * FROM past_read UNION ALL SELECT * FROM past_taken) AS p
    JOIN person_record r ON r.record = p.record
    JOIN pupil u ON u.person = r.person
"""


def past_presences(in_scope: str = "true") -> Steps:
    """`past`: every countable presence, of any year, of the registered pupils among the step `person`.

    `in_scope` is a condition on an activity `f`. Where a presence was gathered, its session is not named.
    """
    sessions = f"""
        SELECT f.* FROM session_fact f
        WHERE f.status = 'held' AND NOT f.superseded AND {among("f.session", "past_line")} AND {in_scope}
            AND ({_EVERYTHING} OR NOT (f.plain AND {HOLDS.format(of="f")}))
    """  # noqa: S608 - constants of this package
    return (
        ("pupil", registered("profile", "enrolment_span")),
        *_chosen(),
        ("past_session", sessions),
        ("past_read", _PAST_READ),
        ("past_taken", _TAKEN.format(in_scope=in_scope)),
        ("past", _PAST),
    )
