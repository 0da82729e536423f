"""One partition of `cordees.sessions`: day after day, programmes mixed, each session's versions in their order.

A session is drawn with everything that becomes of it, some days before it takes place: only what is to be published
later is kept meanwhile.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from operator import itemgetter

from bench.year.calendar import BUSY, TEXTS, YEAR_DAYS
from bench.year.draws import stream
from bench.year.places import LEVELS
from bench.year.programmes import Country, Programme
from bench.year.rolls import Hand, Line, Rolls
from bench.year.session import Session, attended
from bench.year.truth import Tally
from bench.year.wire import DAY_MICROSECONDS, Record, Stamp, moment, partition_of
from contracts.sessions import SessionCancelled, SessionHeld, SessionPlanned
from contracts.topics import SESSIONS_TOPIC
from contracts.vocabulary import Activity

_PLANNED = Stamp("sessions", SessionPlanned.type)
_HELD = Stamp("sessions", SessionHeld.type)
_CANCELLED = Stamp("sessions", SessionCancelled.type)

_PLANNED_ONLY, _NOT_HELD = 0.03, 0.06
_PLANNED_FIRST = 0.10
_HELD_BY_MISTAKE = 0.25
_LEADS = range(2, 11)
_LAGS = (0, 0, 0, 1, 2, 3)
_AGAIN = range(1, 21)
_CORRECTED_AGAIN = 0.10
_OTHER_MINUTES = 0.20
_BY_COORDINATOR = 0.20
_SOON, _MINUTE = 0.8, 60_000_000
_ROLL_TOO = 0.25
# Rolls of the day itself come when every activity is over.
_EVENING, _NIGHT = 21 * 3600 * 1_000_000, 3 * 3600 * 1_000_000

Queue = defaultdict[int, list[tuple[int, Record]]]


def session_records(country: Country, partition: int, tallies: dict[str, Tally]) -> Iterator[Record]:
    """One partition's records; `tallies` gets the counts of its programmes, whole when the records are."""
    queue: Queue = defaultdict(list)
    mine = [p for p in country.programmes if partition_of(p.key, SESSIONS_TOPIC.partitions) == partition]
    seasons = [_Season(country, programme, partition, queue) for programme in mine]
    tallies.update({season.programme.slug: season.tally for season in seasons})
    for day in range(len(TEXTS)):
        # No activity takes place in the first days of September, so none is missed by looking ahead.
        ahead = day + max(_LEADS)
        for season in seasons:
            season.draw(ahead)
        entries = queue.pop(day, [])
        entries.sort(key=itemgetter(0))
        for _, record in entries:
            yield record


class _Season:
    """A programme's year. Draws in the order of days, from a stream of its own."""

    def __init__(self, country: Country, programme: Programme, partition: int, queue: Queue) -> None:
        self.sizes, self.programme, self.tally = country.sizes, programme, Tally()
        self.random = stream(self.sizes.seed, "sessions", programme.number)
        self._key, self._partition, self._queue = programme.key, partition, queue
        self._rolls = Rolls(country, programme, self.random)
        self._days = Counter(self.random.choices(range(YEAR_DAYS), BUSY, k=programme.sessions))

    def draw(self, day: int) -> None:
        """All sessions of that day, with what becomes of them."""
        for _ in range(self._days[day]):
            self._draw_one(Session(self.random, self.sizes.seed, self.programme, day, self.tally.sessions))
            self.tally.sessions += 1

    def _draw_one(self, session: Session) -> None:
        chance = self.random.random()
        if chance < _PLANNED_ONLY:
            self._plan(session)
            self.tally.planned += 1
        elif chance < _NOT_HELD:
            self._cancel(session)
        else:
            if self.random.random() < _PLANNED_FIRST:
                self._plan(session)
            self._hold(session)

    def _plan(self, session: Session) -> None:
        day = session.day - self.random.choice(_LEADS)
        self._publish(_PLANNED, session, day)

    def _cancel(self, session: Session) -> None:
        """Most were planned; some were reported as held by mistake, and some nobody had heard of."""
        self.tally.cancelled += 1
        chance, day = self.random.random(), session.day - 1
        if chance < _HELD_BY_MISTAKE:
            roll, hands, cells, _ = self._attendance(session)
            day = self._publish_held(session, session.day, roll, hands, cells) + self.random.choice(_AGAIN)
        elif chance > 2 * _HELD_BY_MISTAKE:
            self._plan(session)
        self._publish(_CANCELLED, session, day)

    def _hold(self, session: Session) -> None:
        roll, hands, cells, pupils = self._attendance(session)
        day = self._publish_held(session, session.day, roll, hands, cells)
        for chance in (self.sizes.corrections, _CORRECTED_AGAIN, _CORRECTED_AGAIN):
            if self.random.random() >= chance:
                break
            roll = self._correct(session, roll)
            by_partner = self.random.random() >= _BY_COORDINATOR
            day += self.random.choice(_AGAIN)
            self._publish(_HELD, session, day, attended(roll, hands, cells), by_partner=by_partner)
        self.tally.count_held(session.minutes, roll, hands, pupils)

    def _correct(self, session: Session, roll: list[Line]) -> list[Line]:
        if not roll or self.random.random() < _OTHER_MINUTES:
            session.minutes += 15
            return roll
        return self._rolls.corrected(roll, session.minutes)

    def _attendance(self, session: Session) -> tuple[list[Line], list[Hand], bytes, int]:
        """Roll, acting persons, headcounts as written, and the number of pupils that those declare."""
        declared = session.kind.activity is Activity.INFORMATION
        named = not declared or self.random.random() < _ROLL_TOO
        roll = self._rolls.draw(session.day, session.minutes) if named else []
        hands = self._rolls.hands(session.kind.roles, session.day, session.minutes)
        cells, pupils = self._headcounts(session) if declared else (b"", 0)
        return roll, hands, cells, pupils

    def _headcounts(self, session: Session) -> tuple[bytes, int]:
        cells, total = [], 0
        for level in self.random.sample(LEVELS[session.school.nature], self.random.choice((1, 2))):
            pupils = self.random.randrange(12, 36)
            girls = b',"girls":%d' % (pupils * 52 // 100) if self.programme.says_minutes else b""
            said = (session.school.uai.encode(), level.value.encode(), pupils, girls)
            cells.append(b'{"establishment":"%b","level":"%b","pupils":%d%b}' % said)
            total += pupils
        return b",".join(cells), total

    def _publish_held(self, session: Session, day: int, roll: list[Line], hands: list[Hand], cells: bytes) -> int:
        """Publish the first roll, that evening or a few days later; the day on which that is."""
        lag = self.random.choice(_LAGS)
        self._publish(_HELD, session, day + lag, attended(roll, hands, cells), evening=not lag)
        return day + lag

    def _publish(  # noqa: PLR0913 - one way to publish, whatever the fact
        self,
        stamp: Stamp,
        session: Session,
        day: int,
        rest: bytes = b"",
        *,
        by_partner: bool = True,
        evening: bool = False,
    ) -> None:
        session.version += 1
        session.reported += by_partner
        first, length = (_EVENING, _NIGHT) if evening else (0, DAY_MICROSECONDS)
        at = first + int(self.random.random() * length)
        headers = stamp.headers(self.random, session.subject, self._key, moment(day, at))
        record = Record(self._partition, self._key, session.state(rest), headers)
        self._queue[day].append((at, record))
        if self.random.random() < self.sizes.duplicates:
            self._repeat(day, at, record)

    def _repeat(self, day: int, at: int, record: Record) -> None:
        """The same record again: soon, as after a relay's death, or days later, as after somebody's mistake."""
        soon = self.random.random() < _SOON
        later = day if soon else day + self.random.choice((1, 2, 3))
        self._queue[later].append((at + int(self.random.random() * _MINUTE), record))
