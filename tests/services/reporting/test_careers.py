"""One person through the years: tutees turned tutors (I25), former beneficiaries admitted (I26). Trap 8."""

from datetime import date
from typing import Any

import pytest

from contracts.vocabulary import ActingRole, Activity, Category, EnrolmentStatus
from services.reporting.queries.question import By
from tests.services.reporting.bonds import studying
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import (
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
    tutor,
)

Y2018, Y2019, Y2020, Y2021, Y2022 = (date(year, 9, 1) for year in range(2018, 2023))
MARCH_2019, MARCH_2020, MARCH_2021 = (at(date(year, 3, 6)) for year in (2019, 2020, 2021))
SCHOOL = "imt-mines-ales"


async def _a_pupil_of_2019_becomes_a_student_and_tutor(reporting: Reporting) -> None:
    """Three records of one person, each of another year and system."""
    await reporting.receive(organisation(SCHOOL), programme("ales", organisers=[run_by(SCHOOL)]))
    await reporting.receive(pupil("pupil-1"), held("s-1", present("pupil-1")))
    await reporting.receive(studying("student-2", starts_on=Y2020, ends_on=Y2021))
    await reporting.receive(engaged("tutor-3", starts_on=Y2020, ends_on=Y2021))
    await reporting.receive(held("s-2", tutor("tutor-3"), starts_at=MARCH_2021))


async def _join(reporting: Reporting, *records: str, version: int = 1) -> None:
    await reporting.receive(assigned(record, "person-1", version) for record in records)


async def test_8_a_pupil_turned_tutor_and_student_is_one_person_once_the_records_are_joined(
    reporting: Reporting,
) -> None:
    await _a_pupil_of_2019_becomes_a_student_and_tutor(reporting)
    assert [await reporting.value(code, "2020-2021") for code in ("I22", "I25", "I26")] == [0, 0, 0]
    assert (await reporting.figure("I22", "2020-2021")).details["enrolled"] == 2

    await _join(reporting, "pupil-1", "student-2", "tutor-3")

    assert [await reporting.value(code, "2020-2021") for code in ("I22", "I25", "I26")] == [100, 1, 1]
    assert (await reporting.figure("I22", "2020-2021")).details["enrolled"] == 1
    assert await reporting.value("I02") == 1


async def test_a_split_takes_it_back(reporting: Reporting) -> None:
    await _a_pupil_of_2019_becomes_a_student_and_tutor(reporting)
    await _join(reporting, "pupil-1", "student-2", "tutor-3")
    await reporting.receive(assigned("pupil-1", "another-2", version=2))

    assert [await reporting.value(code, "2020-2021") for code in ("I22", "I25", "I26")] == [0, 0, 0]


# --- I25


async def _tutee(reporting: Reporting, record: str = "a-1", **more: Any) -> None:
    await reporting.receive(profiled(record), enrolled(record), held("s-1", present(record), **more))


async def test_a_tutee_turned_tutor_counts_with_the_years_between_and_the_school(reporting: Reporting) -> None:
    await _tutee(reporting)
    await reporting.receive(enrolled("a-1b", starts_on=Y2019, ends_on=Y2020))
    await reporting.receive(held("s-2", present("a-1b"), starts_at=MARCH_2020))
    await reporting.receive(
        engaged("t-1", starts_on=Y2021, ends_on=Y2022), engaged("t-2", starts_on=Y2021, ends_on=None)
    )
    march = {"starts_at": at(date(2022, 3, 6)), "activity": Activity.SPORT}
    await reporting.receive(held("s-3", tutor("t-1"), tutor("t-2"), **march))
    await _join(reporting, "a-1", "a-1b", "t-1")

    assert await reporting.value("I25", "2021-2022") == 1
    assert await reporting.cells("I25", By.YEARS_BETWEEN, "2021-2022") == {"2": 1}
    assert await reporting.cells("I25", By.SCHOOL, "2021-2022") == {SCHOOL: 1}
    assert await reporting.reasons("I25", "record", "years_between", "cohort", period="2021-2022") == {
        ("t-1", 2, "2019-2020", "former_tutee"),
        ("t-2", None, None, "no_earlier_tutoring"),
    }


async def test_a_tutee_of_sessions_with_a_title_counts_like_any_other(reporting: Reporting) -> None:
    await _tutee(reporting, title="Révisions")
    await reporting.receive(engaged("t-1", starts_on=Y2021, ends_on=Y2022))
    await reporting.receive(held("s-3", tutor("t-1"), starts_at=at(date(2022, 3, 6))))
    await _join(reporting, "a-1", "t-1")

    assert await reporting.value("I25", "2021-2022") == 1
    assert await reporting.reasons("I25", "record", "cohort", period="2021-2022") == {
        ("t-1", "2018-2019", "former_tutee")
    }


@pytest.mark.parametrize(
    "more",
    [
        {"status": EnrolmentStatus.ASKED},
        {"ends_on": date(2019, 3, 6)},
    ],
)
async def test_the_earlier_tutoring_is_that_of_an_active_enrolment(reporting: Reporting, more: dict[str, Any]) -> None:
    await reporting.receive(profiled("a-1"), enrolled("a-1", **more), held("s-1", present("a-1")))
    await reporting.receive(
        engaged("a-1", starts_on=Y2020, ends_on=None), held("s-2", tutor("a-1"), starts_at=MARCH_2021)
    )
    assert await reporting.value("I25", "2020-2021") == 0

    await reporting.receive(enrolled("a-1", version=2))

    assert await reporting.value("I25", "2020-2021") == 1


@pytest.mark.parametrize(
    ("first_tutored", "counts"), [(date(2019, 5, 1), 0), (date(2019, 8, 31), 0), (date(2019, 9, 1), 1)]
)
async def test_the_school_year_is_an_earlier_one_than_that_of_the_first_day_as_tutor(
    reporting: Reporting, first_tutored: date, counts: int
) -> None:
    """A tutor of the same school year, who goes on in the next one, is none in a period that begins before."""
    await _tutee(reporting)
    await reporting.receive(engaged("a-1", ends_on=None), held("s-2", tutor("a-1"), starts_at=at(first_tutored)))
    await reporting.receive(held("s-3", tutor("a-1"), starts_at=at(date(2019, 10, 1))))

    assert await reporting.value("I25", "2019") == counts
    assert await reporting.value("I25", "2019-2020") == 1


async def test_only_tutors_count_who_are_registered_whatever_their_category(reporting: Reporting) -> None:
    for number in (1, 2, 3):
        await reporting.receive(profiled(f"a-{number}"), enrolled(f"a-{number}"))
    await reporting.receive(held("s-1", *(present(f"a-{number}") for number in (1, 2, 3))))
    await reporting.receive(engaged("a-1", starts_on=Y2020, ends_on=None, category=Category.ENSEIGNANT))
    await reporting.receive(engaged("a-3", starts_on=Y2020, ends_on=None))
    roll = [tutor("a-1"), tutor("a-2"), tutor("a-3", role=ActingRole.ANIMATEUR)]
    await reporting.receive(held("s-2", *roll, starts_at=MARCH_2021))

    assert await reporting.value("I25", "2020-2021") == 1
    assert await reporting.cells("I25", By.SCHOOL, "2020-2021") == {"non_renseigne": 1}
    assert await reporting.reasons("I25", "record", period="2020-2021") == {
        ("a-1", "former_tutee"),
        ("a-2", "unknown_reference"),
        ("a-3", "role_not_counted"),
    }


# --- I26


async def _admitted(reporting: Reporting) -> None:
    """Two programmes of two schools, four pupils; three go on, one of them to a school that is no member."""
    await reporting.receive(organisation("ipp"), organisation("x", member_of("ipp")), organisation("telecom"))
    await reporting.receive(programme("x", organisers=[run_by("x")]), programme("t", organisers=[run_by("telecom")]))
    await reporting.receive([profiled(record) for record in ("a-1", "b-2", "c-3", "d-4")])
    await reporting.receive(
        held("s-1", *map(present, ("a-1", "b-2", "d-4")), programme="x", starts_at=MARCH_2019),
        held("s-2", present("b-2"), programme="x", starts_at=MARCH_2020),
        held("s-3", present("c-3"), programme="t", starts_at=MARCH_2020),
    )
    years = {"starts_on": Y2020, "ends_on": Y2021}
    await reporting.receive(studying("a-1", "x", **years), studying("b-2", "telecom", **years))
    await reporting.receive(studying("c-3", "x", **years))


async def test_former_beneficiaries_are_enrolled_in_a_member_school_after_a_presence_of_the_scope(
    reporting: Reporting,
) -> None:
    await _admitted(reporting)

    assert await reporting.value("I26", "2020-2021") == 3
    assert await reporting.value("I26", "2020-2021", programme="x") == 1
    assert await reporting.value("I26", "2020-2021", organisation="ipp") == 1
    assert await reporting.value("I26", "2020-2021", programme="t", organisation="ipp") == 1
    assert await reporting.value("I26", "2020-2021", programme="t") == 0
    assert await reporting.cells("I26", By.SCHOOL, "2020-2021") == {"telecom": 1, "x": 2}
    assert await reporting.value("I26", "2018-2019") == 0


async def test_what_is_left_out_of_it_says_why(reporting: Reporting) -> None:
    await _admitted(reporting)
    await reporting.receive(studying("d-4", "x", starts_on=Y2018), engaged("e-5", at_school="x"))
    await reporting.receive(engaged("f-6", at_school="x", starts_on=Y2020, ends_on=None, category=Category.ALUMNI))

    assert await reporting.reasons("I26", "record", "session", period="2020-2021", programme="x") == {
        ("a-1", "s-1", "former_beneficiary"),
        ("c-3", None, "no_earlier_presence"),
        ("d-4", None, "out_of_period"),
        ("e-5", None, "out_of_period"),
        ("f-6", None, "category_not_counted"),
    }


async def test_a_cohort_is_the_year_of_the_last_presence_with_its_rate(reporting: Reporting) -> None:
    await _admitted(reporting)

    result = await reporting.result("I26", "2020-2021", by=By.COHORT, programme="x", organisation="telecom")

    shown = {cell: (figure.value, dict(figure.details)) for cell, figure in result.cells.items()}
    assert shown == {
        "2018-2019": (0, {"beneficiaries": 2, "rate_percent": 0}),
        "2019-2020": (1, {"beneficiaries": 1, "rate_percent": 100}),
    }
    assert (result.whole.value, result.whole.details["beneficiaries"]) == (1, 3)


async def test_beneficiaries_of_a_cohort_are_registered_and_of_the_scope(reporting: Reporting) -> None:
    await _admitted(reporting)
    await reporting.receive(held("s-9", present("unknown-9"), programme="x", starts_at=MARCH_2019))

    result = await reporting.result("I26", "2020-2021", by=By.COHORT, organisation="x")

    assert {cell: figure.details["beneficiaries"] for cell, figure in result.cells.items()} == {
        "2018-2019": 2,
        "2019-2020": 1,
    }
    assert result.cells["2018-2019"].details["rate_percent"] == 50


@pytest.mark.parametrize("code", ["I22", "I25", "I26"])
async def test_the_counted_facts_are_those_of_the_figure(reporting: Reporting, code: str) -> None:
    await _a_pupil_of_2019_becomes_a_student_and_tutor(reporting)
    await reporting.receive(
        engaged("u-9", starts_on=Y2020, ends_on=None), held("s-9", tutor("u-9"), starts_at=MARCH_2021)
    )
    await _join(reporting, "pupil-1", "student-2", "tutor-3")

    figure = await reporting.figure(code, "2020-2021")
    counted = [fact for fact in await reporting.explanation(code, "2020-2021", limit=1) if fact["counted"]]

    assert figure.facts == len(counted)
    assert figure.value == {"I22": 50, "I25": 1, "I26": 1}[code]
    assert len({fact["person"] for fact in counted}) == {"I22": 2, "I25": 1, "I26": 1}[code]
