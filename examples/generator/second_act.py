"""What comes after the figures are out: one roll corrected, one session cancelled. Persons stay counted, hours move."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from examples.generator.messages import Fact
from examples.generator.plan import Plan, PlanRefused
from examples.generator.sessions import ABSENT, Seat, Session, tutored
from examples.generator.world import World

_FEWER, _TWICE = 3, 2


@dataclass(frozen=True)
class SecondAct:
    """Two facts, and who is concerned in the references of the tutoring app."""

    corrected: Fact
    cancelled: Fact
    absent: list[str]

    def named(self, world: World) -> dict[str, Any]:
        """The references, for whoever shows what moved."""
        return {
            "programme": world.plan.programme,
            "source": world.plan.sessions.source,
            "corrected": {
                "session": self.corrected.data["session"],
                "version": self.corrected.data["version"],
                "absent": self.absent,
            },
            "cancelled": {"session": self.cancelled.data["session"], "version": self.cancelled.data["version"]},
        }


def second_act(world: World, facts: list[Fact]) -> SecondAct:
    """Choose two sessions of the period aimed at whose pupils are there often enough without them."""
    rng = world.plan.rng("second act")
    rolls = {fact.data["session"]: fact for fact in facts if fact.event == "session.held"}
    said = [fact for fact in facts if fact.event.startswith("session.")]
    last = max(fact.at for fact in said)
    spare = _spare(world)
    if len(spare) < _TWICE:
        raise PlanRefused("too few sessions to correct one and cancel another")
    fullest = max(_present(session) for session in spare)
    first = rng.choice([session for session in spare if _present(session) == fullest])
    second = rng.choice([session for session in spare if session is not first])
    corrected = rolls[first.reference]
    lines = [dict(line) for line in corrected.data["presences"]]
    own = {seat.pupil.stays[first.year].accounts[0] for seat in first.seats}
    present = [line for line in lines if line["record"] in own and line["status"] not in ABSENT]
    absent = rng.sample(present, min(_FEWER, len(present)))
    for line in absent:
        line["status"] = "absent_non_justifie"
        line.pop("minutes", None)
    return SecondAct(
        _next(corrected, "session.held", {**corrected.data, "presences": lines}, last),
        _next(rolls[second.reference], "session.cancelled", _without_roll(rolls[second.reference].data), last),
        [line["record"] for line in absent],
    )


def _present(session: Session) -> int:
    return sum(seat.present for seat in session.seats)


def _spare(world: World) -> list[Session]:
    """Tutoring sessions of the period without which, two at once, every figure of persons stays, level by level."""
    plan = world.plan
    own = [session for session in world.sessions if session.tutoring and plan.in_aim(session.day) and session.seats]
    times = Counter(key for session in own for key in _counted(plan, session))
    return [
        session
        for session in own
        if all(times[key] > _TWICE for key in _counted(plan, session))
        and not any(seat.present and _is_special(plan, session, seat) for seat in session.seats)
    ]


def _counted(plan: Plan, session: Session) -> list[tuple[int, int]]:
    """Who counts for being there, by school year."""
    pupils = [seat.pupil for seat in session.seats if seat.present and tutored(plan, session, seat.pupil)]
    return [(id(who), session.year) for who in (*pupils, *{act.person for act in session.acts})]


def _is_special(plan: Plan, session: Session, seat: Seat) -> bool:
    """There without counting as tutored, with two accounts, or in two establishments: other figures hang on them."""
    stay = seat.pupil.stays[session.year]
    return len(stay.accounts) > 1 or len(stay.schooling) > 1 or not tutored(plan, session, seat.pupil)


def _without_roll(data: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in data.items() if name not in {"presences", "acting", "headcounts"}}


def _next(before: Fact, event: str, data: dict[str, Any], last: datetime) -> Fact:
    data = {**data, "version": before.data["version"] + 1}
    return Fact(before.system, event, before.subject, data, last + timedelta(days=5))
