"""Facts about activities: planned, held, cancelled. Partners send them, the sessions service publishes them.

The same contract both ways (DESIGN §4): on an inbound topic the references are the partner's, on
`cordees.sessions` they are ours and `reported_version` keeps the partner's own version beside ours.
"""

from typing import Annotated, ClassVar, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator
from pydantic_core import PydanticCustomError

from contracts.base import Event, Minutes, Name, Reference, Shape, Slug, Uai, Version, is_reading, open_enum, unique
from contracts.dates import Moment
from contracts.vocabulary import ActingRole, Activity, Attendance, Level, StandStatus


class Presence(Shape):
    """One pupil on a roll. `minutes` is what the pupil attended; absent from the message, it is the whole session."""

    record: Reference
    status: Annotated[Attendance, open_enum(Attendance)]
    minutes: Minutes | None = None


class Headcount(Shape):
    """A declared number of pupils of one establishment and level, without names (R10)."""

    establishment: Uai
    level: Annotated[Level, open_enum(Level)] = Level.NON_RENSEIGNE
    pupils: Annotated[int, Field(ge=0, le=100_000, strict=True)]
    girls: Annotated[int, Field(ge=0, le=100_000, strict=True)] | None = Field(
        default=None, description="Must not exceed `pupils`."
    )

    @model_validator(mode="after")
    def _girls_are_pupils(self) -> Self:
        if self.girls is not None and self.girls > self.pupils:
            raise PydanticCustomError("girls_within_pupils", "girls must not exceed pupils")
        return self


class Acting(Shape):
    """A person who acts in the activity. Preparation counts only where it is recorded as such (I12)."""

    record: Reference
    role: Annotated[ActingRole, open_enum(ActingRole)]
    minutes: Minutes | None = None
    preparation_minutes: Minutes = 0


class Stand(Shape):
    """An organisation that presents itself at a forum."""

    organisation: Slug
    status: Annotated[StandStatus, open_enum(StandStatus)] = StandStatus.CONFIRME


class SessionEvent(Event):
    """What every fact of a session carries: what, when, where and for whom."""

    kind: ClassVar[str] = "session"

    session: Reference
    reported_version: Version | None = None
    programme: Slug
    activity: Annotated[Activity, open_enum(Activity)]
    starts_at: Moment
    minutes: Annotated[Minutes, Field(gt=0)]
    place: Uai | None = None
    organisers: tuple[Slug, ...] = Field(default=(), max_length=50, json_schema_extra={"uniqueItems": True})
    subject_taught: Slug | None = None
    title: Name | None = Field(
        default=None, description="Public title of a conference or forum, as on its programme; never about a pupil."
    )

    @property
    def aggregate(self) -> str:
        """What it is about."""
        return self.session

    @property
    def key(self) -> str:
        """All sessions of a programme stay in order and share their pupils: they share a partition."""
        return f"programme/{self.programme}"

    @field_validator("organisers")
    @classmethod
    def _organisers_once(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        unique(value, "organiser")
        return value


class SessionPlanned(SessionEvent):
    """An activity is on the calendar. It counts for nothing before it is held (R2)."""

    type: ClassVar[str] = "fr.cordees.session.planned.v1"


class SessionHeld(SessionEvent):
    """An activity took place, with everyone who counts in it.

    Carries the whole roll: a correction publishes it again with a higher `version`,
    and the highest version is the truth. Minutes are actual, travel excluded.
    """

    type: ClassVar[str] = "fr.cordees.session.held.v1"

    presences: tuple[Presence, ...] = Field(default=(), max_length=5_000, description="The roll: each record once.")
    headcounts: tuple[Headcount, ...] = Field(
        default=(), max_length=500, description="Each pair of establishment and level once."
    )
    acting: tuple[Acting, ...] = Field(default=(), max_length=1_000, description="Each pair of record and role once.")
    stands: tuple[Stand, ...] = Field(
        default=(), max_length=500, description="Of a forum: each organisation once, with what became of its stand."
    )

    @field_validator("presences")
    @classmethod
    def _pupils_once(cls, value: tuple[Presence, ...]) -> tuple[Presence, ...]:
        unique(tuple(presence.record for presence in value), "record")
        return value

    @field_validator("headcounts")
    @classmethod
    def _cells_once(cls, value: tuple[Headcount, ...], info: ValidationInfo) -> tuple[Headcount, ...]:
        if is_reading(info):
            value = _add_unknown_levels(value)
        unique(tuple((cell.establishment, cell.level) for cell in value), "establishment and level")
        return value

    @field_validator("stands")
    @classmethod
    def _stands_once(cls, value: tuple[Stand, ...]) -> tuple[Stand, ...]:
        unique(tuple(stand.organisation for stand in value), "organisation")
        return value

    @field_validator("acting")
    @classmethod
    def _acting_once(cls, value: tuple[Acting, ...], info: ValidationInfo) -> tuple[Acting, ...]:
        if is_reading(info):
            value = _longest_unknown_role(value)
        unique(tuple((person.record, person.role) for person in value), "record and role")
        return value


def _add_unknown_levels(cells: tuple[Headcount, ...]) -> tuple[Headcount, ...]:
    """Two levels that a reader does not know are one cell to it, with all their pupils."""
    folded: dict[tuple[str, Level, int], Headcount] = {}
    for position, cell in enumerate(cells):
        key = (cell.establishment, cell.level, -1 if cell.level is Level.UNKNOWN else position)
        folded[key] = _sum(folded[key], cell) if key in folded else cell
    return tuple(folded.values())


def _sum(one: Headcount, other: Headcount) -> Headcount:
    girls = None if one.girls is None or other.girls is None else one.girls + other.girls
    return one.model_copy(update={"pupils": one.pupils + other.pupils, "girls": girls})


def _longest_unknown_role(people: tuple[Acting, ...]) -> tuple[Acting, ...]:
    """One person in two roles that a reader does not know is there once, with the longer minutes; none is the whole."""
    folded: dict[tuple[str, ActingRole, int], Acting] = {}
    for position, person in enumerate(people):
        key = (person.record, person.role, -1 if person.role is ActingRole.UNKNOWN else position)
        folded[key] = max(folded[key], person, key=_length) if key in folded else person
    return tuple(folded.values())


def _length(person: Acting) -> tuple[bool, int]:
    return person.minutes is None, person.minutes or 0


class SessionCancelled(SessionEvent):
    """An activity did not take place, whether it had been planned, or reported as held by mistake."""

    type: ClassVar[str] = "fr.cordees.session.cancelled.v1"
