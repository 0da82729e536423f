"""Activities as they were meant and as they went: seats, acts, headcounts. Who does what when is in `schedule`."""

from dataclasses import dataclass, field
from datetime import date
from enum import Enum

from examples.generator.people import Person
from examples.generator.plan import System
from examples.generator.series import Series

ABSENT = frozenset({"absent_justifie", "absent_non_justifie", "non_renseigne"})


class Fate(Enum):
    """What becomes of a session that somebody meant to hold."""

    HELD = "held"
    CANCELLED = "cancelled"
    NEVER_HELD = "never held"


@dataclass
class Seat:
    """One pupil on a roll; `missed` minutes are taken off the session's."""

    pupil: Person
    status: str
    missed: int = 0

    @property
    def present(self) -> bool:
        """Counts as present (R3)."""
        return self.status not in ABSENT


@dataclass
class Act:
    """One person acting, in one role."""

    person: Person
    role: str
    missed: int = 0
    preparation: int = 0


@dataclass(frozen=True)
class Cell:
    """A number of pupils declared without names."""

    uai: str
    level: str
    pupils: int
    girls: int | None = None


@dataclass(eq=False)
class Session:
    """One activity. Only a held one has seats and acts; `members` are the pupils expected."""

    series: Series
    system: System
    year: int
    day: date
    hour: str
    minutes: int
    members: list[Person]
    organisers: tuple[str, ...] = ()
    place: str | None = None
    subject: str | None = None
    title: str | None = None
    cells: list[Cell] = field(default_factory=list)
    fate: Fate = Fate.HELD
    reference: str = ""
    seats: list[Seat] = field(default_factory=list)
    acts: list[Act] = field(default_factory=list)

    @property
    def tutoring(self) -> bool:
        """A tutoring session (I02)."""
        return self.series.activity == "tutorat"

    @property
    def aimed_at(self) -> bool:
        """Inside the period of which the series' numbers speak."""
        return self.series.aims_at(self.day)

    def counts_for(self, pupil: Person) -> bool:
        """Whether being there counts for what the series promises of each pupil: as a tutee, at a tutoring session."""
        stay = pupil.stays[self.year]
        if not self.aimed_at or pupil not in self.members:
            return False
        if not self.tutoring:
            return True
        return stay.enrolment == "tutorat" and stay.enrolled_from <= self.day < stay.enrolled_to

    def minutes_of(self, seat: Seat) -> int:
        """What the pupil attended."""
        return self.minutes - seat.missed if seat.present else 0
