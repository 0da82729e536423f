"""What partners report. It happened: their own versions decide what is news, and a broken rule becomes a remark."""

from enum import StrEnum

from chassis.errors import Refused
from contracts.sessions import SessionCancelled, SessionEvent, SessionHeld, SessionPlanned
from services.sessions.commands import Report
from services.sessions.domain.state import Session


class Standing(StrEnum):
    """A report against what its source said before."""

    NEWER = "newer"
    REPEATED = "repeated"
    OLDER = "older"


class Remark(StrEnum):
    """What was odd about a report that was recorded nevertheless."""

    HELD_AFTER_CANCELLED = "held_after_cancelled"
    PLANNED_AFTER_CANCELLED = "planned_after_cancelled"
    CANCELLED_AFTER_HELD = "cancelled_after_held"
    ROLL_WITHDRAWN = "roll_withdrawn"
    HELD_IN_THE_FUTURE = "held_in_the_future"
    CORRECTION_REPLACED = "correction_replaced"


_ODD: dict[tuple[type, type], Remark] = {
    (SessionCancelled, SessionHeld): Remark.HELD_AFTER_CANCELLED,
    (SessionCancelled, SessionPlanned): Remark.PLANNED_AFTER_CANCELLED,
    (SessionHeld, SessionCancelled): Remark.CANCELLED_AFTER_HELD,
    (SessionHeld, SessionPlanned): Remark.ROLL_WITHDRAWN,
}


def standing(session: Session, report: Report) -> Standing:
    """Against the source's last version, not ours. Raises `Refused` for the same version with other content."""
    said = session.reported
    if said is None or report.fact.version > said.version:
        return Standing.NEWER
    if report.fact.version < said.version:
        return Standing.OLDER
    if report.digest != said.digest:
        raise Refused("version_reused", "version", "this version was reported before with other content")
    return Standing.REPEATED


def record_report(session: Session, report: Report) -> SessionEvent:
    """The fact of a newer report under our next version, the source's own beside it. No rule of state refuses it.

    The source's highest version is its truth: planned again after held withdraws the roll, held after cancelled
    brings the session back, and a coordinator's correction is replaced.
    """
    return report.fact.model_copy(update={"version": session.version + 1, "reported_version": report.fact.version})


def remarks(session: Session, report: Report) -> tuple[Remark, ...]:
    """The rules that a newer report breaks, given the session as it was before."""
    odd = _ODD.get((type(session.fact), type(report.fact)))
    early = isinstance(report.fact, SessionHeld) and report.fact.starts_at > report.now
    corrected = session.reported is not None and session.version > session.reported.became
    return tuple(
        remark
        for remark, found in (
            (odd, odd is not None),
            (Remark.HELD_IN_THE_FUTURE, early),
            (Remark.CORRECTION_REPLACED, corrected),
        )
        if remark is not None and found
    )
