"""Whether a computed value says what was printed, and what a declared number may be (R15)."""

from collections.abc import Callable

_RULES: dict[str, Callable[[float, float], bool]] = {
    "exact": lambda value, number: value == number,
    "plus de": lambda value, number: number <= value < 1.2 * number,
    "près de": lambda value, number: 0.95 * number <= value < number,
    "environ": lambda value, number: abs(value - number) <= 0.05 * number,
    "la plupart": lambda value, _: value > 0.5,  # noqa: PLR2004 - the definition itself
    "au moins": lambda value, number: value >= number,
}

DECLARED: dict[str, tuple[int, int | None]] = {
    "exact": (100, 100),
    "plus_de": (100, 120),
    "pres_de": (95, 100),
    "environ": (95, 105),
    "au_moins": (100, None),
}
"""From and up to which percentage of the number a declared one may be."""


def verdict(wording: str, number: float, low: float, high: float | None = None) -> str:
    """`established`, `compatible` or `contradicted`; a single value is an interval of one. Raises KeyError.

    Each rule holds on one stretch of values, so for persons it is enough to try every whole value of the interval.
    """
    holds = _RULES[wording]
    if high is None or high == low:
        return "established" if holds(low, number) else "contradicted"
    answers = {holds(value, number) for value in (*range(round(low), round(high) + 1),)}
    if answers == {True}:
        return "established"
    return "compatible" if True in answers else "contradicted"
