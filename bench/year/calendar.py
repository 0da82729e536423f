"""The school year 2022-2023: its days by number (0 is 1 September), and how busy each one is."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SCHOOL_YEAR = 2022
PERIOD = f"{SCHOOL_YEAR}-{SCHOOL_YEAR + 1}"
FIRST_DAY = date(SCHOOL_YEAR, 9, 1)
LAST_DAY = date(SCHOOL_YEAR + 1, 9, 1)
"""The first day that is out."""

_PARIS = ZoneInfo("Europe/Paris")
_MARGIN = 60
_BEGINS, _ENDS = date(2022, 9, 12), date(2023, 7, 8)
# The official holidays of zone B, by first day off and first day back.
_HOLIDAYS = (
    (date(2022, 10, 22), date(2022, 11, 7)),
    (date(2022, 12, 17), date(2023, 1, 3)),
    (date(2023, 2, 11), date(2023, 2, 27)),
    (date(2023, 4, 15), date(2023, 5, 2)),
)
# Monday to Sunday: Wednesday afternoon and Saturday morning are when pupils are free.
_WEEK = (1.0, 1.1, 1.8, 1.1, 0.9, 0.5, 0.0)
_IN_HOLIDAYS = 0.08


def day_at(number: int) -> date:
    """The date of a day's number."""
    return FIRST_DAY + timedelta(days=number)


def _weight(day: date) -> float:
    if not _BEGINS <= day < _ENDS:
        return 0.0
    return _WEEK[day.weekday()] * (_IN_HOLIDAYS if any(off <= day < back for off, back in _HOLIDAYS) else 1.0)


def _offset(day: date) -> int:
    moment = datetime.combine(day, time(12), _PARIS).utcoffset()
    return int((moment or timedelta()).total_seconds()) // 3600


YEAR_DAYS = (LAST_DAY - FIRST_DAY).days
TEXTS = [day_at(number).isoformat() for number in range(YEAR_DAYS + _MARGIN)]
"""Dates as text, some weeks beyond the year: what is published late is published then."""
OFFSETS = [_offset(day_at(number)) for number in range(YEAR_DAYS)]
"""Hours by which the clocks of Paris are ahead of UTC."""
BUSY = [_weight(day_at(number)) for number in range(YEAR_DAYS)]
"""How likely an activity is on each day."""
