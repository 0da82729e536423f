"""What is asked: scope, period, breakdown. And SQL as a list of named steps (`WITH`)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from services.reporting.periods import Period

Steps = tuple[tuple[str, str], ...]
"""Named steps in their order; a step may read those before it."""


class By(StrEnum):
    """A breakdown. Each cell and the total are counted anew, never summed (R6)."""

    LEVEL = "level"
    GENDER = "gender"
    SCHOLARSHIP = "scholarship"
    QPV = "qpv"
    ESTABLISHMENT = "establishment"
    ACADEMIE = "academie"
    ACTIVITY = "activity"
    PROGRAMME = "programme"
    PLACE = "place"
    ROLE = "role"
    SCHOOL = "school"
    ORGANISATION = "organisation"
    DEPARTEMENT = "departement"
    TYPE = "type"
    REP = "rep"
    RURAL = "rural"
    SUBJECT = "subject"
    TRACK = "track"
    CATEGORY = "category"
    EDITION = "edition"
    TOPIC = "topic"
    KIND = "kind"
    YEAR = "year"
    COHORT = "cohort"
    YEARS_BETWEEN = "years_between"
    CONDITION = "condition"


UNKNOWN = "non_renseigne"
"""The cell of those of whom nobody said it (R8)."""


@dataclass(frozen=True)
class Question:
    """A figure's scope. `as_of` is today in Paris: past activities without a roll are missing rolls (R2)."""

    period: Period
    as_of: date
    programme: str | None = None
    organisation: str | None = None
    by: By | None = None
    threshold_minutes: int = 600

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Bound by name in every query."""
        return {
            "starts_on": self.period.starts_on,
            "ends_on": self.period.ends_on,
            "as_of": self.as_of,
            "programme": self.programme,
            "organisation": self.organisation,
            "threshold_minutes": self.threshold_minutes,
        }


_ONCE_MORE = {"item": "", "celled": "NOT MATERIALIZED "}
"""Steps that only pass on what other steps have joined: writing them down once more would cost as much as the joins."""


def with_steps(steps: Iterable[tuple[str, str]], select: str) -> str:
    """One statement. Steps that `select` does not reach are not run; the others run once each.

    MATERIALIZED, because PostgreSQL otherwise repeats a step for every row of a join when it expects few rows.
    """
    named = ",\n".join(f"{name} AS {_ONCE_MORE.get(name, 'MATERIALIZED ')}({body})" for name, body in steps)
    return f"WITH RECURSIVE {named}\n{select}"


def among(column: str, step: str, of: str | None = None) -> str:
    """A condition on a table: `column` is one of the values of a step.

    As an array, so that an index finds the rows however few or many PostgreSQL expects: figures are computed
    without nested loops (answers.snapshot), which read a step again for every row when nobody has counted yet.
    """
    return f"{column} = ANY(ARRAY(SELECT {of or column.rpartition('.')[2]} FROM {step}))"  # noqa: S608 - our own names


FEW = 5_000
"""So many values are looked up one by one in an index; for more, the table is read in one go and matched by hash."""


def are_few(step: str) -> str:
    """A condition: whether a step has so few rows that each is looked up."""
    return f"(SELECT count(*) <= {FEW} FROM {step})"  # noqa: S608 - our own names


def rows_of(table: str, column: str, step: str, of: str | None = None) -> str:
    """The rows of a table whose `column` is one of the values of a step, as a source for FROM.

    Arrays of many are dear where no index is used, and reading all of a table is where few are wanted. Each half is
    asked in its case alone.
    """
    wanted = f"(SELECT {of or column} FROM {step})"  # noqa: S608 - our own names
    few = are_few(step)
    return f"""(
        SELECT * FROM {table} WHERE {few} AND {column} = ANY(ARRAY{wanted})
        UNION ALL
        SELECT * FROM {table} WHERE NOT {few} AND {column} IN {wanted})"""  # noqa: S608 - our own names
