"""Students from accompanied pathways (I22): the schools, the studies, and what makes a student one of them."""

from datetime import date
from typing import Any

import pytest

from contracts.base import Span
from contracts.vocabulary import Answer, Category, OrganisationKind
from services.reporting.queries.question import By
from tests.services.reporting.bonds import body, declares, said, studying
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import (
    absent,
    at,
    cancelled,
    engaged,
    held,
    member_of,
    organisation,
    present,
    profiled,
    programme,
    run_by,
)

Y2018, Y2019, Y2020, Y2021, Y2022 = (date(year, 9, 1) for year in range(2018, 2023))
MARCH_2019, MARCH_2020, MARCH_2021 = (at(date(year, 3, 6)) for year in (2019, 2020, 2021))
SCHOOL = "imt-mines-ales"


async def _students(reporting: Reporting, *records: str, **more: Any) -> None:
    await reporting.receive(organisation(SCHOOL), (studying(record, **more) for record in records))


async def test_students_from_pathways_are_those_admitted_by_one_and_earlier_pupils(reporting: Reporting) -> None:
    await _students(reporting, "a-1", "b-2", "c-3")
    await _students(reporting, "d-4", pathway=Answer.OUI)
    await reporting.receive(profiled("a-1"), held("s-1", present("a-1"), starts_at=at(date(2018, 3, 6))))

    figure = await reporting.figure("I22")

    assert figure.value == 50
    assert figure.details == {
        "flagged": 2,
        "enrolled": 4,
        "students": 4,
        "target_percent": 20,
        "progress_percent": 250,
    }
    assert await reporting.reasons("I22", "record", "session") == {
        ("a-1", "s-1", "former_beneficiary"),
        ("b-2", None, "enrolled"),
        ("c-3", None, "enrolled"),
        ("d-4", None, "admitted_by_pathway"),
    }


@pytest.mark.parametrize(
    ("day", "flagged"),
    [(date(2018, 8, 31), 1), (Y2018, 0), (date(2018, 10, 1), 0)],
)
async def test_only_a_presence_before_the_studies_begin_flags(reporting: Reporting, day: date, flagged: int) -> None:
    await _students(reporting, "a-1")
    await reporting.receive(profiled("a-1"), held("s-1", present("a-1"), starts_at=at(day)))

    assert (await reporting.figure("I22")).details["flagged"] == flagged


async def test_a_presence_flags_only_where_it_counts(reporting: Reporting) -> None:
    """Absent, cancelled, unregistered as a pupil, corrected away."""
    before = at(date(2018, 3, 6))
    await _students(reporting, "a-1", "b-2", "c-3", "d-4")
    await reporting.receive(profiled("a-1"), profiled("b-2"), profiled("d-4"))
    await reporting.receive(
        held("s-1", absent("a-1"), present("c-3"), starts_at=before),
        held("s-2", present("b-2"), starts_at=before),
        cancelled("s-2", starts_at=before, version=2),
        held("s-3", present("d-4"), starts_at=before),
    )
    assert (await reporting.figure("I22")).details["flagged"] == 1

    await reporting.receive(held("s-3", absent("d-4"), starts_at=before, version=2))

    assert (await reporting.figure("I22")).details["flagged"] == 0


async def test_student_engagements_are_enrolments_too_and_other_categories_are_not(reporting: Reporting) -> None:
    await reporting.receive(organisation(SCHOOL), engaged("a-1"), engaged("b-2", category=Category.DOCTORANT))

    assert (await reporting.figure("I22")).details["enrolled"] == 1
    assert await reporting.reasons("I22", "record") == {("a-1", "enrolled"), ("b-2", "category_not_counted")}


async def test_studies_count_while_the_school_is_a_member(reporting: Reporting) -> None:
    """A school that left, one that joined later, a school that is none, a stretch that ended before."""
    lycee = body("ipp-lycee", OrganisationKind.LYCEE, member_of("ipp"))
    await reporting.receive(organisation("ipp").model_copy(update={"nature": OrganisationKind.CENTRE}), lycee)
    await reporting.receive(
        organisation("x", member_of("ipp")),
        organisation("gone", member_of("ipp", ends_on=Y2018)),
        organisation("late", member_of("ipp", date(2019, 3, 1))),
    )
    await reporting.receive(
        studying("a-1", "x"),
        studying("b-2", "gone"),
        studying("c-3", "late"),
        studying("d-4", "late", ends_on=date(2019, 3, 1)),
        studying("e-5", "ipp-lycee"),
        studying("f-6", "x", starts_on=date(2017, 9, 1), ends_on=Y2018),
    )

    assert await reporting.reasons("I22", "record", organisation="ipp") == {
        ("a-1", "enrolled"),
        ("b-2", "not_a_member_school"),
        ("c-3", "enrolled"),
        ("d-4", "not_a_member_school"),
        ("f-6", "out_of_period"),
    }
    assert (await reporting.figure("I22", organisation="ipp")).details["enrolled"] == 2


async def test_the_schools_of_a_programme_are_its_organisers_and_what_is_under_them(reporting: Reporting) -> None:
    await reporting.receive(organisation("ipp"), organisation("x", member_of("ipp")), organisation("other"))
    await reporting.receive(programme("centre"), programme("sub", parent="centre", organisers=[run_by("ipp")]))
    await reporting.receive(studying("a-1", "x"), studying("b-2", "other"), studying("c-3", "ipp"))

    assert (await reporting.figure("I22", programme="centre")).details["enrolled"] == 2
    assert (await reporting.figure("I22", programme="centre", organisation="other")).details["enrolled"] == 1
    assert (await reporting.figure("I22")).details["enrolled"] == 3


async def test_a_declared_number_of_students_replaces_the_counted_one_school_by_school(reporting: Reporting) -> None:
    await reporting.receive(organisation("x"), organisation("telecom"))
    await reporting.receive(studying("a-1", "x", pathway=Answer.OUI), studying("b-2", "telecom"))
    heads = {"indicator": "effectif", "organisation": "x"}
    other_year = {"period": Span(starts_on=Y2019, ends_on=Y2020)}
    await reporting.receive(
        declares("e-1", said(9), **heads, declared_on=Y2019),
        declares("e-2", said(7), **heads, declared_on=Y2018),
        declares("e-3", said(5), **(heads | other_year)),
    )

    figure = await reporting.figure("I22")

    assert (figure.value, figure.details["students"], figure.details["enrolled"]) == (10, 10, 2)
    assert await reporting.cells("I22", By.SCHOOL) == {"telecom": 0, "x": pytest.approx(100 / 9)}
    assert await reporting.reasons("I22", "declaration", "number") >= {
        ("e-1", 9, "declared"),
        ("e-2", 7, "declared_again"),
        ("e-3", 5, "out_of_period"),
    }


async def test_a_declared_number_below_the_students_known_contradicts_itself(reporting: Reporting) -> None:
    await reporting.receive(organisation("x"), organisation("telecom"))
    await reporting.receive(studying("a-1", "x", pathway=Answer.OUI), studying("b-2", "x"), studying("c-3", "x"))
    await reporting.receive(studying("d-4", "telecom"))
    heads = {"indicator": "effectif"}
    await reporting.receive(declares("e-1", said(2), **heads, organisation="x"))
    await reporting.receive(declares("e-2", said(1), **heads, organisation="telecom"))

    result = await reporting.result("I22", by=By.SCHOOL)

    assert (result.whole.value, result.whole.details["students"], result.whole.details["declared_too_low"]) == (
        25,
        4,
        1,
    )
    assert result.cells["x"].details["declared_too_low"] == 1
    assert "declared_too_low" not in result.cells["telecom"].details


async def test_without_any_student_there_is_no_share(reporting: Reporting) -> None:
    await reporting.receive(organisation(SCHOOL))

    figure = await reporting.figure("I22")

    assert (figure.low, figure.value, figure.details["progress_percent"]) == (None, None, None)


async def test_withdrawn_studies_are_gone(reporting: Reporting) -> None:
    await _students(reporting, "a-1")
    await reporting.receive(studying("a-1", version=2).model_copy(update={"spans": ()}))

    assert (await reporting.figure("I22")).details["enrolled"] == 0
