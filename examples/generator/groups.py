"""Which pupils meet, and which pupils are only counted: the occasions of a series in one school year."""

import random
from collections.abc import Iterator
from dataclasses import dataclass, field

from examples.generator.people import Cohorts, Person
from examples.generator.plan import Plan, apportion
from examples.generator.pupils import chosen
from examples.generator.series import Series
from examples.generator.sessions import Cell


@dataclass(frozen=True)
class Occasion:
    """Who meets where, perhaps several times."""

    members: list[Person] = field(default_factory=list)
    place: str | None = None
    cells: list[Cell] = field(default_factory=list)


def occasions(plan: Plan, rng: random.Random, series: Series, cohorts: Cohorts, year: int) -> list[Occasion]:
    """Groups of pupils; establishments whose pupils are counted; or one occasion for each title or date."""
    found = [*_groups(plan, rng, series, cohorts, year), *_counted(plan, rng, series)]
    if series.pupils or series.headcounts:
        return found
    return [Occasion() for _ in series.titles or series.dates]


def _groups(plan: Plan, rng: random.Random, series: Series, cohorts: Cohorts, year: int) -> Iterator[Occasion]:
    together: dict[str, list[Person]] = {}
    for row in series.pupils:
        there = [person for person in cohorts[row["cohort"]] if _fits(row, person, year)]
        invited = plan.scaled(row["number"]) if "number" in row else round(len(there) * row.get("share", 1))
        for person in rng.sample(there, min(len(there), invited)):
            together.setdefault(_key(plan, series, person, year), []).append(person)
    for members in together.values():
        drawn = rng.sample(members, len(members))
        number = -(-len(drawn) // series.group_size) if series.group_size else 1
        for position in range(number):
            group = drawn[position::number]
            at_school = group[0].stays[year].first.uai
            yield Occasion(group, at_school if series.place == "establishment" else series.place)


def _fits(row: dict[str, object], person: Person, year: int) -> bool:
    """In that cohort that year, at one of the levels that the row names, if it names any."""
    stay = person.stays.get(year)
    levels = row.get("levels")
    return (
        stay is not None
        and stay.cohort == row["cohort"]
        and (not isinstance(levels, list) or stay.first.level in levels)
    )


def _key(plan: Plan, series: Series, person: Person, year: int) -> str:
    stay = person.stays[year]
    keys = {
        "establishment": stay.first.uai,
        "site": str(plan.establishments[stay.first.uai]["site"]),
        "level": stay.first.level,
        "track": str(stay.first.track),
        "all": "",
    }
    return keys[series.group_by]


def _counted(plan: Plan, rng: random.Random, series: Series) -> Iterator[Occasion]:
    """Each establishment once, with some of its levels; together they come to `total` pupils."""
    asked = series.headcounts
    if not asked:
        return
    places = [
        (uai, level)
        for uai in chosen(plan, rng, asked)
        for level in _levels(rng, asked["levels"][plan.establishments[uai]["nature"]], asked.get("cells", 1))
    ]
    sizes = apportion(plan.scaled(asked["total"]), [rng.uniform(0.7, 1.3) for _ in places])
    cells = [_cell(asked, *place, pupils) for place, pupils in zip(places, sizes, strict=True)]
    if asked.get("together"):
        yield Occasion(place=series.place, cells=cells)
        return
    for uai in dict.fromkeys(uai for uai, _ in places):
        yield Occasion(place=uai, cells=[cell for cell in cells if cell.uai == uai])


def _levels(rng: random.Random, levels: list[str], number: int) -> list[str]:
    return rng.sample(levels, min(number, len(levels)))


def _cell(asked: dict[str, float], uai: str, level: str, pupils: int) -> Cell:
    girls = round(pupils * asked["girls_share"]) if "girls_share" in asked else None
    return Cell(uai, level, pupils, girls)
