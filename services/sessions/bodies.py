"""What is asked and answered over HTTP. Closed: an unknown field is refused, and nothing that was sent is echoed."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Path
from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field
from pydantic_core import PydanticCustomError

from contracts.base import Minutes, Name, Slug, Source, Uai, open_enum, unique
from contracts.dates import Moment
from contracts.sessions import Acting, Headcount, Presence, SessionHeld, Stand
from contracts.vocabulary import Activity
from services.sessions import commands
from services.sessions.domain import STATUS, Session, Status

SessionId = Annotated[
    str,
    Path(
        # One spelling per id, and a version that is a digit: an event's ids hold at least one.
        pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$",
        description="UUID choisi par le client, en minuscules.",
    ),
]

_ROLL = ("presences", "headcounts", "acting", "stands")


def _text(value: object) -> object:
    # A number would pass for seconds since 1970.
    if not isinstance(value, str):
        raise PydanticCustomError("datetime_text", "must be an RFC 3339 timestamp with its offset")
    return value


def _once(name: str, key: Callable[[Any], object]) -> AfterValidator:
    def check(lines: tuple[Any, ...]) -> tuple[Any, ...]:
        unique(tuple(key(line) for line in lines), name)
        return lines

    return AfterValidator(check)


class Body(BaseModel):
    """A wish. A partner names the source as which it speaks; a coordinator may leave it out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Annotated[Source | None, Field(description="Système au nom duquel on parle.")] = None


class Plan(Body):
    """The details of a session."""

    programme: Slug
    activity: Annotated[Activity, open_enum(Activity)]
    starts_at: Annotated[Moment, BeforeValidator(_text)]
    minutes: Annotated[Minutes, Field(gt=0)]
    place: Uai | None = None
    organisers: Annotated[tuple[Slug, ...], Field(max_length=50), _once("organiser", str)] = ()
    subject_taught: Slug | None = None
    title: Annotated[
        Name | None, Field(description="Titre public d'une conférence ou d'un forum ; jamais rien d'un élève.")
    ] = None

    def details(self) -> commands.Details:
        """As the rules read it: in UTC."""
        said = {name: getattr(self, name) for name in type(self).model_fields if name != "source"}
        return commands.Details(**said | {"starts_at": self.starts_at.astimezone(UTC)})


class PresenceLine(Presence):
    """A pupil, under the reference of the body's source."""

    model_config = ConfigDict(extra="forbid")


class HeadcountLine(Headcount):
    """A declared number of pupils."""

    model_config = ConfigDict(extra="forbid")


class ActingLine(Acting):
    """An acting person, under the reference of the body's source."""

    model_config = ConfigDict(extra="forbid")


class StandLine(Stand):
    """An organisation that presents itself at a forum."""

    model_config = ConfigDict(extra="forbid")


class Roll(Body):
    """The whole roll: what stood there before is replaced."""

    minutes: Annotated[Minutes, Field(gt=0, description="Durée réelle ; sinon celle déjà connue.")] | None = None
    presences: Annotated[
        tuple[PresenceLine, ...], Field(max_length=5_000), _once("record", lambda line: line.record)
    ] = ()
    headcounts: Annotated[
        tuple[HeadcountLine, ...],
        Field(max_length=500),
        _once("establishment and level", lambda line: (line.establishment, line.level)),
    ] = ()
    acting: Annotated[
        tuple[ActingLine, ...], Field(max_length=1_000), _once("record and role", lambda line: (line.record, line.role))
    ] = ()
    stands: Annotated[
        tuple[StandLine, ...],
        Field(max_length=500, description="Stands d'un forum ; seul un stand `confirme` compte."),
        _once("organisation", lambda line: line.organisation),
    ] = ()

    def roll(self) -> commands.Roll:
        """In the words of the contract, so that two rolls that say the same are equal."""
        return commands.Roll(
            minutes=self.minutes,
            presences=tuple(Presence(**dict(line)) for line in self.presences),
            headcounts=tuple(Headcount(**dict(line)) for line in self.headcounts),
            acting=tuple(Acting(**dict(line)) for line in self.acting),
            stands=tuple(Stand(**dict(line)) for line in self.stands),
        )


class Cancellation(Body):
    """The session does not take place, or never did."""


class SessionLine(BaseModel):
    """A session without its roll."""

    id: str
    programme: str
    status: Status
    version: int
    reported_version: Annotated[int | None, Field(description="Dernière version annoncée par le partenaire.")]
    source: str | None
    activity: str
    starts_at: datetime
    minutes: int

    @classmethod
    def of(cls, session: Session) -> "SessionLine":
        """After a wish."""
        return cls(**_line(session))

    @classmethod
    def of_row(cls, row: sa.Row[Any]) -> "SessionLine":
        """From a listing."""
        return cls(**row._mapping)  # noqa: SLF001 - SQLAlchemy's public name


class RemarkLine(BaseModel):
    """What was odd about the report that became this version."""

    version: int
    code: str


class WholeSession(SessionLine):
    """A session with its roll, under our record ids."""

    place: str | None
    organisers: tuple[str, ...]
    subject_taught: str | None
    title: str | None
    presences: tuple[Presence, ...] = ()
    headcounts: tuple[Headcount, ...] = ()
    acting: tuple[Acting, ...] = ()
    stands: tuple[Stand, ...] = ()
    remarks: tuple[RemarkLine, ...] = ()

    @classmethod
    def with_remarks(cls, session: Session, remarks: list[tuple[int, str]]) -> "WholeSession":
        """As it is."""
        fact = session.last
        roll = {name: getattr(fact, name) for name in _ROLL} if isinstance(fact, SessionHeld) else {}
        return cls(
            **_line(session),
            place=fact.place,
            organisers=fact.organisers,
            subject_taught=fact.subject_taught,
            title=fact.title,
            remarks=tuple(RemarkLine(version=version, code=code) for version, code in remarks),
            **roll,
        )


class SessionPage(BaseModel):
    """Sessions in the order of their start; `next` is the cursor of the following page."""

    sessions: tuple[SessionLine, ...]
    next: str | None


def _line(session: Session) -> dict[str, Any]:
    fact = session.last
    return {
        "id": session.id,
        "programme": fact.programme,
        "status": STATUS[type(fact)],
        "version": fact.version,
        "reported_version": fact.reported_version,
        "source": session.source,
        "activity": fact.activity,
        "starts_at": fact.starts_at,
        "minutes": fact.minutes,
    }
