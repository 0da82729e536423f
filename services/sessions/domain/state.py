"""What a session is, and what a fact changes in it."""

from dataclasses import dataclass, replace
from enum import StrEnum

from contracts.sessions import SessionCancelled, SessionEvent, SessionHeld, SessionPlanned
from services.sessions.commands import Report


class Status(StrEnum):
    """What the last fact made of the session."""

    PLANNED = "planned"
    HELD = "held"
    CANCELLED = "cancelled"


STATUS: dict[type[SessionEvent], Status] = {
    SessionPlanned: Status.PLANNED,
    SessionHeld: Status.HELD,
    SessionCancelled: Status.CANCELLED,
}


@dataclass(frozen=True)
class Reported:
    """The last word of the session's source: its version, a digest of it, and which of our versions it became."""

    version: int
    digest: str
    became: int


@dataclass(frozen=True)
class Session:
    """A session as it is. Each fact carries the whole state, so the last one is the state; None: nobody spoke of it.

    `source` is the system that first spoke of it, None for a coordinator.
    """

    id: str
    source: str | None = None
    fact: SessionEvent | None = None
    reported: Reported | None = None

    @property
    def version(self) -> int:
        """Ours; 0 before the first fact."""
        return self.fact.version if self.fact else 0

    @property
    def last(self) -> SessionEvent:
        """The last fact, where there must be one."""
        if self.fact is None:
            raise RuntimeError("nobody has spoken of this session yet")
        return self.fact


def evolve(session: Session, fact: SessionEvent) -> Session:
    """The session after the fact. The highest version is the truth: a late or repeated fact changes nothing."""
    return replace(session, fact=fact) if fact.version > session.version else session


def remember(session: Session, report: Report) -> Session:
    """The session after its fact was recorded, with the report as its source's last word."""
    return replace(session, reported=Reported(report.fact.version, report.digest, session.version))
