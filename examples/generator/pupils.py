"""Cohorts of pupils: who enters, who goes on a level higher, and what happens to a few of them."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from examples.generator.people import Cohorts, Person, Schooling, Stay
from examples.generator.plan import Plan, PlanRefused, Row, apportion

_OTHER_TRACK = {"2GT": "2PRO", "1G": "1PRO", "1T": "1PRO", "TG": "TPRO", "TT": "TPRO", "2PRO": "2GT", "1PRO": "1T"}


@dataclass(frozen=True)
class Place:
    """An establishment of a cohort; `levels` are weights."""

    uai: str
    weight: float
    levels: dict[str, float]


def draw_pupils(plan: Plan) -> Cohorts:
    """Every cohort of the plan, in its order."""
    cohorts: Cohorts = {}
    for row in plan.rows("pupils"):
        cohorts[row["cohort"]] = _Drawing(plan, row, cohorts).cohort()
    return cohorts


class _Drawing:
    """One cohort while it is drawn."""

    def __init__(self, plan: Plan, row: Row, others: Cohorts) -> None:
        self.plan, self.row, self.others = plan, row, others
        self.rng = plan.rng(f"pupils|{row['cohort']}")
        self.asked = {**plan.table("people"), **row}
        self.home = plan.systems[row["home"]]
        self.places = list(_places(plan, self.rng, row))
        self.drawn: list[Person] = []

    def cohort(self) -> list[Person]:
        for row in self.row["years"]:
            year = row["school_year"]
            entering, wanted = self.plan.scaled(row.get("enter", 0)), self.plan.scaled(row.get("go_on", 0))
            entering += wanted - self._go_on(year, wanted, self.row["cohort"])
            for come in row.get("come", ()):
                number = self.plan.scaled(come["number"])
                entering += number - self._go_on(year, number, come["cohort"])
            parts = apportion(entering, [place.weight for place in self.places])
            for place, number in zip(self.places, parts, strict=True):
                for _ in range(number):
                    self._enter(year, place)
        self._disturb()
        return self.drawn

    def _enter(self, year: int, place: Place) -> None:
        person = Person(
            gender="F" if self.rng.random() < self.asked["girls_share"] else "M",
            scholarship="oui" if self.rng.random() < self.asked["scholarship_share"] else "non",
            qpv="oui" if self.rng.random() < self.asked["qpv_share"] else self.asked.get("qpv_else", "non_renseigne"),
            rural="oui" if self.rng.random() < self.asked.get("rural_share", 0) else "non_renseigne",
        )
        self._stay(person, year, place.uai, self.rng.choices(list(place.levels), list(place.levels.values()))[0])
        self.drawn.append(person)

    def _go_on(self, year: int, wanted: int, cohort: str) -> int:
        """So many of last year's move a level up, from this cohort or from another; how many could."""
        own = cohort == self.row["cohort"]
        known = _in(self.drawn if own else self.others[cohort], cohort, year - 1)
        before = [person for person in known if year not in person.stays]
        able = [(person, place, level) for person in before for place, level in self._onward(person.stays[year - 1])]
        chosen = self.rng.sample(able, min(wanted, len(able)))
        for person, place, level in chosen:
            self._stay(person, year, place.uai, level)
        self.drawn += [] if own else [person for person, _, _ in chosen]
        return len(chosen)

    def _onward(self, stay: Stay) -> list[tuple[Place, str]]:
        """One place and level of the next year, or none: the same establishment if it has the level."""
        levels = self.asked.get("next_level", {}).get(stay.schooling[-1].level)
        if not levels:
            return []
        level = self.rng.choice(levels)
        there = [place for place in self.places if level in place.levels]
        same = [place for place in there if place.uai == stay.schooling[-1].uai]
        return [(self.rng.choice(same or there), level)] if there else []

    def _stay(self, person: Person, year: int, uai: str, level: str) -> None:
        school_year = self.plan.years[year]
        person.stays[year] = Stay(
            cohort=self.row["cohort"],
            home=self.home,
            schooling=[Schooling(date(year, 9, 1), date(year + 1, 9, 1), uai, level, self._track(person, year, level))],
            programme=self.plan.renamed(self.row.get("programme")),
            enrolment=self.row.get("enrolment"),
            enrolled_from=school_year.starts_on,
            enrolled_to=school_year.ends_on,
        )

    def _track(self, person: Person, year: int, level: str) -> str | None:
        """That of the year before, where the level has it; None where the level has no tracks."""
        tracks, before = self.asked.get("tracks", {}).get(level), person.stays.get(year - 1)
        if not tracks:
            return None
        return before.first.track if before and before.first.track in tracks else self.rng.choice(tracks)

    def _disturb(self) -> None:
        """What happens to a few, each to another one, in the last year: a move, a late or short enrolment, accounts."""
        last = self.row["years"][-1]["school_year"]
        known = _in(self.drawn, self.row["cohort"], last)
        there, weeks = iter(self.rng.sample(known, len(known))), self.plan.years[last].weeks
        for person in self._some(there, "enrolled_late"):
            person.stays[last].enrolled_from = weeks[max(1, round(len(weeks) * 0.15))]
        for person in self._some(there, "leave_early"):
            person.stays[last].enrolled_to = weeks[round(len(weeks) * 0.75)]
        for person in self._some(there, "double_accounts"):
            person.stays[last].accounts = 2
        moves = self.plan.scaled(self.row.get("moves", 0))
        for person in there if moves else ():
            moves -= self._move(person.stays[last], weeks[len(weeks) // 2])
            if not moves:
                break

    def _some(self, there: Iterator[Person], name: str) -> list[Person]:
        number = self.plan.scaled(self.row.get(name, 0))
        return [person for person, _ in zip(there, range(number), strict=False)] if number else []

    def _move(self, stay: Stay, day: date) -> bool:
        """Half-way through the year, to another establishment of the cohort; False if none has a level that fits."""
        before = stay.first
        for place in self.rng.sample(self.places, len(self.places)):
            level = before.level if before.level in place.levels else _OTHER_TRACK.get(before.level)
            if place.uai != before.uai and level in place.levels:
                stay.schooling = [
                    Schooling(before.starts_on, day, before.uai, before.level, before.track),
                    Schooling(day, before.ends_on, place.uai, level, before.track),
                ]
                return True
        return False


def _in(people: list[Person], cohort: str, year: int) -> list[Person]:
    return [person for person in people if year in person.stays and person.stays[year].cohort == cohort]


def _places(plan: Plan, rng: random.Random, row: Row) -> Iterator[Place]:
    """The establishments named under `where`, or some of the registered ones, with levels by their nature."""
    for place in row.get("where", ()):
        yield Place(place["uai"], place.get("weight", 1), place["levels"])
    if "establishments" in row:
        for uai in chosen(plan, rng, row["establishments"]):
            yield Place(uai, 1, row["levels"][plan.establishments[uai]["nature"]])


def chosen(plan: Plan, rng: random.Random, asked: Row) -> list[str]:
    """Registered establishments: of these natures, in these départements (all by default); `number` of them."""
    there = [
        uai
        for uai, row in plan.establishments.items()
        if row["nature"] in asked["natures"]
        and ("departements" not in asked or row["departement"] in asked["departements"])
    ]
    number = plan.scaled(asked.get("number", len(there)))
    if number > len(there):
        raise PlanRefused(f"{number} establishments are asked for, and {len(there)} are there")
    return rng.sample(there, number)
