"""What every event has: its type, version, subject and key; and the shapes of ids, references and spans.

Two readings of one model (DESIGN §4): `parse_written` is for what a writer sends and refuses unknown fields and
unknown words; `parse_read` is for what a reader meets and ignores the first and reads the second as `unknown`.
"""

import re
from abc import abstractmethod
from enum import StrEnum
from typing import Annotated, Any, ClassVar, Self, TypeVar

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    model_validator,
)
from pydantic_core import PydanticCustomError

from contracts.dates import Day
from contracts.uai import check_uai

E = TypeVar("E", bound=StrEnum)

READING = {"reading": True}


def is_reading(info: ValidationInfo) -> bool:
    """Whether a reader meets the data, not a writer's own or inbound words."""
    return bool(info.context and info.context.get("reading"))


def open_enum(kind: type[E]) -> BeforeValidator:
    """A member of `kind`; a word outside of it is refused from a writer and `unknown` to a reader."""
    unknown = kind("unknown")
    words = [member.value for member in kind if member is not unknown]
    # Made once: every pupil of every roll passes here.
    known = frozenset(words)

    def read(value: object, info: ValidationInfo) -> object:
        if isinstance(value, str) and value not in known:
            if is_reading(info):
                return unknown
            raise PydanticCustomError("enum", "must be one of: {words}", {"words": ", ".join(words)})
        return value

    return BeforeValidator(read, json_schema_input_type=kind)


# The INE shapes that end in a letter (standards.md §2): a national identifier never travels as a reference.
_INE = r"^(?:[0-9]{9}[A-Ha-hJ-Kj-k]{2}|[0-9]{10}[A-HJ-NPR-Za-hj-npr-z]|[0-9]{4}[ADad][0-9]{5}[A-HJ-NPR-Za-hj-npr-z])$"
_REFERENCE = r"^[A-Za-z0-9][A-Za-z0-9._:-]{0,79}$"


_is_ine = re.compile(_INE).match
_has_digit = re.compile(r"[0-9]").search


def _check_reference(value: str) -> str:
    if _is_ine(value):
        raise PydanticCustomError("reference_is_ine", "must be an opaque reference, not a national identifier (INE)")
    if not _has_digit(value):
        raise PydanticCustomError("reference_is_name", "must hold at least one digit: a name is not a reference")
    return value


Reference = Annotated[
    str,
    Field(
        pattern=_REFERENCE,
        description="Opaque; belongs to the event's source. Never an e-mail address, a name or an INE.",
        json_schema_extra={"allOf": [{"pattern": "[0-9]"}, {"not": {"pattern": _INE}}]},
    ),
    AfterValidator(_check_reference),
]
"""A session, record or join: a partner's own reference on an inbound topic, our id on our topics."""

Slug = Annotated[
    str,
    Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64, description="An id of the platform's registry."),
]

# Control characters are refused: PostgreSQL stores no NUL, and no name needs a line break.
Name = Annotated[str, Field(pattern=r"^[^\u0000-\u001f\u007f]{1,200}$")]

Uai = Annotated[
    str,
    Field(
        pattern=r"^[0-9]{7}[A-HJ-NPR-Z]$",
        description=(
            "UAI of an establishment: seven digits and their control letter, which is the letter at place "
            "(digits modulo 23) of ABCDEFGHJKLMNPRSTUVWXYZ, counted from 0."
        ),
    ),
    AfterValidator(check_uai),
]

Source = Annotated[
    str, Field(pattern=r"^[!-~]{1,200}$", description="The CloudEvents source of a producing system: a URI.")
]

Version = Annotated[
    int,
    Field(
        ge=1,
        le=2**31 - 1,
        strict=True,
        description="Rises with every change of the aggregate; the highest is the truth.",
    ),
]
Minutes = Annotated[int, Field(ge=0, le=20_160, strict=True, description="Whole minutes, two weeks at most.")]
SchoolYear = Annotated[
    int, Field(ge=1990, le=2100, strict=True, description="The year in which the school year starts (2018: 2018-2019).")
]


class Shape(BaseModel):
    """A frozen part of an event. Its errors never print what was sent."""

    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class Span(Shape):
    """Half-open stretch of local dates (Europe/Paris): `starts_on` is in, `ends_on` is out; no end means "still"."""

    starts_on: Day
    ends_on: Day | None = Field(default=None, description="The first day that is out, later than `starts_on`.")

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        if self.ends_on is not None and self.ends_on <= self.starts_on:
            raise PydanticCustomError("span_order", "ends_on must come after starts_on")
        return self


class Event(Shape):
    """A fact, with the whole state it leaves behind. The highest version of an aggregate is the truth."""

    type: ClassVar[str]
    kind: ClassVar[str]

    version: Version

    @property
    @abstractmethod
    def aggregate(self) -> str:
        """Id of what the fact is about, within its kind."""

    @property
    def subject(self) -> str:
        """`<kind>/<id>`: the CloudEvents subject, and on compacted topics the key."""
        return f"{self.kind}/{self.aggregate}"

    @property
    def key(self) -> str:
        """The Kafka key, hashed with murmur2: what must stay in order shares it."""
        return self.subject

    @classmethod
    def parse_written(cls, data: bytes | str) -> Self:
        """JSON that a writer sends: unknown fields and words are refused. Raises `pydantic.ValidationError`."""
        return cls.model_validate_json(data, strict=True, extra="forbid")

    @classmethod
    def parse_read(cls, data: bytes | str) -> Self:
        """JSON that a reader meets: unknown fields are ignored, unknown words are `unknown`."""
        return cls.model_validate_json(data, strict=True, context=READING)

    def to_data(self) -> bytes:
        """The state as JSON; what nobody said is left out."""
        return self.model_dump_json(exclude_none=True).encode()


def unique(values: tuple[Any, ...], key: str) -> None:
    """Refuse the same value twice; the message names the position, never the value."""
    seen: set[Any] = set()
    for position, value in enumerate(values):
        if value in seen:
            raise PydanticCustomError(
                "duplicate_reference", "the same {key} twice (position {position})", {"key": key, "position": position}
            )
        seen.add(value)
