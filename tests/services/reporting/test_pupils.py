"""Pupils counted: I02 and I04 by the rules R1 to R9. Their hours: test_pupil_hours.py."""

from datetime import UTC, date, datetime

import pytest

from contracts.sessions import Presence
from contracts.vocabulary import Activity, Attendance, EnrolmentKind, EnrolmentStatus, Gender, Level
from services.reporting.queries.question import By
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import (
    APRIL,
    BELLEVUE,
    DUMAS,
    END,
    MARCH,
    NO,
    RENTREE,
    YES,
    absent,
    assigned,
    at,
    attributes,
    cancelled,
    enrolled,
    held,
    planned,
    present,
    profiled,
    programme,
    pupil,
    school,
)

AMINA, BILAL, CHLOE = "amina-1", "bilal-2", "chloe-3"


async def test_a_roll_delivered_twice_counts_once(reporting: Reporting) -> None:
    roll = held("s-1", present(AMINA), present(BILAL), absent(CHLOE))

    await reporting.receive(pupil(AMINA), pupil(BILAL), pupil(CHLOE), roll, roll)

    assert await reporting.value("I02") == 2


async def test_the_highest_version_of_a_roll_wins_whichever_came_last(reporting: Reporting) -> None:
    first = held("s-1", present(AMINA), present(BILAL))
    corrected = held("s-1", present(AMINA), absent(BILAL), version=2)

    await reporting.receive(pupil(AMINA), pupil(BILAL), corrected, first)

    assert await reporting.value("I02") == 1


async def test_a_cancelled_session_and_a_planned_one_count_for_nothing(reporting: Reporting) -> None:
    await reporting.receive(pupil(AMINA), held("s-1", present(AMINA)), cancelled("s-1", version=2), planned("s-2"))

    result = await reporting.result("I02")

    assert result.whole.value == 0
    assert result.quality.missing_rolls == 1


@pytest.mark.parametrize(
    ("status", "value"),
    [
        (Attendance.PRESENT, 1),
        (Attendance.DISTANCE, 1),
        (Attendance.RETARD, 1),
        (Attendance.DEPART_ANTICIPE, 1),
        (Attendance.ABSENT_JUSTIFIE, 0),
        (Attendance.ABSENT_NON_JUSTIFIE, 0),
        (Attendance.NON_RENSEIGNE, 0),
    ],
)
async def test_four_statuses_are_presences(reporting: Reporting, status: Attendance, value: int) -> None:
    await reporting.receive(pupil(AMINA), held("s-1", Presence(record=AMINA, status=status)))

    assert await reporting.value("I02") == value


async def test_only_an_active_tutoring_enrolment_that_covers_the_day_makes_a_tutee(reporting: Reporting) -> None:
    too_late = enrolled("late-1", starts_on=APRIL)
    ended = enrolled("ended-1", ends_on=MARCH)
    asked = enrolled("asked-1", status=EnrolmentStatus.ASKED)
    support = enrolled("support-1", EnrolmentKind.SOUTIEN)
    just = enrolled("just-1", starts_on=MARCH, ends_on=date(2019, 3, 7))
    enrolments = (too_late, ended, asked, support, just)
    profiles = [profiled(one.record) for one in enrolments]
    roll = held("s-1", *(present(one.record) for one in enrolments))

    await reporting.receive(profiles, enrolments, roll)

    facts = {fact["record"]: fact["why"] for fact in await reporting.explanation("I02")}
    assert await reporting.value("I02") == 1
    assert facts.pop("just-1") == "present"
    assert set(facts.values()) == {"no_tutorat_enrolment"}


async def test_an_enrolment_of_any_programme_makes_a_tutee(reporting: Reporting) -> None:
    await reporting.receive(profiled(AMINA), enrolled(AMINA, name="other"), held("s-1", present(AMINA)))

    assert await reporting.value("I02", programme="ales") == 1


async def test_presence_at_another_activity_makes_a_beneficiary_and_no_tutee(reporting: Reporting) -> None:
    await reporting.receive(pupil(AMINA), held("s-1", present(AMINA), activity=Activity.SPORT))

    assert await reporting.value("I02") == 0
    assert await reporting.value("I04") == 1


async def test_an_unregistered_reference_counts_as_soon_as_its_registration_arrives(reporting: Reporting) -> None:
    await reporting.receive(held("s-1", present(AMINA)))
    before = await reporting.result("I02")
    await reporting.receive(enrolled(AMINA))
    after = await reporting.result("I02")

    assert (before.whole.value, before.quality.unknown_references) == (0, 1)
    assert (after.whole.value, after.quality.unknown_references) == (1, 0)


async def test_a_profile_alone_registers_a_pupil_too(reporting: Reporting) -> None:
    await reporting.receive(profiled(AMINA), held("s-1", present(AMINA)))

    assert (await reporting.value("I04"), await reporting.value("I02")) == (1, 0)


async def test_joining_two_records_lowers_past_figures_and_splitting_raises_them(reporting: Reporting) -> None:
    await reporting.receive(pupil(AMINA), pupil(BILAL), assigned(AMINA, "p-1"), assigned(BILAL, "p-2"))
    await reporting.receive(held("s-1", present(AMINA)), held("s-2", present(BILAL)))
    apart = await reporting.value("I02")
    await reporting.receive(assigned(BILAL, "p-1", version=2))
    joined = await reporting.value("I02")
    await reporting.receive(assigned(BILAL, "p-2", version=3))

    assert (apart, joined, await reporting.value("I02")) == (2, 1, 2)


async def test_an_older_assignment_that_comes_late_changes_nothing(reporting: Reporting) -> None:
    await reporting.receive(pupil(AMINA), pupil(BILAL), assigned(AMINA, "p-1"), assigned(BILAL, "p-1", version=2))
    await reporting.receive(held("s-1", present(AMINA)), held("s-2", present(BILAL)))
    await reporting.receive(assigned(BILAL, "p-2", version=1))

    assert await reporting.value("I02") == 1


async def test_two_records_of_one_person_in_one_roll_count_once_with_the_longer_minutes(reporting: Reporting) -> None:
    await reporting.receive(pupil(AMINA), pupil(BILAL), assigned(AMINA, "p-1"), assigned(BILAL, "p-1"))
    await reporting.receive(held("s-1", present(AMINA, 20), present(BILAL, 50)))

    figure = await reporting.figure("I11")

    assert figure.details["minutes"] == 50
    assert {fact["why"] for fact in await reporting.explanation("I11")} == {"present", "same_person"}


async def test_present_beats_absent_for_two_records_of_one_person(reporting: Reporting) -> None:
    await reporting.receive(pupil(AMINA), pupil(BILAL), assigned(AMINA, "p-1"), assigned(BILAL, "p-1"))
    await reporting.receive(held("s-1", absent(AMINA), present(BILAL, 10)))

    assert await reporting.value("I02") == 1
    assert (await reporting.figure("I11")).details["minutes"] == 10


async def test_a_registration_of_one_record_registers_the_person(reporting: Reporting) -> None:
    await reporting.receive(profiled(AMINA), enrolled(AMINA), assigned(AMINA, "p-1"), assigned(BILAL, "p-1"))
    await reporting.receive(held("s-1", present(BILAL)))

    assert await reporting.value("I02") == 1


async def test_the_period_is_read_on_the_local_date(reporting: Reporting) -> None:
    # In Paris it is half past one on 1 September: the next school year.
    starts_at = datetime(2019, 8, 31, 23, 30, tzinfo=UTC)
    await reporting.receive(pupil(AMINA), held("s-1", present(AMINA), starts_at=starts_at))

    assert await reporting.value("I04", "2018-2019") == 0
    assert await reporting.value("I04", "2019-2020") == 1
    assert await reporting.value("I04", "2019-09-01/2019-09-02") == 1


async def test_cells_are_recounted_and_a_pupil_who_moved_counts_in_both(reporting: Reporting) -> None:
    moved = profiled(AMINA, attributes(RENTREE, APRIL), attributes(APRIL, END, establishment=DUMAS))
    await reporting.receive(school(BELLEVUE), school(DUMAS), moved, enrolled(AMINA), pupil(BILAL))
    await reporting.receive(
        held("s-1", present(AMINA), present(BILAL)), held("s-2", present(AMINA), starts_at=at(APRIL))
    )

    assert await reporting.cells("I02", By.ESTABLISHMENT) == {BELLEVUE: 2, DUMAS: 1}
    assert await reporting.value("I02") == 2


async def test_attributes_are_those_of_the_first_activity_of_the_period_whatever_the_filter(
    reporting: Reporting,
) -> None:
    changed = profiled(
        AMINA, attributes(RENTREE, APRIL), attributes(APRIL, END, level=Level.PREMIERE_G, scholarship=YES)
    )
    await reporting.receive(programme("ales"), programme("other"), changed, enrolled(AMINA))
    await reporting.receive(held("s-1", present(AMINA), programme="other", activity=Activity.SPORT))
    await reporting.receive(held("s-2", present(AMINA), starts_at=at(APRIL)))

    assert await reporting.cells("I02", By.LEVEL, programme="ales") == {"2GT": 1}
    assert await reporting.cells("I02", By.SCHOLARSHIP, programme="ales") == {"non_renseigne": 1}
    assert await reporting.cells("I02", By.LEVEL, "2019-04-01/2019-05-01") == {"1G": 1}


async def test_the_first_activity_may_be_one_that_is_never_gathered(reporting: Reporting) -> None:
    changed = profiled(AMINA, attributes(RENTREE, APRIL), attributes(APRIL, END, level=Level.PREMIERE_G))
    await reporting.receive(programme("ales"), programme("other"), changed, enrolled(AMINA))
    await reporting.receive(held("s-1", present(AMINA), programme="other", activity=Activity.CONFERENCE))
    # So many of others that it is less work to look for hers.
    await reporting.receive(held(f"f-{n}", present(BILAL), programme="other", title="Finale") for n in range(9))
    await reporting.receive(held("s-2", present(AMINA), starts_at=at(APRIL)))

    assert await reporting.cells("I02", By.LEVEL, programme="ales") == {"2GT": 1}


async def test_the_attribute_recorded_last_stands_where_two_records_cover_the_date(reporting: Reporting) -> None:
    first, last = profiled(AMINA, gender=Gender.FEMININ, qpv=YES), profiled(BILAL, level=Level.PREMIERE_G, qpv=NO)
    reporting.message(first)  # recorded first, and received last

    await reporting.receive(last, assigned(AMINA, "p-1"), assigned(BILAL, "p-1"), first)
    await reporting.receive(enrolled(AMINA), held("s-1", present(AMINA)))

    assert await reporting.cells("I02", By.LEVEL) == {"1G": 1}
    assert await reporting.cells("I02", By.QPV) == {"non": 1}
    assert await reporting.cells("I02", By.GENDER) == {"F": 1}


async def test_unknown_is_a_category_and_coverage_says_of_how_many(reporting: Reporting) -> None:
    await reporting.receive(
        pupil(AMINA, gender=Gender.FEMININ), pupil(BILAL), held("s-1", present(AMINA), present(BILAL))
    )

    result = await reporting.result("I02", by=By.GENDER)

    assert {cell: figure.value for cell, figure in result.cells.items()} == {"F": 1, "non_renseigne": 1}
    assert result.coverage is not None
    assert (result.coverage.known, result.coverage.total) == (1, 2)


async def test_reinforced_tutees_reach_the_threshold_within_the_period(reporting: Reporting) -> None:
    await reporting.receive(pupil(AMINA), pupil(BILAL))
    await reporting.receive(held(f"s-{n}", present(AMINA, 60), present(BILAL, 59)) for n in range(10))

    assert await reporting.value("I02_renforces") == 1
    assert await reporting.value("I02_renforces", threshold_minutes=590) == 2
    assert {fact["why"] for fact in await reporting.explanation("I02_renforces")} == {"present", "below_threshold"}


async def test_a_tutee_is_reinforced_by_all_tutoring_minutes_also_of_days_before_the_enrolment(
    reporting: Reporting,
) -> None:
    await reporting.receive(profiled(AMINA), enrolled(AMINA, starts_on=APRIL, ends_on=None))
    await reporting.receive(held("s-1", present(AMINA, 570), starts_at=at(MARCH)))
    await reporting.receive(held("s-2", present(AMINA, 60), starts_at=at(APRIL)))

    assert await reporting.value("I02_renforces") == 1


async def test_enrolled_pupils_count_without_any_presence(reporting: Reporting) -> None:
    asked = enrolled(CHLOE, status=EnrolmentStatus.ASKED)
    await reporting.receive(pupil(AMINA, level=Level.TERMINALE_G), enrolled(BILAL, starts_on=END, ends_on=None), asked)

    assert await reporting.value("I02_inscrits") == 1
    assert await reporting.cells("I02_inscrits", By.LEVEL) == {"TG": 1}
