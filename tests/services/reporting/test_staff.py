"""Staff and alumni (I10), trained tutors (I09_formes) and how many pupils there are to one tutor (I09)."""

from datetime import date

import pytest

from contracts.vocabulary import ActingRole, Category, TrainingKind
from services.reporting.queries.question import By
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import (
    APRIL,
    END,
    MARCH,
    assigned,
    at,
    engaged,
    held,
    present,
    pupil,
    trained,
    tutor,
)

STAFF = (Category.ENSEIGNANT, Category.CHERCHEUR, Category.DOCTORANT, Category.ALUMNI, Category.PERSONNEL)


async def test_staff_are_the_five_categories_in_any_role(reporting: Reporting) -> None:
    categories = [category for category in Category if category is not Category.UNKNOWN]
    await reporting.receive([engaged(f"w-{n}", category=category) for n, category in enumerate(categories)])
    acting = [tutor(f"w-{n}", role=ActingRole.CONFERENCIER) for n in range(len(categories))]
    await reporting.receive(held("s-1", *acting, tutor("u-9")))

    facts = await reporting.explanation("I10")

    assert await reporting.cells("I10", By.CATEGORY) == dict.fromkeys(sorted(STAFF), 1)
    assert await reporting.value("I10") == len(STAFF)
    assert sorted(fact["why"] for fact in facts if not fact["counted"]) == [
        *["category_not_counted"] * 2,
        "unknown_reference",
    ]


async def test_a_person_is_counted_once_and_in_each_category_of_hers(reporting: Reporting) -> None:
    """A doctoral student who teaches, and studies elsewhere: of the school where she works."""
    await reporting.receive(engaged("w-1", category=Category.DOCTORANT, at_school="x"), assigned("w-1", "p-1"))
    await reporting.receive(engaged("w-2", category=Category.ENSEIGNANT, at_school="x"), assigned("w-2", "p-1"))
    await reporting.receive(engaged("w-3", category=Category.ETUDIANT, at_school="ensta"), assigned("w-3", "p-1"))
    await reporting.receive(held("s-1", tutor("w-1")), held("s-2", tutor("w-3")))

    assert await reporting.value("I10") == 1
    assert await reporting.cells("I10", By.CATEGORY) == {"doctorant": 1, "enseignant": 1}
    assert await reporting.cells("I10", By.SCHOOL) == {"x": 1}


async def test_the_category_is_that_of_the_day(reporting: Reporting) -> None:
    await reporting.receive(engaged("w-1", category=Category.ALUMNI, starts_on=APRIL))
    await reporting.receive(held("s-1", tutor("w-1")))

    assert await reporting.value("I10") == 0

    await reporting.receive(held("s-2", tutor("w-1"), starts_at=at(APRIL)))
    assert await reporting.value("I10") == 1


@pytest.mark.parametrize(
    ("completed_on", "kind", "counts"),
    [
        (MARCH, TrainingKind.TUTEUR, 1),
        (date(2017, 5, 2), TrainingKind.TUTEUR, 1),
        (END, TrainingKind.TUTEUR, 0),
        (None, TrainingKind.TUTEUR, 0),
        (MARCH, TrainingKind.COURS_ELECTIF, 0),
    ],
)
async def test_a_tutor_is_trained_before_the_period_ends(
    reporting: Reporting, completed_on: date | None, kind: TrainingKind, counts: int
) -> None:
    """Under another record of the same person, too."""
    await reporting.receive(engaged("t-1"), assigned("t-1", "p-1"), assigned("t-1b", "p-1"), engaged("t-2"))
    await reporting.receive(trained("t-1b", completed_on=completed_on, kind=kind))
    await reporting.receive(held("s-1", tutor("t-1"), tutor("t-2")))

    facts = await reporting.explanation("I09_formes")

    assert await reporting.value("I09_formes") == counts
    assert (await reporting.figure("I09")).details["trained"] == counts
    assert [fact["why"] for fact in facts if not fact["counted"]] == ["not_trained"] * (2 - counts)


async def test_pupils_per_tutor_is_the_tutees_over_the_tutors(reporting: Reporting) -> None:
    await reporting.receive([pupil(f"a-{n}") for n in range(3)], engaged("t-1"), engaged("t-2"))
    await reporting.receive(held("s-1", *[present(f"a-{n}") for n in range(3)], tutor("t-1"), tutor("t-2")))

    result = await reporting.result("I09", by=By.SCHOOL)

    assert result.whole.details["pupils_per_tutor"] == 1.5
    assert (await reporting.figure("I09", "2017-2018")).details["pupils_per_tutor"] is None
