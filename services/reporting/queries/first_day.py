"""The first activity of the period at which a person was, of any programme and organiser (R7)."""

from services.reporting.gathering.term import LONGEST
from services.reporting.queries.people import THERE
from services.reporting.queries.question import FEW, among, rows_of
from services.reporting.queries.terms import HOLDS

_IN_PERIOD = "f.day >= :starts_on AND f.day < :ends_on"
_WANTED = "(SELECT record FROM person_record)"
# A record stands on a handful of rolls that are never gathered: opening these may be less work than opening all such.
_FEW_WANTED = f"""(SELECT count(*) <= {FEW} AND count(*) * 5 <= (SELECT count(*) FROM loose_session WHERE NOT plain)
    FROM person_record)"""  # noqa: S608 - a number


def _within(array: str) -> str:
    """The first of these days of participation `p` that lies in the period."""
    return f"""(SELECT p.term + min(u.day) FROM unnest({array}) AS u (day)
        WHERE p.term + u.day >= :starts_on AND p.term + u.day < :ends_on)"""  # noqa: S608 - a column of ours


def _gathered(acting: str) -> str:
    return f"""
        SELECT p.record, {_within("p.days")} AS there, {_within("p.absences")} AS elsewhere
        FROM {rows_of("participation", "record", "person_record")} p
        JOIN programme_term t ON t.programme = p.programme AND t.term = p.term AND t.stale_since IS NULL
        WHERE p.acting = {acting} AND p.term < :ends_on AND p.term > :starts_on - {LONGEST}
    """  # noqa: S608 - constants of this package


_CURRENT = f"f.status = 'held' AND NOT f.superseded AND {_IN_PERIOD}"
# What no term has gathered.
_LOOSE = f"""
    SELECT f.session, f.version, f.day, f.plain FROM session_fact f WHERE {_CURRENT} AND NOT f.plain
    UNION ALL
    SELECT f.session, f.version, f.day, f.plain FROM session_fact f
    WHERE {_CURRENT} AND f.plain AND f.programme = ANY(ARRAY(
        SELECT programme FROM programme_term WHERE stale_since IS NOT NULL)) AND NOT {HOLDS.format(of="f")}
"""  # noqa: S608 - constants of this package


def _read(lines: str, there: str, sessions: str) -> str:
    """Rolls that nobody has gathered: for few records those that may name them, and for many all, with everybody."""
    days = f"CASE WHEN {there} THEN f.day END AS there, CASE WHEN NOT {there} THEN f.day END AS elsewhere"
    return f"""
        SELECT p.record, {days}
        FROM {lines} p JOIN session_fact f ON f.session = p.session AND f.version = p.version
        WHERE {_FEW_WANTED} AND {_CURRENT} AND NOT (f.plain AND {HOLDS.format(of="f")})
            AND p.session = ANY(ARRAY({sessions})) AND f.session = ANY(ARRAY({sessions}))
        UNION ALL
        SELECT p.record, {days}
        FROM {lines} p JOIN loose_session f ON f.session = p.session AND f.version = p.version
        WHERE NOT {_FEW_WANTED} AND {among("p.session", "loose_session")}
    """  # noqa: S608 - constants of this package


def _opened(column: str) -> str:
    return f"""
        SELECT l.session FROM loose_session l WHERE {_FEW_WANTED} AND l.plain
        UNION ALL
        SELECT r.session FROM session_roll r WHERE {_FEW_WANTED} AND NOT r.plain AND r.{column} && ARRAY{_WANTED}
    """  # noqa: S608 - constants of this package


def _first(gathered: str, read: str) -> str:
    return f"""
        WITH loose_session AS MATERIALIZED ({_LOOSE}),
        stood AS MATERIALIZED ({gathered} UNION ALL {read})
        SELECT r.person, coalesce(min(s.there), min(s.elsewhere)) AS day
        FROM person_record r JOIN stood s ON s.record = r.record
        WHERE s.there IS NOT NULL OR s.elsewhere IS NOT NULL
        GROUP BY r.person
    """  # noqa: S608 - constants of this package


# The first one that counts, else the first one at which the pupil was expected.
FIRST_PUPIL_DAY = _first(_gathered("false"), _read("presence", f"p.status IN {THERE}", _opened("records")))
FIRST_VOLUNTEER_DAY = _first(_gathered("true"), _read("acting", "true", _opened("acting_records")))
