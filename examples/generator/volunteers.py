"""Cohorts of volunteers and students of the schools; some of them were pupils of an earlier year."""

import random

from examples.generator.people import Cohorts, Engagement, Person, Study
from examples.generator.plan import Plan, PlanRefused, Row


def draw_volunteers(plan: Plan, pupils: Cohorts) -> Cohorts:
    """Every cohort of the plan, in its order: who enters, and who stays for another year."""
    cohorts: Cohorts = {}
    for row in plan.rows("volunteers"):
        rng, people = plan.rng(f"volunteers|{row['cohort']}"), list[Person]()
        for year in row["years"]:
            before = [person for person in people if year["school_year"] - 1 in person.engagements]
            staying = rng.sample(before, min(len(before), plan.scaled(year.get("go_on", 0))))
            entering = _entering(plan, rng, row, year, pupils)
            people += entering
            for person in (*staying, *entering):
                person.engagements[year["school_year"]] = _engagement(plan, row)
        cohorts[row["cohort"]] = people
    return cohorts


def _entering(plan: Plan, rng: random.Random, row: Row, year: Row, pupils: Cohorts) -> list[Person]:
    """Former pupils first, as many as the year names, then strangers."""
    number, entering = plan.scaled(year.get("enter", 0)), list[Person]()
    for former in year.get("former", ()):
        wanted = min(plan.scaled(former["number"]), number - len(entering))
        found = _former(plan, rng, pupils, {**former, "number": wanted}, before=year["school_year"])
        for person in found:
            person.engagements[year["school_year"]] = _engagement(plan, row)
        entering += found
    girls = row.get("girls_share", 0.5)
    return entering + [
        Person(gender="F" if rng.random() < girls else "M") for _ in range(max(0, number - len(entering)))
    ]


def _engagement(plan: Plan, row: Row) -> Engagement:
    return Engagement(plan.systems[row["home"]], row["organisation"], row["category"])


def _former(plan: Plan, rng: random.Random, pupils: Cohorts, asked: Row, *, before: int) -> list[Person]:
    """As many as `number` says who were pupils of the cohort, but not since `before`, last at one of `levels` if named.

    Each is found once. Raises PlanRefused when there are too few; a smaller world makes do with fewer.
    """
    left = [
        person
        for person in pupils[asked["cohort"]]
        if not person.adult_years and max(person.stays) < before and _level_fits(person, asked.get("levels"))
    ]
    number = asked["number"]
    if len(left) < number and plan.scale == 1:
        raise PlanRefused(f"{number} former pupils of {asked['cohort']} are asked for, and {len(left)} are left")
    return rng.sample(left, min(number, len(left)))


def _level_fits(person: Person, levels: list[str] | None) -> bool:
    return levels is None or person.stays[max(person.stays)].schooling[-1].level in levels


def draw_studies(plan: Plan, pupils: Cohorts, volunteers: Cohorts) -> list[Person]:
    """Students of the schools: former pupils, volunteers, or people of whom nothing else is known (these are new)."""
    new = []
    for position, row in enumerate(plan.rows("studies")):
        rng, number = plan.rng(f"studies|{position}"), plan.scaled(row["number"])
        if "pupils" in row:
            asked = {**row, "cohort": row["pupils"], "number": number}
            people = _former(plan, rng, pupils, asked, before=min(row["school_years"]))
        elif "volunteers" in row:
            people = rng.sample(volunteers[row["volunteers"]], min(number, len(volunteers[row["volunteers"]])))
        else:
            people = [Person(gender=rng.choice(["F", "M"])) for _ in range(number)]
            new += people
        for person in people:
            for year in row["school_years"]:
                study = Study(plan.systems[row["home"]], row["organisation"], row["pathway"])
                person.studies[year] = study
    return new
