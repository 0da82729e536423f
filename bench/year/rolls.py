"""Who was there: lines of rolls and of acting persons, drawn from a programme's own people, and how they read."""

from random import Random
from typing import NamedTuple

from bench.year.draws import uuid8
from bench.year.programmes import Country, Programme
from bench.year.pupils import Pupil, Twin, make_pupils, make_volunteer, pupil_record, twin_record

PRESENT, LATE, LEFT, REMOTE = b"present", b"retard", b"depart_anticipe", b"distance"
COUNTABLE = frozenset({PRESENT, LATE, LEFT, REMOTE})
_PARTIAL = frozenset({LATE, LEFT})
# Cumulated: nearly everybody is simply there.
_REST = ((0.90, LATE), (0.92, LEFT), (0.94, REMOTE), (0.97, b"absent_justifie"), (0.99, b"absent_non_justifie"))
_THERE = 0.88
_GUEST, _STRANGER = 0.10, 0.01
_BOTH_RECORDS, _TWIN_ALONE = 0.10, 0.45
_SPREAD = 4

NOBODY = -1


class Line(NamedTuple):
    """One pupil on a roll. `person` is a number, `NOBODY` for a record that is registered nowhere."""

    start: bytes
    person: int
    status: bytes
    minutes: int | None


class Hand(NamedTuple):
    """One acting person in one role. `minutes` None: the whole session."""

    start: bytes
    person: int
    student: bool
    role: bytes
    minutes: int | None
    preparation: int


class Rolls:
    """Draws rolls for one programme."""

    def __init__(self, country: Country, programme: Programme, random: Random) -> None:
        self._random = random
        self._sizes = sizes = country.sizes
        self._says_minutes = programme.says_minutes
        pupils = make_pupils(country, programme)
        # Millions of lines are written: what is written of each record is made once.
        self._own = [(_start(pupil.record), pupil.number) for pupil in pupils]
        self._twins = {place: self._twin(pupil, pupil.twin) for place, pupil in enumerate(pupils) if pupil.twin}
        self._guests = [(_start(pupil_record(sizes, number)), number) for number in programme.guests]
        numbers = (*programme.volunteers, *programme.helpers)
        volunteers = [make_volunteer(sizes, number) for number in numbers]
        self._volunteers = [(_start(volunteer.record), volunteer) for volunteer in volunteers]
        self._programme = programme.number
        self._strangers = 0

    def _twin(self, pupil: Pupil, twin: Twin) -> tuple[int, bytes, int]:
        """From which day the second record is seen, how it is written, and whose it is in the end."""
        # A pair that was split again is two persons: the second has a number beyond all pupils.
        person = pupil.number if twin.split is None else pupil.number + self._sizes.pupils
        return twin.seen, _start(twin_record(self._sizes, pupil.number)), person

    def draw(self, day: int, minutes: int) -> list[Line]:
        """The roll of an activity of so many minutes: a group of neighbours, now and then with somebody else."""
        random, pool = self._random.random, len(self._own)
        mean = self._sizes.presences
        low = max(1, mean - _SPREAD)
        size = min(pool, low + int(random() * (2 * (mean - low) + 1)))
        first = int(random() * pool)
        roll: list[Line] = []
        for place in range(first, first + size):
            self._add_own(roll, place % pool, day, minutes)
        if self._guests and random() < _GUEST:
            start, person = self._guests[int(random() * len(self._guests))]
            roll.append(self._line(start, person, minutes))
        if random() < _STRANGER:
            self._strangers += 1
            record = uuid8(self._sizes.seed, "stranger", self._programme, self._strangers)
            roll.append(self._line(_start(record), NOBODY, minutes))
        return roll

    def _add_own(self, roll: list[Line], place: int, day: int, minutes: int) -> None:
        start, person = self._own[place]
        if place in self._twins:
            seen, twin_start, twin_person = self._twins[place]
            chance = self._random.random() if day >= seen else 1.0
            if chance < _BOTH_RECORDS:
                roll.append(self._line(twin_start, twin_person, minutes))
            elif chance < _BOTH_RECORDS + _TWIN_ALONE:
                start, person = twin_start, twin_person
        roll.append(self._line(start, person, minutes))

    def _line(self, start: bytes, person: int, minutes: int) -> Line:
        chance = self._random.random()
        if chance < _THERE:
            return Line(start, person, PRESENT, minutes if self._says_minutes else None)
        status = next((word for limit, word in _REST if chance < limit), b"non_renseigne")
        if status in _PARTIAL:
            return Line(start, person, status, int(minutes * (0.3 + 0.6 * self._random.random())))
        return Line(start, person, status, None)

    def corrected(self, roll: list[Line], minutes: int) -> list[Line]:
        """The same roll after somebody looked again: one line says something else, or was not to be there."""
        if not roll:
            return roll
        place = int(self._random.random() * len(roll))
        line = roll[place]
        if len(roll) > 1 and self._random.random() < _BOTH_RECORDS:
            return roll[:place] + roll[place + 1 :]
        there = line.status in COUNTABLE
        status, said = (b"absent_justifie", None) if there else (PRESENT, minutes if self._says_minutes else None)
        return [*roll[:place], Line(line.start, line.person, status, said), *roll[place + 1 :]]

    def hands(self, roles: tuple[bytes, ...], day: int, minutes: int) -> list[Hand]:
        """One to three persons; the first has the first role."""
        random, pool = self._random.random, len(self._volunteers)
        first = int(random() * pool)
        hands: list[Hand] = []
        for number in range(min(pool, 1 + int(random() * 3))):
            start, volunteer = self._volunteers[(first + number) % pool]
            role = roles[0] if not number else roles[int(random() * len(roles))]
            said = minutes if self._says_minutes else None
            preparation = 30 if random() < _GUEST else 0
            hands.append(Hand(start, volunteer.number, volunteer.is_student(day), role, said, preparation))
        return hands


def _start(record: bytes) -> bytes:
    return b'{"record":"%b"' % record


def write_roll(roll: list[Line]) -> bytes:
    """`presences`, as the contracts write it."""
    return b",".join(
        [
            b'%b,"status":"%b"}' % (start, status)
            if minutes is None
            else b'%b,"status":"%b","minutes":%d}' % (start, status, minutes)
            for start, _, status, minutes in roll
        ]
    )


def write_hands(hands: list[Hand]) -> bytes:
    """`acting`, as the contracts write it."""
    return b",".join(
        [
            b'%b,"role":"%b"%b,"preparation_minutes":%d}'
            % (
                hand.start,
                hand.role,
                b"" if hand.minutes is None else b',"minutes":%d' % hand.minutes,
                hand.preparation,
            )
            for hand in hands
        ]
    )
