"""What systems say of sessions: planned, held, corrected, cancelled, forgotten. Each with its own references only."""

import random
from datetime import timedelta
from typing import Any

from examples.generator.messages import Fact, at
from examples.generator.sessions import ABSENT, Fate, Seat, Session
from examples.generator.strangers import Strangers
from examples.generator.world import World

Data = dict[str, Any]
Said = list[tuple[str, Data, int]]
"""Event, data, and on which day after the session it is said."""


def session_facts(world: World, strangers: Strangers) -> list[Fact]:
    """Every report of every session. Versions go up, not always by one."""
    rng, facts = world.plan.rng("session facts"), list[Fact]()
    for session in world.sessions:
        version = 0
        for event, data, days in _said(world, rng, session, strangers):
            version += rng.choice([1, 1, 1, 2])
            moment = at(session.day, session.hour) + timedelta(days=days, hours=3)
            subject = f"session/{session.reference}"
            facts.append(Fact(session.system, event, subject, {**data, "version": version}, moment))
    return facts


def _said(world: World, rng: random.Random, session: Session, strangers: Strangers) -> Said:
    asked = world.plan.table("trouble")
    planned: Said = [("session.planned", _what(session), -21)] if rng.random() < asked["planned_share"] else []
    match session.fate:
        case Fate.NEVER_HELD:
            return [("session.planned", _what(session), -21)]
        case Fate.CANCELLED:
            return _cancelled(world, rng, session, planned)
    roll = _roll(world, session, strangers)
    if rng.random() >= asked["corrected_share"]:
        return [*planned, ("session.held", roll, 1)]
    return [*planned, ("session.held", _mistaken(rng, session, roll), 0), ("session.held", roll, 9)]


def _cancelled(world: World, rng: random.Random, session: Session, planned: Said) -> Said:
    asked, drawn, what = world.plan.table("trouble"), rng.random(), _what(session)
    if drawn < asked["cancelled_unseen_share"]:
        return [("session.cancelled", what, 2)]
    if drawn < asked["cancelled_unseen_share"] + asked["cancelled_after_held_share"]:
        # The app closes a roll by itself with everybody present; somebody notices the day after.
        full = [_presence(world, session, Seat(pupil, "present")) for pupil in session.members]
        held = {**what, "presences": full, "headcounts": _headcounts(session)}
        return [*planned, ("session.held", held, 0), ("session.cancelled", what, 2)]
    return [*(planned or [("session.planned", what, -21)]), ("session.cancelled", what, 2)]


def _what(session: Session) -> Data:
    data: Data = {
        "session": session.reference,
        "programme": session.series.programme,
        "activity": session.series.activity,
        "starts_at": at(session.day, session.hour).isoformat(),
        "minutes": session.minutes,
    }
    optional = {"place": session.place, "subject_taught": session.subject, "title": session.title}
    data |= {name: value for name, value in optional.items() if value}
    if session.organisers:
        data["organisers"] = list(session.organisers)
    return data


def _roll(world: World, session: Session, strangers: Strangers) -> Data:
    data, year = _what(session), session.year
    presences = [_presence(world, session, seat) for seat in session.seats]
    data["presences"] = presences + strangers.presences.get(session.reference, [])
    acting = []
    for act in session.acts:
        record = world.registers.record(act.person, session.system, year, pupil=False)
        line: Data = {"record": record, "role": act.role}
        if act.missed:
            line["minutes"] = session.minutes - act.missed
        if act.preparation:
            line["preparation_minutes"] = act.preparation
        acting.append(line)
    data["acting"] = acting + strangers.acting.get(session.reference, [])
    if session.cells:
        data["headcounts"] = _headcounts(session)
    if session.series.stands:
        data["stands"] = [dict(stand) for stand in session.series.stands]
    return data


def _headcounts(session: Session) -> list[Data]:
    counts = []
    for cell in session.cells:
        count: Data = {"establishment": cell.uai, "level": cell.level, "pupils": cell.pupils}
        counts.append(count if cell.girls is None else {**count, "girls": cell.girls})
    return counts


def _presence(world: World, session: Session, seat: Seat) -> Data:
    record = world.registers.record(seat.pupil, session.system, session.year, pupil=True)
    line: Data = {"record": record, "status": seat.status}
    if seat.missed:
        line["minutes"] = session.minutes - seat.missed
    return line


def _mistaken(rng: random.Random, session: Session, roll: Data) -> Data:
    """The roll as it was first sent: wrong presences, numbers, stands or minutes, or the date of the week before."""
    kind = rng.choice(["who", "who", "minutes", "date"])
    if kind == "date":
        return {**roll, "starts_at": at(session.day - timedelta(days=7), session.hour).isoformat()}
    if kind == "minutes":
        return {**roll, "minutes": session.minutes + rng.choice([15, 30, 45])}
    lines = [dict(line) for line in roll["presences"]]
    for line in rng.sample(lines, min(2, len(lines))):
        line.pop("minutes", None)
        line["status"] = "present" if line["status"] in ABSENT else "absent_non_justifie"
    mistaken = {**roll, "presences": lines[: len(lines) - rng.choice([0, 0, 1])]}
    if session.cells:
        mistaken["headcounts"] = [{**count, "pupils": count["pupils"] + 40} for count in roll["headcounts"]]
    if "stands" in roll:
        mistaken["stands"] = [{**stand, "status": "demande"} for stand in roll["stands"]]
    return mistaken
