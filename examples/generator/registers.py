"""The references that systems give to people: opaque, in no order, starting small again in every register."""

import random
from dataclasses import dataclass, field

from examples.generator.people import Person
from examples.generator.plan import Plan, System


@dataclass
class Register:
    """Gives out references of one system."""

    rng: random.Random
    prefix: str
    capacity: int
    given: set[int] = field(default_factory=set)

    def next(self) -> str:
        """A reference never given out before by this register."""
        number = self.rng.randrange(1, self.capacity)
        while number in self.given:
            number = self.rng.randrange(1, self.capacity)
        self.given.add(number)
        return f"{self.prefix}-{number:04d}"


@dataclass(frozen=True)
class Registers:
    """The registers of all systems. One that is not stable opens a new register each school year."""

    plan: Plan
    opened: dict[tuple[str, str, int], Register] = field(default_factory=dict)

    def next(self, system: System, letter: str, year: int) -> str:
        """A new reference of the system: p and v for those whom it registers, e and t for accounts on its rolls."""
        year = 0 if system.stable else year
        register = self.opened.get((system.name, letter, year))
        if register is None:
            rng = self.plan.rng(f"register|{system.source}|{letter}|{year}")
            register = Register(rng, f"{self.plan.programme}-{letter}", 3 * self.plan.people + 200)
            self.opened[system.name, letter, year] = register
        return register.next()

    def records(self, person: Person, system: System, year: int, *, pupil: bool) -> list[str]:
        """The person's references in the system that year, given out when first asked for; the usual one first."""
        known = person.records.get((system.name, pupil, year))
        if known is None:
            known = self._kept(person, system, year, pupil=pupil) or self._given(person, system, year, pupil=pupil)
            person.records[system.name, pupil, year] = known
        return known

    def record(self, person: Person, system: System, year: int, *, pupil: bool) -> str:
        """The usual reference."""
        return self.records(person, system, year, pupil=pupil)[0]

    def _kept(self, person: Person, system: System, year: int, *, pupil: bool) -> list[str] | None:
        """A stable system knows the person by the reference of another year, if it is the same kind of reference."""
        if not system.stable:
            return None
        at_home = person.home(year, pupil=pupil) is system
        others = [there for name, kind, there in person.records if (name, kind) == (system.name, pupil)]
        return next(
            (
                person.records[system.name, pupil, there]
                for there in others
                if (person.home(there, pupil=pupil) is system) == at_home
            ),
            None,
        )

    def _given(self, person: Person, system: System, year: int, *, pupil: bool) -> list[str]:
        at_home = person.home(year, pupil=pupil) is system
        letter = ("p" if at_home else "e") if pupil else ("v" if at_home else "t")
        number = 1 if at_home or not pupil else person.stays[year].accounts
        return [self.next(system, letter, year) for _ in range(number)]
