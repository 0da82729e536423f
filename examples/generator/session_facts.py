"""What the tutoring app says of sessions: planned, held, corrected, cancelled, forgotten. Its own references only."""

import random
from datetime import timedelta
from typing import Any

from examples.generator.messages import Fact, at
from examples.generator.plan import Plan
from examples.generator.sessions import ABSENT, Fate, Seat, Session
from examples.generator.strangers import Strangers
from examples.generator.world import World

Data = dict[str, Any]


def session_facts(world: World, strangers: Strangers) -> list[Fact]:
    """Every report of every session. Versions go up, not always by one."""
    rng = world.plan.rng("session facts")
    facts = []
    for session in world.sessions:
        version = 0
        for event, data, days in _said(world.plan, rng, session, strangers):
            version += rng.choice([1, 1, 1, 2])
            moment = at(session.day, session.hour) + timedelta(days=days, hours=3)
            facts.append(
                Fact(world.plan.sessions, event, f"session/{session.reference}", {**data, "version": version}, moment)
            )
    return facts


def _said(plan: Plan, rng: random.Random, session: Session, strangers: Strangers) -> list[tuple[str, Data, int]]:
    """Event, data, and on which day after the session it is said."""
    asked = plan.tables["trouble"]
    planned = [("session.planned", _what(plan, session), -21)] if rng.random() < asked["planned_share"] else []
    match session.fate:
        case Fate.NEVER_HELD:
            return [("session.planned", _what(plan, session), -21)]
        case Fate.CANCELLED:
            return _cancelled(plan, rng, session, planned)
    roll = _roll(plan, rng, session, strangers)
    if rng.random() >= asked["corrected_share"]:
        return [*planned, ("session.held", roll, 1)]
    return [*planned, ("session.held", _mistaken(rng, session, roll), 0), ("session.held", roll, 9)]


def _cancelled(
    plan: Plan, rng: random.Random, session: Session, planned: list[tuple[str, Data, int]]
) -> list[tuple[str, Data, int]]:
    asked, drawn, said = plan.tables["trouble"], rng.random(), ("session.cancelled", _what(plan, session), 2)
    if drawn < asked["cancelled_unseen_share"]:
        return [said]
    if drawn < asked["cancelled_unseen_share"] + asked["cancelled_after_held_share"]:
        # The app closes a roll by itself with everybody present; somebody notices the day after.
        full = [_presence(session, Seat(pupil, "present")) for pupil in session.members]
        return [*planned, ("session.held", {**_what(plan, session), "presences": full}, 0), said]
    return [*(planned or [("session.planned", _what(plan, session), -21)]), said]


def _what(plan: Plan, session: Session) -> Data:
    data: Data = {
        "session": session.reference,
        "programme": plan.programme,
        "activity": session.activity,
        "starts_at": at(session.day, session.hour).isoformat(),
        "minutes": session.minutes,
        "organisers": [plan.organisation],
    }
    if session.place:
        data["place"] = session.place
    if session.subject:
        data["subject_taught"] = session.subject
    return data


def _roll(plan: Plan, rng: random.Random, session: Session, strangers: Strangers) -> Data:
    data = _what(plan, session)
    data["presences"] = [_presence(session, seat) for seat in session.seats]
    data["presences"] += strangers.presences.get(session.reference, [])
    acting = []
    for act in session.acts:
        line: Data = {"record": act.person.accounts[session.year], "role": act.role}
        if act.missed:
            line["minutes"] = session.minutes - act.missed
        if act.preparation:
            line["preparation_minutes"] = act.preparation
        acting.append(line)
    data["acting"] = acting + strangers.acting.get(session.reference, [])
    if session.place and session.members and rng.random() < plan.tables["trouble"]["headcount_share"]:
        level = rng.choice(session.members).stays[session.year].schooling[0].level
        data["headcounts"] = [{"establishment": session.place, "level": level, "pupils": rng.randrange(10, 30)}]
    return data


def _presence(session: Session, seat: Seat) -> Data:
    line: Data = {"record": seat.pupil.stays[session.year].accounts[0], "status": seat.status}
    if seat.missed:
        line["minutes"] = session.minutes - seat.missed
    return line


def _mistaken(rng: random.Random, session: Session, roll: Data) -> Data:
    """The roll as it was first sent: wrong presences, wrong minutes, or the date of the week before."""
    kind = rng.choice(["presences", "presences", "minutes", "date"])
    if kind == "date":
        return {**roll, "starts_at": at(session.day - timedelta(days=7), session.hour).isoformat()}
    if kind == "minutes":
        return {**roll, "minutes": session.minutes + rng.choice([15, 30, 45])}
    lines = [dict(line) for line in roll["presences"]]
    for line in rng.sample(lines, min(2, len(lines))):
        line.pop("minutes", None)
        line["status"] = "present" if line["status"] in ABSENT else "absent_non_justifie"
    return {**roll, "presences": lines[: len(lines) - rng.choice([0, 0, 1])]}
