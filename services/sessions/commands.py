"""Wishes of coordinators and partners, and reports of partners' systems, as plain data. No rule, no I/O.

Time comes in with the command, so that the rules are deterministic. In a wish the records are the references of
`source`; in a report they are ours already.
"""

from dataclasses import dataclass
from datetime import datetime

from contracts.sessions import Acting, Headcount, Presence, SessionEvent, Stand
from contracts.vocabulary import Activity


@dataclass(frozen=True)
class Details:
    """What, when (UTC), how long (whole minutes), where and for whom."""

    programme: str
    activity: Activity
    starts_at: datetime
    minutes: int
    place: str | None = None
    organisers: tuple[str, ...] = ()
    subject_taught: str | None = None
    title: str | None = None


@dataclass(frozen=True)
class Roll:
    """Who counts in a session. `minutes` is its actual length; without it, the one that is known stands (R9)."""

    minutes: int | None = None
    presences: tuple[Presence, ...] = ()
    headcounts: tuple[Headcount, ...] = ()
    acting: tuple[Acting, ...] = ()
    stands: tuple[Stand, ...] = ()


@dataclass(frozen=True)
class PlanSession:
    """Put a session on the calendar, or correct its details."""

    session: str
    source: str | None
    details: Details
    now: datetime


@dataclass(frozen=True)
class HoldSession:
    """Hand in the roll of a session, or correct it."""

    session: str
    source: str | None
    roll: Roll
    now: datetime


@dataclass(frozen=True)
class CancelSession:
    """Say that a session does not take place, or that it never did."""

    session: str
    source: str | None
    now: datetime


@dataclass(frozen=True)
class Report:
    """A partner's fact. `fact` has our ids and the time in UTC; `version` is still the partner's own."""

    fact: SessionEvent
    source: str
    digest: str
    now: datetime
