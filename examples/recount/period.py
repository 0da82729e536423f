"""Periods (R1): a calendar year, a school year, or free; always local dates of Paris, the end is out."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

_PARIS = ZoneInfo("Europe/Paris")
_SEPTEMBER = 9


@dataclass(frozen=True)
class Period:
    """From `start` (in) to `end` (out)."""

    start: date
    end: date

    def __contains__(self, day: date) -> bool:
        """Whether the local date lies inside."""
        return self.start <= day < self.end

    @property
    def span(self) -> tuple[str, str]:
        """As a stretch of dates in ISO text."""
        return self.start.isoformat(), self.end.isoformat()


def parse_period(text: str) -> Period:
    """`2019`, `2018-2019` (school year) or `2019-01-01/2019-07-01`. Raises ValueError."""
    if re.fullmatch(r"\d{4}", text):
        return Period(date(int(text), 1, 1), date(int(text) + 1, 1, 1))
    if re.fullmatch(r"\d{4}-\d{4}", text) and int(text[5:]) == int(text[:4]) + 1:
        return Period(date(int(text[:4]), _SEPTEMBER, 1), date(int(text[5:]), _SEPTEMBER, 1))
    start, slash, end = text.partition("/")
    if not slash or date.fromisoformat(start) >= date.fromisoformat(end):
        message = "a period is 2019, 2018-2019 or 2019-01-01/2019-07-01"
        raise ValueError(message)
    return Period(date.fromisoformat(start), date.fromisoformat(end))


def local_day(moment: str) -> date:
    """The date in Paris of an RFC 3339 moment."""
    return datetime.fromisoformat(moment).astimezone(_PARIS).date()


def school_year(day: date) -> int:
    """The year in which the school year of this day starts."""
    return day.year if day.month >= _SEPTEMBER else day.year - 1
