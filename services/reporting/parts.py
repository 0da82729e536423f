"""Which number of an answer a wording speaks of (`of`): the whole, how many cells, one cell, a share, a detail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from chassis.errors import DomainError
from services.reporting.indicators.indicator import Figure, Indicator, Result, Unseen, exact, without_value
from services.reporting.queries.question import UNKNOWN


class UnknownPart(DomainError):
    """Le paramètre `of` s'écrit whole, cells, cell:<case>, share:<case> ou detail:<nom>."""

    field = "of"


class PartNeedsCells(DomainError):
    """Les cases se comptent dans une ventilation : il manque le paramètre `by`."""

    field = "of"


class UnknownDetail(DomainError):
    """Ce chiffre n'a pas ce détail ; la réponse nomme les siens sous `details`."""

    field = "of"


@dataclass(frozen=True)
class Part:
    """A number of the answer. A share is in percent, whatever the indicator's unit."""

    of: str
    figure: Figure
    unit: str


def part_of(indicator: Indicator, result: Result, of: str, *, broken_down: bool) -> Part:
    """Raises `UnknownPart`, `PartNeedsCells`, `UnknownDetail`."""
    kind, colon, name = of.partition(":")
    if kind not in _SHAPES or bool(colon) is not _SHAPES[kind] or bool(name) is not _SHAPES[kind]:
        raise UnknownPart
    if kind in {"cells", "cell", "share"} and not broken_down:
        raise PartNeedsCells
    return Part(of, _figure(indicator, result, kind, name), _UNITS.get(kind, indicator.unit))


_UNITS = {"cells": "cells", "share": "percent", "detail": "detail"}
_SHAPES = {"whole": False, "cells": False, "cell": True, "share": True, "detail": True}
"""Whether a name follows."""


def _figure(indicator: Indicator, result: Result, kind: str, name: str) -> Figure:
    match kind:
        case "cells":
            return _filled([figure for cell, figure in result.cells.items() if cell != UNKNOWN], result.unseen)
        case "cell":
            return result.cells.get(name) or _cell_without_facts(indicator, name, result.unseen)
        case "share":
            return _share(result.cells, name, result.unseen)
        case "detail":
            return _detail(result.whole, name)
        case _:
            return result.whole


def _filled(known: Sequence[Figure], unseen: Unseen) -> Figure:
    """How many cells have somebody for sure, and how many may have (R12)."""
    surely = sum(figure.low != 0 for figure in known)
    perhaps = [figure for figure in known if figure.high != 0]
    facts = sum(figure.facts for figure in perhaps)
    return Figure(Fraction(surely), Fraction(len(perhaps) + unseen.cells), facts)


def _cell_without_facts(indicator: Indicator, name: str, unseen: Unseen) -> Figure:
    """Nobody is known to be there; declared pupils may be."""
    if indicator.ratio or indicator.unit == "percent":
        return without_value(0)
    return Figure(Fraction(0), Fraction(0 if name == UNKNOWN else unseen.persons), 0)


def _share(cells: Mapping[str, Figure], name: str, unseen: Unseen) -> Figure:
    """In percent of the sum of the known cells (R8); of intervals the least and the most that it can be."""
    known = {cell: figure for cell, figure in cells.items() if cell != UNKNOWN}
    known[""] = Figure(Fraction(0), Fraction(unseen.persons), 0)
    mine = known.pop(name, exact(0, 0) if name == UNKNOWN else known[""])
    if mine.low is None or mine.high is None:
        return without_value(mine.facts)
    least, most = (sum((bound or Fraction(0) for bound in bounds), Fraction(0)) for bounds in _bounds(known))
    if mine.low + most == 0 or mine.high + least == 0:
        return without_value(mine.facts)
    return Figure(100 * mine.low / (mine.low + most), 100 * mine.high / (mine.high + least), mine.facts)


def _bounds(cells: Mapping[str, Figure]) -> tuple[list[Fraction | None], list[Fraction | None]]:
    return [figure.low for figure in cells.values()], [figure.high for figure in cells.values()]


def _detail(whole: Figure, name: str) -> Figure:
    if name not in whole.details:
        raise UnknownDetail
    number = whole.details[name]
    return without_value(whole.facts) if number is None else exact(number, whole.facts)
