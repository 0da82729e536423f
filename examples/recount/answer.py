"""What an indicator answers: a number or bounds, and what stands beside it."""

from typing import Any

from examples.recount.wording import DECLARED

Answer = dict[str, Any]
"""`value` (None for bounds that differ, and where there is nothing to tell), `low`, `high`, `details`."""


def exactly(value: float | None, **details: Any) -> Answer:
    """One number; None is "no value"."""
    return {"value": value, "low": value, "high": value, "details": details}


def between(low: float, high: float | None, **details: Any) -> Answer:
    """Bounds, both in; without the second, there is no upper one."""
    return {"value": low if low == high else None, "low": low, "high": high, "details": details}


def share(part: float, whole: float) -> float | None:
    """In percent; None of nothing."""
    return 100 * part / whole if whole else None


def worded(wording: str, number: float, /, **details: Any) -> Answer:
    """The bounds that a wording gives (R15), its open ends taken in. Raises KeyError for another wording."""
    low, high = DECLARED[wording]
    if low == high:
        return exactly(number, **details)
    return between(number * low / 100, None if high is None else number * high / 100, **details)
