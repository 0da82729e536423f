"""What a programme head could print for a figure, so that the wording holds (R15). Pure."""

from collections.abc import Iterator
from fractions import Fraction

from services.reporting.wording import Verdict, judge, parse_wording

_SMALL = 100
"""Below it a whole number is printed as it is: "44 élèves" says more than "environ 40"."""
_TEN = 10
_FINEST = Fraction(1, 100)
_THOUSANDS = "\u202f"


def suggested_wording(
    low: Fraction | None, high: Fraction | None, *, high_in: bool = True, share: bool = False
) -> str | None:
    """A small or round number as it is; else the nearest round number of one or two digits that every value bears out.

    An interval too wide for that, or without an end, has "au moins" what is sure. None where there is no value or
    nothing is sure, and for a share (in percent) below 1, which would be printed as if it were exact.
    """
    if low is None or (share and low < 1):
        return None
    if low == high and (low in _round(low) or (low < _SMALL and low.denominator == 1)):
        return _french(low)
    if high is not None:
        middle = (low + high) / 2
        # The nearer one, then the one with fewer digits.
        numbers = sorted({*_round(low), *_round(high)}, key=lambda number: (abs(number - middle), -_zeros(number)))
        for wording in (f"{word} {_french(number)}" for number in numbers for word in _words(number, low, high)):
            if judge(parse_wording(wording), low, high, high_in=high_in) is Verdict.ESTABLISHED:
                return wording
    sure = max((number for number in _round(low) if number <= low), default=Fraction(0))
    return f"au moins {_french(sure)}" if sure else None


def _words(number: Fraction, low: Fraction, high: Fraction) -> Iterator[str]:
    """The more telling word first."""
    if number <= low:
        yield "plus de"
    if number >= high:
        yield "près de"
    yield "environ"


def _round(value: Fraction) -> set[Fraction]:
    """The numbers of one or two significant digits, and at most two decimals, on both sides of it."""
    if value <= 0:
        return {Fraction(0)}
    unit = Fraction(_TEN) ** _exponent(value)
    found = set()
    for step in (max(unit, _FINEST), max(unit / _TEN, _FINEST)):
        below = value // step * step
        found |= {below, below if below == value else below + step}
    return found - {Fraction(0)}


def _exponent(value: Fraction) -> int:
    """Of the leading digit: 2 for 450, -1 for 0.3."""
    exponent = 0
    while value >= _TEN:
        value, exponent = value / _TEN, exponent + 1
    while value < 1:
        value, exponent = value * _TEN, exponent - 1
    return exponent


def _zeros(number: Fraction) -> int:
    """How round it is: 5 000 more than 4 900."""
    digits = f"{float(number):e}".partition("e")[0].replace(".", "")
    return len(digits) - len(digits.rstrip("0"))


def _french(number: Fraction) -> str:
    if number.denominator == 1:
        return f"{int(number):,}".replace(",", _THOUSANDS)
    return f"{float(number):.10f}".rstrip("0").replace(".", ",")
