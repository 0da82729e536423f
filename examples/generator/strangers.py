"""Presences under references that nobody registers (R4b): they must count in no figure of persons."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

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
    rng, asked = plan.rng("strangers"), plan.tables["trouble"]
    held = [session for session in world.sessions if session.fate is Fate.HELD and session.tutoring]
    for _ in range(plan.scaled(asked["unknown_references"])):
        _seat(world, strangers, rng.choice(held))
    for number in range(plan.scaled(asked["unregistered_records"])):
        session = rng.choice(held)
        strangers.facts.append(_unregistered(world, session, _seat(world, strangers, session), number))
    for _ in range(plan.scaled(asked["unknown_tutors"])):
        session = rng.choice(held)
        account = world.registers.of(plan.sessions.source, "t", session.year).next()
        strangers.acting.setdefault(session.reference, []).append({"record": account, "role": "tuteur"})
    return strangers


def add_doubles(world: World, strangers: Strangers) -> None:
    """The second account of a pupil stands on some rolls beside the first one, and must change nothing (R4)."""
    rng = world.plan.rng("doubles")
    for session in world.sessions:
        for seat in session.seats:
            stay = seat.pupil.stays[session.year]
            if len(stay.accounts) > 1 and rng.choice([True, False]):
                line: dict[str, Any] = {"record": stay.accounts[1], "status": "absent_non_justifie"}
                if seat.present and not seat.missed and rng.choice([True, False]):
                    line |= {"status": "depart_anticipe", "minutes": session.minutes - 20}
                strangers.presences.setdefault(session.reference, []).append(line)


def _seat(world: World, strangers: Strangers, session: Session) -> str:
    account = world.registers.of(world.plan.sessions.source, "e", session.year).next()
    strangers.presences.setdefault(session.reference, []).append({"record": account, "status": "present"})
    return account


def _unregistered(world: World, session: Session, account: str, number: int) -> Fact:
    """The school joins the account to a record of the lycée of which the lycée never says anything."""
    plan, system, year = world.plan, session.lycee.system, session.year
    record = world.registers.of(system.source, "p", 0 if system.stable else year).next()
    join = f"{plan.programme}-n-{number + 1:04d}"
    records = [
        {"source": plan.sessions.source, "record": account, "school_year": year},
        {"source": system.source, "record": record, "school_year": year},
    ]
    data = {"join": join, "records": records, "version": 1}
    return Fact(plan.students, "record.joined", f"join/{join}", data, at(date(year, 10, 15), "11:00"))
