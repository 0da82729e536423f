"""One session: what all its versions share, and each version as the contracts write it."""

from random import Random

from bench.year.activities import KINDS, SHARES, Kind
from bench.year.calendar import OFFSETS, TEXTS
from bench.year.draws import uuid8
from bench.year.places import School
from bench.year.programmes import Programme
from bench.year.rolls import Hand, Line, write_hands, write_roll
from contracts.vocabulary import Activity

_PLACED, _NAMED_ORGANISER = 0.9, 0.8
_WITHOUT_PARTNER = 10
"""Every tenth programme has no partner: its coordinator reports over HTTP."""
_HOURS = (10, 13, 14, 14, 16, 17, 17, 18)


class Session:
    """One session while it is drawn. `version` and `reported` are raised by whoever publishes."""

    def __init__(self, random: Random, seed: int, programme: Programme, day: int, number: int) -> None:
        self.day = day
        self.id = uuid8(seed, "session", programme.number, number)
        self.subject = b"session/%b" % self.id
        self.kind: Kind = random.choices(KINDS, SHARES)[0]
        self.minutes = random.choice(self.kind.lengths)
        self.school: School = random.choice(programme.schools)
        self.version = self.reported = 0
        self._starts_at = _starts_at(day, random.choice(_HOURS), utc=programme.writes_utc)
        place = self.kind.activity is Activity.INFORMATION or random.random() < _PLACED
        self._place = b',"place":"%b"' % self.school.uai.encode() if place else b""
        named = random.random() < _NAMED_ORGANISER
        self._organisers = b'"%b"' % programme.organisation.encode() if named else b""
        self._said = self._subject_and_title(random.choice(self.kind.subjects) if self.kind.subjects else None)
        self._programme = programme

    def _subject_and_title(self, taught: str | None) -> bytes:
        subject = f',"subject_taught":"{taught}"' if taught else ""
        title = f',"title":"{self.kind.title}"' if self.kind.title else ""
        return (subject + title).encode()

    def state(self, rest: bytes = b"") -> bytes:
        """The value of the present version; `rest` is what only its type says."""
        reported = b"" if self._programme.number % _WITHOUT_PARTNER == 0 else b',"reported_version":%d' % self.reported
        return (
            b'{"version":%d,"session":"%b"%b,"programme":"%b","activity":"%b","starts_at":"%b","minutes":%d%b,'
            b'"organisers":[%b]%b%b}'
        ) % (
            self.version,
            self.id,
            reported,
            self._programme.slug.encode(),
            self.kind.word,
            self._starts_at,
            self.minutes,
            self._place,
            self._organisers,
            self._said,
            rest,
        )


def attended(roll: list[Line], hands: list[Hand], cells: bytes) -> bytes:
    """What only a held session says; no list is left out."""
    lists = (write_roll(roll), cells, write_hands(hands))
    return b',"presences":[%b],"headcounts":[%b],"acting":[%b],"stands":[]' % lists


def _starts_at(day: int, hour: int, *, utc: bool) -> bytes:
    offset = OFFSETS[day]
    zone = "Z" if utc else f"+{offset:02}:00"
    return f"{TEXTS[day]}T{hour - offset * utc:02}:00:00{zone}".encode()
