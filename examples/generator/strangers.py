"""Presences under references that nobody registers (R4b): they must count in no figure of persons."""

import random
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from examples.generator.joins import joined, side
from examples.generator.messages import Fact, at
from examples.generator.sessions import Fate, Session
from examples.generator.world import World


@dataclass
class Strangers:
    """Extra lines on rolls, by session reference, and the joins that lead to records without a profile."""

    presences: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    acting: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    facts: list[Fact] = field(default_factory=list)


def draw_strangers(world: World) -> Strangers:
    """Each on one roll of a tutoring session."""
    plan, strangers = world.plan, Strangers()
    rng, asked = plan.rng("strangers"), plan.table("trouble")
    held = [session for session in world.sessions if session.fate is Fate.HELD and session.tutoring and session.members]
    apart = [session for session in held if _home(session) is not session.system]
    for _ in range(plan.scaled(asked["unknown_references"]) if held else 0):
        _seat(world, strangers, rng.choice(held))
    for number in range(plan.scaled(asked["unregistered_records"]) if apart else 0):
        session = rng.choice(apart)
        strangers.facts.append(_unregistered(world, session, _seat(world, strangers, session), number))
    for _ in range(plan.scaled(asked["unknown_tutors"]) if held else 0):
        session = rng.choice(held)
        account = world.registers.next(session.system, "t", session.year)
        strangers.acting.setdefault(session.reference, []).append({"record": account, "role": "tuteur"})
    _add_doubles(world, strangers)
    return strangers


def _add_doubles(world: World, strangers: Strangers) -> None:
    """The second account of a pupil stands on some rolls beside the first one, and must change nothing (R4)."""
    rng = world.plan.rng("doubles")
    for session in world.sessions:
        for seat in session.seats:
            records = world.registers.records(seat.pupil, session.system, session.year, pupil=True)
            if len(records) > 1 and rng.choice([True, False]):
                strangers.presences.setdefault(session.reference, []).append(_double(rng, session, records[1], seat))


def _double(rng: random.Random, session: Session, record: str, seat: Any) -> dict[str, Any]:
    if seat.present and not seat.missed and rng.choice([True, False]):
        return {"record": record, "status": "depart_anticipe", "minutes": max(0, session.minutes - 20)}
    return {"record": record, "status": "absent_non_justifie"}


def _home(session: Session) -> Any:
    return session.members[0].home(session.year, pupil=True)


def _seat(world: World, strangers: Strangers, session: Session) -> str:
    letter = "p" if _home(session) is session.system else "e"
    account = world.registers.next(session.system, letter, session.year)
    strangers.presences.setdefault(session.reference, []).append({"record": account, "status": "present"})
    return account


def _unregistered(world: World, session: Session, account: str, number: int) -> Fact:
    """Somebody joins the account to a record of the pupils' school of which that school never says anything."""
    plan, home, year = world.plan, _home(session), session.year
    record = world.registers.next(home, "p", year)
    sides = [side(session.system, account, year), side(home, record, year)]
    sender = plan.systems[session.system.stated_by]
    return joined(sender, f"{plan.programme}-n-{number + 1:04d}", sides, at(date(year, 10, 15), "11:00"))
