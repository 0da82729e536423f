"""A whole invented world: its people, and what really happened. Reports of it are made in the `*_facts` modules."""

from dataclasses import dataclass
from itertools import chain

from examples.generator.acting import Turns
from examples.generator.people import Cohorts, Person
from examples.generator.plan import Plan
from examples.generator.pupils import draw_pupils
from examples.generator.registers import Registers
from examples.generator.rolls import call_rolls, set_minutes
from examples.generator.schedule import schedule
from examples.generator.sessions import Session
from examples.generator.volunteers import draw_studies, draw_volunteers


@dataclass(frozen=True)
class World:
    """The truth that the partners' systems report of."""

    plan: Plan
    registers: Registers
    pupils: Cohorts
    volunteers: Cohorts
    students: list[Person]
    sessions: list[Session]

    @property
    def people(self) -> list[Person]:
        """Everybody once: who was a pupil first stands among the pupils only."""
        everybody = chain(*self.pupils.values(), *self.volunteers.values(), self.students)
        return list(dict.fromkeys(everybody))


def build_world(plan: Plan) -> World:
    """Draw everything. Raises PlanRefused when the plan cannot give what it asks for."""
    pupils = draw_pupils(plan)
    volunteers = draw_volunteers(plan, pupils)
    students = draw_studies(plan, pupils, volunteers)
    sessions = schedule(plan, pupils)
    call_rolls(plan, sessions)
    set_minutes(plan, sessions)
    Turns(plan, volunteers).take(sessions)
    return World(plan, Registers(plan), pupils, volunteers, students, sessions)
