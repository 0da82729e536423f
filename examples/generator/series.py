"""A series of activities as the programme file describes it: `[[generator.series]]`."""

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from examples.generator.plan import Plan, PlanRefused

_ONCE_OR_TWICE = 2


@dataclass(frozen=True)
class Hours:
    """Pupil-hours that all activities of the period together come to."""

    starts_on: date
    ends_on: date
    hours: float
    around: int


@dataclass(frozen=True)
class Series:
    """What is common to the activities of a series. The programme file's README explains every field."""

    series: str
    activity: str
    system: str
    school_years: tuple[int, ...]
    minutes: tuple[int, ...]
    programme: str
    times: int | None = None
    dates: tuple[date, ...] = ()
    hour: str | None = None
    pupils: tuple[dict[str, Any], ...] = ()
    group_by: str = "establishment"
    group_size: int = 0
    place: str | None = None
    organisers: tuple[tuple[str, ...], ...] = ()
    subjects: tuple[str, ...] = ()
    titles: tuple[str, ...] = ()
    stands: tuple[dict[str, str], ...] = ()
    acting: tuple[dict[str, Any], ...] = ()
    headcounts: dict[str, Any] = field(default_factory=dict)
    at_least: int = 0
    at_least_minutes: int = 0
    aim: Hours | None = None

    @property
    def repeats(self) -> bool:
        """Each group meets again and again: one meeting less is no harm. What happens once is held on another day."""
        return bool(self.pupils) and not self.dates and (self.times is None or self.times > _ONCE_OR_TWICE)

    @property
    def fewest(self) -> int:
        """Meetings that each pupil must have been at."""
        return max(self.at_least, -(-self.at_least_minutes // min(self.minutes)))

    def aims_at(self, day: date) -> bool:
        """Inside the period that the numbers asked for speak of; a series without one means every day."""
        return self.aim is None or self.aim.starts_on <= day < self.aim.ends_on


def load_series(plan: Plan) -> list[Series]:
    """The rows of the plan. Raises PlanRefused for a field that no series has."""
    return [_series(plan, dict(row)) for row in plan.rows("series")]


def _series(plan: Plan, row: dict[str, Any]) -> Series:
    row["programme"] = plan.renamed(row.get("programme"))
    row.setdefault("school_years", list(plan.years))
    minutes, organisers = row.pop("minutes", 60), row.pop("organisers", [])
    row["minutes"] = [minutes] if isinstance(minutes, int) else minutes
    row["organisers"] = [organisers] if organisers and isinstance(organisers[0], str) else organisers
    row["dates"] = [date.fromisoformat(day) for day in row.get("dates", ())]
    if "aim" in row:
        aim = row["aim"]
        first, last = date.fromisoformat(aim["from"]), date.fromisoformat(aim["to"])
        row["aim"] = Hours(first, last, aim["pupil_hours"], aim["around"])
    unknown = row.keys() - Series.__dataclass_fields__.keys()
    if unknown:
        raise PlanRefused(f"a series has no {', '.join(sorted(unknown))}")
    row = {name: tuple(value) if isinstance(value, list) else value for name, value in row.items()}
    row["organisers"] = tuple(tuple(names) for names in row["organisers"])
    return Series(**row)
