"""The period of a figure (R1): a half-open stretch of local dates, written three ways. Pure."""

import re
from dataclasses import dataclass
from datetime import date

from chassis.errors import DomainError

_CALENDAR = re.compile(r"(\d{4})", re.ASCII)
_SCHOOL = re.compile(r"(\d{4})-(\d{4})", re.ASCII)
_FREE = re.compile(r"(\d{4}-\d{2}-\d{2})/(\d{4}-\d{2}-\d{2})", re.ASCII)
_YEARS = range(1990, 2101)


class UnknownPeriod(DomainError):
    """Une période s'écrit 2019, 2018-2019 ou 2019-01-01/2019-07-01, entre 1990 et 2100.

    Soit une année civile, une année scolaire (du 1er septembre au 1er septembre), ou deux dates, la seconde exclue.
    """

    field = "period"


@dataclass(frozen=True)
class Period:
    """`starts_on` is in, `ends_on` is out."""

    text: str
    starts_on: date
    ends_on: date


def parse_period(text: str) -> Period:
    """Read any of the three ways. Raises `UnknownPeriod`."""
    try:
        starts_on, ends_on = _bounds(text)
    except ValueError:
        raise UnknownPeriod from None
    if starts_on >= ends_on or starts_on.year not in _YEARS or ends_on.year not in _YEARS:
        raise UnknownPeriod
    return Period(text, starts_on, ends_on)


def _bounds(text: str) -> tuple[date, date]:
    if calendar := _CALENDAR.fullmatch(text):
        year = int(calendar[1])
        return date(year, 1, 1), date(year + 1, 1, 1)
    if school := _SCHOOL.fullmatch(text):
        first, second = int(school[1]), int(school[2])
        if second != first + 1:
            raise ValueError(text)
        return date(first, 9, 1), date(second, 9, 1)
    if free := _FREE.fullmatch(text):
        return date.fromisoformat(free[1]), date.fromisoformat(free[2])
    raise ValueError(text)
