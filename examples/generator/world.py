"""A whole invented world: its people, and what really happened. Reports of it are made in the `*_facts` modules."""

from dataclasses import dataclass

from examples.generator.people import Pupil, Registers, Volunteer, draw_pupils, draw_volunteers
from examples.generator.plan import Plan
from examples.generator.rolls import take_place
from examples.generator.sessions import Session, schedule


@dataclass(frozen=True)
class World:
    """The truth that the partners' systems report of."""

    plan: Plan
    registers: Registers
    pupils: list[Pupil]
    volunteers: list[Volunteer]
    sessions: list[Session]


def build_world(plan: Plan) -> World:
    """Draw everything. Raises PlanRefused when the plan cannot give what it asks for."""
    registers = Registers(plan)
    pupils = draw_pupils(plan, registers)
    students, staff = draw_volunteers(plan, registers)
    sessions = schedule(plan, pupils)
    take_place(plan, sessions, pupils, students, staff)
    return World(plan, registers, pupils, students + staff, sessions)
