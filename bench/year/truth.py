"""What the year amounts to: exact figures, counted while it is made by plain additions, and how they are added up."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, fields

from bench.year.rolls import COUNTABLE, NOBODY, Hand, Line
from contracts.vocabulary import ActingRole

MOBILISED = frozenset(
    role.value.encode() for role in (ActingRole.TUTEUR, ActingRole.ANIMATEUR, ActingRole.ACCOMPAGNATEUR)
)


@dataclass
class Tally:
    """Counts of a programme, or of everything. Minutes, not hours. The sets hold numbers of persons."""

    sessions: int = 0
    held: int = 0
    cancelled: int = 0
    planned: int = 0
    session_minutes: int = 0
    pupil_minutes: int = 0
    headcount_minutes: int = 0
    acting_minutes: int = 0
    presences: int = 0
    """Lines on the rolls that stand."""
    counted: int = 0
    """Of those, the ones that count: each person once an activity (R3, R4, R4b)."""
    strangers: int = 0
    """Lines of a record that nobody registered (R4b), whatever their status."""
    pupils: set[int] = field(default_factory=set)
    students: set[int] = field(default_factory=set)

    def count_held(self, minutes: int, roll: list[Line], hands: list[Hand], headcount: int) -> None:
        """One held session, as it stands in the end."""
        best: dict[int, int] = {}
        for _, person, status, said in roll:
            if person == NOBODY:
                self.strangers += 1
            elif status in COUNTABLE:
                there = minutes if said is None else said
                if there >= best.get(person, 0):
                    best[person] = there
        self.held += 1
        self.session_minutes += minutes
        self.presences += len(roll)
        self.counted += len(best)
        self.pupil_minutes += sum(best.values())
        self.headcount_minutes += headcount * minutes
        self.pupils.update(best)
        for hand in hands:
            self.acting_minutes += minutes if hand.minutes is None else hand.minutes
            if hand.student and hand.role in MOBILISED:
                self.students.add(hand.person)

    def add(self, other: "Tally") -> None:
        """What another part of the year brings; a person of both is one."""
        for part in fields(self):
            mine, theirs = getattr(self, part.name), getattr(other, part.name)
            setattr(self, part.name, mine | theirs if isinstance(mine, set) else mine + theirs)

    def figures(self) -> dict[str, int]:
        """As the truth file shows them, under the codes of the indicators where there is one."""
        return {
            "sessions": self.sessions,
            "I14": self.held,
            "cancelled": self.cancelled,
            "planned_only": self.planned,
            "I13_minutes": self.session_minutes,
            "I11_minutes": self.pupil_minutes,
            "I11_headcount_minutes": self.headcount_minutes,
            "I12_minutes": self.acting_minutes,
            "pupils_present": len(self.pupils),
            "I08": len(self.students),
            "presences": self.presences,
            "presences_counted": self.counted,
            "presences_unknown": self.strangers,
        }


@dataclass
class Written:
    """What was put on one topic."""

    partitions: Counter[int] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    value_bytes: int = 0

    def add(self, other: "Written") -> None:
        """Another part of the same topic."""
        self.partitions += other.partitions
        self.kinds += other.kinds
        self.value_bytes += other.value_bytes

    @property
    def records(self) -> int:
        """Of all partitions."""
        return sum(self.partitions.values())


def national(tallies: Iterable[Tally]) -> Tally:
    """Everything together; distinct persons are counted again, never added."""
    whole = Tally()
    for tally in tallies:
        whole.add(tally)
    return whole
