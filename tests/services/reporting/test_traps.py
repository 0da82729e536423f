"""The traps of the five documents, one test each, on figures as the API gives them."""

from datetime import date

import pytest

from contracts.base import Span
from contracts.people import EngagementSpan, StudentEnrolled, StudySpan, VolunteerEngaged
from contracts.registry import ConventionSigned
from contracts.vocabulary import ActingRole, Category
from services.reporting.queries.question import By
from services.reporting.wording import Verdict, judge, parse_wording
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import (
    APRIL,
    SITES,
    assigned,
    at,
    engaged,
    enrolled,
    held,
    member_of,
    organisation,
    present,
    profiled,
    programme,
    pupil,
    run_by,
    school,
    tutor,
)

PERRIN_PARIS, PERRIN_VITRY = "0753939Z", "0941033M"


async def test_1_schools_of_a_federation_share_their_people_and_each_counts_once_above(reporting: Reporting) -> None:
    students, pupils = [f"s{number}" for number in range(5)], ["p1", "p2"]
    roll = [*map(tutor, students), *map(present, pupils)]

    await reporting.receive(
        organisation("ipp"),
        organisation("x", member_of("ipp")),
        organisation("telecom", member_of("ipp")),
        programme("x", organisers=[run_by("x")]),
        *(engaged(student, at_school="x") for student in students),
        *(fact for one in pupils for fact in (profiled(one), enrolled(one, name="x"))),
        held("s-1", *roll, programme="x", organisers=("x",)),
        held("s-2", *roll, programme="x", organisers=("telecom",), starts_at=at(APRIL)),
    )

    asked = {"programme": None, "organisation": "ipp"}
    assert await reporting.cells("I08", By.ORGANISATION, **asked) == {"ipp": 5, "telecom": 5, "x": 5}
    assert await reporting.value("I08", **asked) == 5
    assert await reporting.value("I02", **asked) == 2
    assert await reporting.cells("I11", By.ORGANISATION, **asked) == {"ipp": 4, "telecom": 2, "x": 2}
    assert await reporting.value("I11", **asked) == 4


async def test_2_a_lycee_is_a_site_not_a_code(reporting: Reporting) -> None:
    records = {f"p-{uai}": uai for uai in SITES}

    await reporting.receive(
        *(school(uai) for uai in SITES),
        *(profiled(record, establishment=uai) for record, uai in records.items()),
        held("s-1", *map(present, records)),
    )

    assert (await reporting.value("I05"), await reporting.value("I05_uai")) == (4, 7)


async def test_3_names_are_not_keys(reporting: Reporting) -> None:
    paris = school(PERRIN_PARIS, academie="01").model_copy(update={"name": "Collège Jean Perrin"})
    vitry = school(PERRIN_VITRY, academie="24").model_copy(update={"name": "Collège Jean Perrin"})
    bound = [
        ConventionSigned(
            convention=uai.lower(),
            version=1,
            programme="ales",
            establishment=uai,
            valid=Span(starts_on=at(APRIL).date()),
        )
        for uai in (PERRIN_PARIS, PERRIN_VITRY)
    ]

    await reporting.receive(
        programme(),
        paris,
        vitry,
        *bound,
        profiled("a-1", establishment=PERRIN_PARIS),
        profiled("b-1", establishment=PERRIN_VITRY),
        held("s-1", present("a-1"), present("b-1")),
    )

    assert (await reporting.value("I05"), await reporting.value("I06", programme="ales")) == (2, 2)
    assert await reporting.cells("I04", By.ESTABLISHMENT) == {PERRIN_PARIS: 1, PERRIN_VITRY: 1}


async def test_4_hours_of_pupils_of_volunteers_and_of_activities_are_three_figures(reporting: Reporting) -> None:
    await reporting.receive(
        *pupil("a-1"), *pupil("b-1"), *pupil("c-1"), engaged("s1"), engaged("s2"),
        held("s-1", *map(present, ("a-1", "b-1", "c-1")), tutor("s1"), tutor("s2"), minutes=60),
    )  # fmt: skip

    assert [await reporting.value(code) for code in ("I11", "I12", "I13")] == [3, 2, 1]
    assert await reporting.value("I32") == 1


@pytest.mark.parametrize(("period", "schools"), [("2018-2019", 1), ("2019-2020", 2)])
async def test_5_membership_is_dated(reporting: Reporting, period: str, schools: int) -> None:
    later = date(2019, 9, 1)

    def acting(record: str, at_school: str) -> VolunteerEngaged:
        return engaged(record, at_school=at_school, ends_on=None)

    await reporting.receive(
        organisation("chimie"),
        organisation("espci"),
        programme(organisers=[run_by("chimie"), run_by("espci", starts_on=later)]),
        acting("c-1", "chimie"),
        acting("e-1", "espci"),
        held("s-1", tutor("c-1"), tutor("e-1")),
        held("s-2", tutor("c-1"), tutor("e-1"), starts_at=at(date(2019, 10, 2))),
    )

    assert await reporting.value("I34", period, programme="ales") == schools


@pytest.mark.parametrize(
    ("wording", "low", "high", "verdict"),
    [
        ("plus de 130", 130, 130, Verdict.ESTABLISHED),
        ("plus de 130", 129, 129, Verdict.CONTRADICTED),
        ("plus de 130", 156, 156, Verdict.CONTRADICTED),
        ("près de 25000", 23_750, 24_999, Verdict.ESTABLISHED),
        ("près de 25000", 24_900, 25_100, Verdict.COMPATIBLE),
        ("plus de 25000", 23_750, 24_999, Verdict.CONTRADICTED),
        ("environ 450", 428, 472, Verdict.ESTABLISHED),
        ("296", 297, 297, Verdict.CONTRADICTED),
    ],
)
def test_6_wording_has_a_rule(wording: str, low: int, high: int, verdict: Verdict) -> None:
    assert judge(parse_wording(wording), low, high) is verdict


async def test_8_pupil_then_tutor_then_student_is_one_person_for_life(reporting: Reporting) -> None:
    autumn, spring = date(2022, 10, 5), date(2023, 3, 8)
    as_student = StudentEnrolled(
        record="student-1",
        version=1,
        school_year=2022,
        spans=(StudySpan(organisation="x", starts_on=date(2022, 9, 1), ends_on=date(2023, 9, 1)),),
    )
    as_tutor = VolunteerEngaged(
        record="tutor-1",
        version=1,
        school_year=2022,
        spans=(EngagementSpan(organisation="x", category=Category.ETUDIANT, starts_on=date(2022, 9, 1)),),
    )

    await reporting.receive(
        organisation("x"),
        programme(organisers=[run_by("x")]),
        *pupil("tutee-1"),
        held("s-1", present("tutee-1")),
        as_student,
        as_tutor,
        held("s-2", tutor("tutor-1"), starts_at=at(autumn)),
        held("s-3", tutor("tutor-1", role=ActingRole.ANIMATEUR), starts_at=at(spring)),
    )
    apart = [await reporting.value(code, "2022-2023", programme="ales") for code in ("I08", "I25", "I26")]
    await reporting.receive([assigned(record, "amina-1") for record in ("tutee-1", "student-1", "tutor-1")])

    joined = [await reporting.value(code, "2022-2023", programme="ales") for code in ("I08", "I25", "I26")]
    assert (apart, joined) == ([1, 0, 0], [1, 1, 1])
    assert await reporting.value("I02", "2018-2019") == 1
