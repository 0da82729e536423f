"""I01 and I04: distinct pupils with a countable presence, and those who were only declared (R12)."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction

from contracts.vocabulary import Answer, Gender, Level
from services.reporting.indicators.indicator import Figure, Result, Unseen
from services.reporting.indicators.interval import Declared, Named, Place, interval
from services.reporting.indicators.reader import Reader, Row
from services.reporting.indicators.results import whole_of, with_cells
from services.reporting.queries.question import UNKNOWN, By

_COUNTS = """
    count(DISTINCT person) AS persons, coalesce(max(pupils), 0) AS largest, coalesce(sum(pupils), 0) AS total,
    max(girls) AS most_girls, coalesce(sum(girls), 0) AS girls,
    coalesce(sum(not_girls), 0) AS not_girls, coalesce(sum(pupils) FILTER (WHERE girls IS NULL), 0) AS girls_unsaid
"""
_PLACE = ("establishment", "level", "school_year")
_FEMALE, _MALE = "F", "M"

_NOBODY_SAID = {"non_renseigne", "NON_RENSEIGNE", "unknown"}
_GENDERS, _ANSWERS, _LEVELS = ({str(word) for word in words} - _NOBODY_SAID for words in (Gender, Answer, Level))
_WORDS: Mapping[By, Collection[str]] = {
    By.GENDER: {*_GENDERS, UNKNOWN},
    By.SCHOLARSHIP: {*_ANSWERS, UNKNOWN},
    By.QPV: {*_ANSWERS, UNKNOWN},
    By.RURAL: {*_ANSWERS, UNKNOWN},
    By.TRACK: {UNKNOWN},
}
"""What a declared pupil may be whom the breakdown cannot answer: all words of a closed list. Tracks have none."""


async def beneficiaries(reader: Reader) -> Result:
    """The interval over everything, and for each cell."""
    declared = "coalesce(sum(pupils) FILTER (WHERE counted), 0) AS declared"
    rows, groups = await reader.totals_and_groups(declared, _COUNTS, "family", *_PLACE)
    everything = [group for group in groups if group["whole"]]
    in_cell = defaultdict(list)
    for group in groups:
        if not group["whole"]:
            in_cell[group["cell"]].append(group)
    whole = whole_of(rows)
    of_cell = {row["cell"]: row for row in rows if not row["whole"] and row["cell"] and row["facts"]}
    by = reader.question.by
    figures = {
        cell: _figure(of_cell.get(cell), *_parts(by, cell, everything, in_cell))
        for cell in {*of_cell, *(_WORDS.get(by, ()) if by else ())}
    }
    filled = {cell: figure for cell, figure in figures.items() if figure.high or cell in of_cell}
    result = with_cells(reader, whole, _figure(whole, _named(everything), _declared(everything), 0), filled)
    return replace(result, unseen=_unseen(by, filled, everything, in_cell))


def _unseen(
    by: By | None, seen: Iterable[str], everything: Sequence[Row], in_cell: Mapping[str, Sequence[Row]]
) -> Unseen:
    """Declared pupils who may be in a cell that has no name yet: each in one of its own, as far as there are words."""
    if by is By.TRACK:
        pupils = sum(_declared_pupils(everything))
        return Unseen(pupils, pupils)
    if by is By.LEVEL:
        pupils = sum(_declared_pupils(in_cell.get(UNKNOWN, ())))
        return Unseen(min(pupils, len(_LEVELS.difference(seen))), pupils)
    return Unseen()


Parts = tuple[list[Named], list[Declared], int]


def _parts(by: By | None, cell: str, everything: Sequence[Row], in_cell: Mapping[str, Sequence[Row]]) -> Parts:
    """What bears on one cell: named pupils, headcounts that answer, and pupils of headcounts that do not."""
    mine = in_cell.get(cell, ())
    if by in {By.QPV, By.SCHOLARSHIP, By.RURAL, By.TRACK}:
        return _named(mine), [], sum(_declared_pupils(everything))
    if by is By.GENDER:
        return _parts_of_gender(cell, everything, in_cell)
    if by is By.LEVEL:
        # The level of a person is that of the first activity; whom a headcount counts is known by the level that day.
        unsaid = in_cell.get(UNKNOWN, ()) if cell != UNKNOWN else ()
        return _named(everything), _declared(mine), sum(_declared_pupils(unsaid))
    return _named(mine), _declared(mine), 0


def _parts_of_gender(cell: str, everything: Sequence[Row], in_cell: Mapping[str, Sequence[Row]]) -> Parts:
    if cell != _FEMALE:
        return [], [], sum(int(group["not_girls"] + group["girls_unsaid"]) for group in everything)
    girls = [
        Declared(_place(group), int(group["most_girls"]), int(group["girls"]))
        for group in everything
        if group["most_girls"] is not None
    ]
    perhaps_girls = [group for name, groups in in_cell.items() if name != _MALE for group in groups]
    return _named(perhaps_girls), girls, sum(int(group["girls_unsaid"]) for group in everything)


def _figure(row: Row | None, named: list[Named], declared: list[Declared], unanswered: int) -> Figure:
    persons, facts = (row["persons"], row["facts"]) if row else (0, 0)
    low, high = interval(persons, named, declared, unanswered)
    return Figure(Fraction(low), Fraction(high), facts, {"nominative": persons})


def _place(group: Row) -> Place:
    return group["establishment"], group["level"], int(group["school_year"])


def _named(groups: Iterable[Row]) -> list[Named]:
    return [Named(_place(group), group["persons"]) for group in groups if group["family"] == "presence"]


def _declared(groups: Iterable[Row]) -> list[Declared]:
    return [
        Declared(_place(group), int(group["largest"]), int(group["total"]))
        for group in groups
        if group["family"] == "headcount"
    ]


def _declared_pupils(groups: Iterable[Row]) -> Iterable[int]:
    return (int(group["total"]) for group in groups)
