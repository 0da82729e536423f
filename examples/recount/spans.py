"""Half-open stretches of local dates, as ISO text: the first day is in, the last is out."""

from datetime import date

from examples.recount.facts import Data

Span = tuple[str, str]

FOREVER = "9999-12-31"
ALWAYS: Span = ("0001-01-01", FOREVER)


def span_of(data: Data) -> Span:
    """Where it says no end, it lasts."""
    return data["starts_on"], data.get("ends_on") or FOREVER


def covers(span: Span, day: date) -> bool:
    """Whether the day lies inside."""
    return span[0] <= day.isoformat() < span[1]


def common(*spans: Span) -> Span | None:
    """The days that lie in all of them; None where there is none."""
    start, end = max(span[0] for span in spans), min(span[1] for span in spans)
    return (start, end) if start < end else None


def first_day(span: Span) -> date:
    """The first day that is in."""
    return date.fromisoformat(span[0])
