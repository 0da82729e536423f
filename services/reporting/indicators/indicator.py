"""What an indicator is, and what a figure is. The rules themselves stand in the modules beside."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from services.reporting.indicators.reader import Reader
from services.reporting.queries.question import By, Question, Steps

Number = int | Fraction | None


@dataclass(frozen=True)
class Figure:
    """One value, or an interval that holds the truth (R12); `facts` is how many facts were counted.

    Neither `low` nor `high`: nobody can say, such as a share of nobody. `low` alone: that much or more. `high_in` is
    false where a declared wording ends before `high` (R15).
    """

    low: Fraction | None
    high: Fraction | None
    facts: int
    details: Mapping[str, Number] = field(default_factory=dict)
    high_in: bool = True

    @property
    def value(self) -> Fraction | None:
        """The one value, if it is one."""
        return self.low if self.low == self.high else None


def exact(value: Fraction | int, facts: int, **details: Number) -> Figure:
    """A figure that is no interval."""
    return Figure(Fraction(value), Fraction(value), facts, details)


def without_value(facts: int, **details: Number) -> Figure:
    """A figure that cannot be said."""
    return Figure(None, None, facts, details)


def percent(part: int, whole: int, facts: int, **details: Number) -> Figure:
    """A share in percent; of nothing there is none."""
    return exact(Fraction(100 * part, whole), facts, **details) if whole else without_value(facts, **details)


@dataclass(frozen=True)
class Quality:
    """What is missing from the data, beside the figure and never in it (R2, R4b)."""

    missing_rolls: int = 0
    unknown_references: int = 0
    unknown_establishments: int = 0


@dataclass(frozen=True)
class Coverage:
    """Of how many persons the attribute is known (R8)."""

    known: int
    total: int


@dataclass(frozen=True)
class Unseen:
    """Cells that nobody is known to be in: how many of them declared pupils could fill, and one of them up to where."""

    cells: int = 0
    persons: int = 0


@dataclass(frozen=True)
class Result:
    """The whole, and each cell counted anew (R6)."""

    whole: Figure
    cells: Mapping[str, Figure]
    quality: Quality
    coverage: Coverage | None = None
    unseen: Unseen = Unseen()


@dataclass(frozen=True)
class Indicator:
    """A definition. A change of the rule raises `version`; `rule` says it in words, `seed` who prints the figure.

    A `ratio` has no value where there is nobody, instead of 0; a percentage is one always. `organised`: it asks who
    organised each activity that day, whatever the question.
    """

    code: str
    name_fr: str
    name_en: str
    unit: str
    version: int
    rule: str
    seed: str
    breakdowns: frozenset[By]
    facts: Callable[[Question], Steps]
    measure: Callable[[Reader], Awaitable[Result]]
    volunteers: bool = False
    default_by: By | None = None
    ratio: bool = False
    organised: bool = False
