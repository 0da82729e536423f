"""Does a figure bear out a wording (R15)? « plus de 130 », « près de 1 500 », « environ 4 000 », « 44 ». Pure."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from chassis.errors import DomainError

MORE_THAN = Fraction(12, 10)
"""« plus de N » holds below 1.2 N: beyond it another number would have been printed."""
NEAR = Fraction(95, 100)
ABOUT = Fraction(5, 100)
HALF = Fraction(50)
"""Shares are in percent."""


class UnknownWording(DomainError):
    """Une formulation s'écrit « plus de N », « près de N », « environ N », « au moins N », « N » ou « exactement N ».

    Et « la plupart », d'une part.
    """

    field = "wording"


class Verdict(StrEnum):
    """What a figure says of a wording; the value is the code, `label` is for readers."""

    ESTABLISHED = "established"
    COMPATIBLE = "compatible"
    CONTRADICTED = "contradicted"
    UNKNOWN = "unknown"

    @property
    def label(self) -> str:
        """In French."""
        return {
            "established": "établi",
            "compatible": "compatible",
            "contradicted": "contredit",
            "unknown": "sans valeur",
        }[self]


@dataclass(frozen=True)
class Wording:
    """The values that bear the wording out: an interval whose ends are in or out."""

    text: str
    low: Fraction
    high: Fraction | None
    low_in: bool = True
    high_in: bool = True
    of_share: bool = False

    def holds(self, value: Fraction) -> bool:
        """Whether one value bears it out."""
        above = value >= self.low if self.low_in else value > self.low
        if self.high is None:
            return above
        return above and (value <= self.high if self.high_in else value < self.high)


_NUMBER = r"(?P<number>\d+(?:[ \u00a0\u202f]\d{3})*(?:[.,]\d+)?)"
_KINDS: tuple[tuple[str, Callable[[str, Fraction], Wording]], ...] = (
    (rf"plus (?:de|d')\s*{_NUMBER}", lambda text, n: Wording(text, n, n * MORE_THAN, high_in=False)),
    (rf"pr[èe]s (?:de|d')\s*{_NUMBER}", lambda text, n: Wording(text, n * NEAR, n, high_in=False)),
    (rf"environ\s+{_NUMBER}", lambda text, n: Wording(text, n * (1 - ABOUT), n * (1 + ABOUT))),
    (rf"au moins\s+{_NUMBER}", lambda text, n: Wording(text, n, None)),
    (rf"(?:exactement\s+)?{_NUMBER}", lambda text, n: Wording(text, n, n)),
)


def parse_wording(text: str) -> Wording:
    """Read a wording; numbers in French style. Raises `UnknownWording`."""
    plain = " ".join(text.strip().lower().replace("\u2019", "'").split(" "))
    if plain == "la plupart":
        return Wording(text, HALF, None, low_in=False, of_share=True)
    for pattern, make in _KINDS:
        if found := re.fullmatch(pattern, plain):
            return make(text, _number(found["number"]))
    raise UnknownWording


def _number(text: str) -> Fraction:
    return Fraction(re.sub(r"[ \u00a0\u202f]", "", text).replace(",", "."))


def judge(wording: Wording, low: Fraction | None, high: Fraction | None, *, high_in: bool = True) -> Verdict:
    """Established if every value from `low` to `high` bears the wording out, compatible if one does.

    Without `high`: `low` and more; without `low`: there is no value to judge.
    """
    if low is None:
        return Verdict.UNKNOWN
    if wording.holds(low) and _bears_to(wording, high, high_in=high_in):
        return Verdict.ESTABLISHED
    return Verdict.COMPATIBLE if _touches(wording, low, high, high_in=high_in) else Verdict.CONTRADICTED


def _bears_to(wording: Wording, high: Fraction | None, *, high_in: bool) -> bool:
    """Whether the wording goes as far up as the figure does."""
    if wording.high is None:
        return True
    if high is None:
        return False
    return wording.holds(high) if high_in else high <= wording.high


def _touches(wording: Wording, low: Fraction, high: Fraction | None, *, high_in: bool) -> bool:
    """Whether the interval of the figure and that of the wording share a value."""
    first = max(low, wording.low)
    ends = [end for end in (high, wording.high) if end is not None]
    if not ends or first < min(ends):
        return True
    # Where they meet in a single point, that point must be in both.
    return first == min(ends) and wording.holds(first) and (first != high or high_in)
