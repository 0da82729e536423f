"""From rows to a result, for indicators whose figure is one function of one row."""

from collections.abc import Callable, Mapping, Sequence

from services.reporting.indicators.indicator import Coverage, Figure, Quality, Result
from services.reporting.indicators.reader import Reader, Row
from services.reporting.queries.cells import has_attributes


def whole_of(rows: Sequence[Row]) -> Row:
    """The row over everything."""
    return next(row for row in rows if row["whole"])


def result_of(reader: Reader, rows: Sequence[Row], figure: Callable[[Row], Figure | None]) -> Result:
    """`figure` answers None for a cell in which there is nothing to show."""
    whole = whole_of(rows)
    cells = {row["cell"]: figure(row) for row in rows if not row["whole"]}
    return with_cells(reader, whole, figure(whole), cells)


def with_cells(reader: Reader, whole: Row, figure: Figure | None, cells: Mapping[str, Figure | None]) -> Result:
    """Put together what goes beside every figure."""
    if figure is None:
        raise ValueError("the whole always has a figure")
    coverage = None
    if has_attributes(reader.question.by):
        coverage = Coverage(known=whole["known_persons"], total=whole["persons"])
    return Result(
        whole=figure,
        cells={cell: found for cell, found in sorted(cells.items()) if found is not None},
        quality=Quality(whole["missing_rolls"], whole["unknown_references"], whole["unknown_establishments"]),
        coverage=coverage,
    )
