"""The rules of a session. Pure: no clock, no database, no Kafka.

`wishes` may refuse, `reports` only remark, `state` alone says what a fact changes.
"""

from services.sessions.domain.entries import entries, first_unknown
from services.sessions.domain.reports import Remark, Standing, record_report, remarks, standing
from services.sessions.domain.state import STATUS, Reported, Session, Status, evolve, remember
from services.sessions.domain.wishes import cancel_session, hold_session, plan_session

__all__ = [
    "STATUS",
    "Remark",
    "Reported",
    "Session",
    "Standing",
    "Status",
    "cancel_session",
    "entries",
    "evolve",
    "first_unknown",
    "hold_session",
    "plan_session",
    "record_report",
    "remarks",
    "remember",
    "standing",
]
