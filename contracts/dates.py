"""Dates and moments on the wire: how they are written, and which years exist."""

import re
from datetime import date, datetime
from typing import Annotated, TypeVar

from pydantic import AfterValidator, AwareDatetime, BeforeValidator, Field
from pydantic_core import PydanticCustomError

T = TypeVar("T", bound=date)

_YEARS = "(199[0-9]|20[0-9]{2}|2100)"
_DATE = "-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_CLOCK = r"T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?(Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])"
_DAY = re.compile("[0-9]{4}" + _DATE)
_MOMENT = re.compile("[0-9]{4}" + _DATE + _CLOCK)


def read_moment(text: str) -> datetime:
    """RFC 3339 with seconds, capital `T` and an offset (`Z` or `+01:00`). Raises ValueError."""
    if not _MOMENT.fullmatch(text):
        raise ValueError("not RFC 3339")
    return datetime.fromisoformat(text)


# Read here, not by pydantic: it also takes "1549324800" for a date, and a year would be misread without a word.
def _read_day(value: object) -> object:
    try:
        if isinstance(value, str) and _DAY.fullmatch(value):
            return date.fromisoformat(value)
    except ValueError:
        pass
    if type(value) is date:
        return value
    raise PydanticCustomError("day_text", "must be a date written YYYY-MM-DD")


def _read_moment(value: object) -> object:
    try:
        if isinstance(value, str):
            return read_moment(value)
    except ValueError:
        pass
    if isinstance(value, datetime):
        return value
    raise PydanticCustomError("moment_text", "must be an RFC 3339 timestamp with seconds and offset")


def in_years(value: date) -> bool:
    """Whether the year is one that the platform knows. Far years overflow the change of time zone."""
    return 1990 <= value.year <= 2100  # noqa: PLR2004 - the two ends of SchoolYear


def _check_year(value: T) -> T:
    if not in_years(value):
        raise PydanticCustomError("year_range", "the year must lie between 1990 and 2100")
    return value


Day = Annotated[
    date,
    Field(
        description="A local date in Europe/Paris, 1990 to 2100.", json_schema_extra={"pattern": f"^{_YEARS}{_DATE}$"}
    ),
    BeforeValidator(_read_day),
    AfterValidator(_check_year),
]
Moment = Annotated[
    AwareDatetime,
    Field(
        description="RFC 3339 with seconds and offset, 1990 to 2100. The local date is that of Europe/Paris.",
        json_schema_extra={"pattern": f"^{_YEARS}{_DATE}{_CLOCK}$"},
    ),
    BeforeValidator(_read_moment),
    AfterValidator(_check_year),
]
