"""Invented people, for life: a pupil of one year may be a volunteer and a student of a later one. No names."""

from dataclasses import dataclass, field
from datetime import date

from examples.generator.plan import System


@dataclass(frozen=True)
class Schooling:
    """Where and at which level, from `starts_on` until `ends_on` (out)."""

    starts_on: date
    ends_on: date
    uai: str
    level: str
    track: str | None = None


@dataclass
class Stay:
    """A pupil in one school year: who registers the pupil, where at school, enrolled in what from when to when.

    `enrolment` is None for a pupil of whom only the profile is known; `accounts` is how many the app gave by mistake.
    """

    cohort: str
    home: System
    schooling: list[Schooling]
    programme: str
    enrolment: str | None
    enrolled_from: date
    enrolled_to: date
    accounts: int = 1

    @property
    def first(self) -> Schooling:
        """The school year as it begins."""
        return self.schooling[0]


@dataclass(frozen=True)
class Engagement:
    """A volunteer in one school year."""

    home: System
    organisation: str
    category: str


@dataclass(frozen=True)
class Study:
    """A student of a school in one school year, as that school's system says."""

    home: System
    organisation: str
    pathway: str


@dataclass(eq=False)
class Person:
    """One person. `records` holds the references that systems gave: (system, pupil or not, school year)."""

    gender: str
    scholarship: str = "non_renseigne"
    qpv: str = "non_renseigne"
    rural: str = "non_renseigne"
    stays: dict[int, Stay] = field(default_factory=dict)
    engagements: dict[int, Engagement] = field(default_factory=dict)
    studies: dict[int, Study] = field(default_factory=dict)
    records: dict[tuple[str, bool, int], list[str]] = field(default_factory=dict)

    def home(self, year: int, *, pupil: bool) -> System:
        """The system that registers the person that year, as a pupil or as somebody grown up."""
        if pupil:
            return self.stays[year].home
        return self.engagements[year].home if year in self.engagements else self.studies[year].home

    @property
    def adult_years(self) -> list[int]:
        """The school years as a volunteer or a student of a school."""
        return sorted({*self.engagements, *self.studies})


Cohorts = dict[str, list[Person]]
