"""`cordees.sessions`: facts that read as those of `contracts.sessions`."""

from datetime import datetime
from functools import lru_cache
from typing import TYPE_CHECKING, Annotated

from msgspec import Meta

from contracts.vocabulary import ActingRole, Activity, Attendance, Level, StandStatus
from services.reporting.wire.checks import (
    Irregular,
    Minutes,
    Version,
    check_ids,
    check_name,
    check_once,
    check_slug,
    check_uai,
    moment,
)
from services.reporting.wire.facts import Fact, Part

if TYPE_CHECKING:
    Moment = datetime
else:
    # Text until `__post_init__`: the decoder's own reading of moments is wider than RFC 3339 as the contracts have it.
    Moment = str

# A year has some thousand hours at which something begins, and each is read again and again.
_start = lru_cache(20_000)(moment)

Pupils = Annotated[int, Meta(ge=0, le=100_000)]


class Presence(Part):
    """One pupil on a roll; its record is checked with the others."""

    record: str
    status: Attendance
    minutes: Minutes | None = None


class Headcount(Part):
    """A number of pupils without names."""

    establishment: str
    pupils: Pupils
    level: Level = Level.NON_RENSEIGNE
    girls: Pupils | None = None

    def __post_init__(self) -> None:
        check_uai(self.establishment)
        if self.girls is not None and self.girls > self.pupils:
            raise Irregular


class Acting(Part):
    """A person who acts; its record is checked with the others."""

    record: str
    role: ActingRole
    minutes: Minutes | None = None
    preparation_minutes: Minutes = 0


class Stand(Part):
    """An organisation at a forum."""

    organisation: str
    status: StandStatus = StandStatus.CONFIRME

    def __post_init__(self) -> None:
        check_slug(self.organisation)


class SessionFact(Fact):
    """What every fact of a session carries."""

    session: str
    programme: str
    activity: Activity
    starts_at: Moment
    minutes: Annotated[int, Meta(gt=0, le=20_160)]
    reported_version: Version | None = None
    place: str | None = None
    organisers: Annotated[tuple[str, ...], Meta(max_length=50)] = ()
    subject_taught: str | None = None
    title: str | None = None

    @property
    def aggregate(self) -> str:
        """The session."""
        return self.session

    def __post_init__(self) -> None:
        check_ids((self.session,))
        self._check()

    def _check(self) -> None:
        """All but ids."""
        check_slug(self.programme)
        self.starts_at = _start(str(self.starts_at))
        for organiser in self.organisers:
            check_slug(organiser)
        check_once(self.organisers)
        if self.place is not None:
            check_uai(self.place)
        if self.subject_taught is not None:
            check_slug(self.subject_taught)
        if self.title is not None:
            check_name(self.title)


class SessionPlanned(SessionFact):
    """On the calendar."""


class SessionCancelled(SessionFact):
    """Did not take place."""


class SessionHeld(SessionFact):
    """Took place, with its roll."""

    presences: Annotated[tuple[Presence, ...], Meta(max_length=5_000)] = ()
    headcounts: Annotated[tuple[Headcount, ...], Meta(max_length=500)] = ()
    acting: Annotated[tuple[Acting, ...], Meta(max_length=1_000)] = ()
    stands: Annotated[tuple[Stand, ...], Meta(max_length=500)] = ()

    def __post_init__(self) -> None:
        pupils = [line.record for line in self.presences]
        everybody = [*pupils, *[person.record for person in self.acting], self.session]
        check_ids(everybody)
        # Hardly ever is anybody named twice, and then he may be.
        if len(set(everybody)) != len(everybody):
            check_once(pupils)
            check_once([(person.record, person.role) for person in self.acting])
        self._check()
        if self.headcounts:
            check_once([(cell.establishment, cell.level) for cell in self.headcounts])
        if self.stands:
            check_once([stand.organisation for stand in self.stands])
