"""Certificates issued (I23), and tutors who fulfil the conditions of one (I24)."""

from datetime import date
from typing import Any

import pytest

from contracts.base import Event
from contracts.vocabulary import ActingRole, Activity, Category
from services.reporting.queries.question import By
from tests.services.reporting.bonds import certified, elective
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import (
    END,
    MARCH,
    RENTREE,
    assigned,
    at,
    cancelled,
    engaged,
    held,
    member_of,
    organisation,
    programme,
    run_by,
    trained,
    tutor,
)

HOUR, TEN_HOURS = 60, 600


async def test_certificates_count_when_issued_in_the_period_with_their_holders(reporting: Reporting) -> None:
    await reporting.receive(certified("t-1"), certified("t-1", certificate="autre"), certified("t-2", RENTREE))
    await reporting.receive(certified("t-3", END), certified("t-4", date(2018, 8, 31)))

    figure = await reporting.figure("I23")

    assert (figure.value, figure.details["holders"]) == (3, 2)
    assert await reporting.reasons("I23", "record", "certificate") == {
        ("t-1", "management-diversite", "issued"),
        ("t-1", "autre", "issued"),
        ("t-2", "management-diversite", "issued"),
        ("t-3", "management-diversite", "out_of_period"),
        ("t-4", "management-diversite", "out_of_period"),
    }


async def test_a_withdrawn_certificate_counts_no_more_and_says_so(reporting: Reporting) -> None:
    await reporting.receive(certified("t-1"))
    assert await reporting.value("I23") == 1

    await reporting.receive(certified("t-1", withdrawn_on=date(2020, 1, 1), version=2))

    assert await reporting.value("I23") == 0
    assert await reporting.reasons("I23", "record") == {("t-1", "withdrawn")}


async def test_one_certificate_under_two_records_of_a_person_is_one(reporting: Reporting) -> None:
    await reporting.receive(certified("t-1"), certified("t-1b"))
    assert await reporting.value("I23") == 2

    await reporting.receive(assigned("t-1", "p-1"), assigned("t-1b", "p-1"))

    figure = await reporting.figure("I23")
    assert (figure.value, figure.facts, figure.details["holders"]) == (1, 1, 1)
    assert await reporting.reasons("I23", "record") == {("t-1", "issued"), ("t-1b", "same_person")}


async def test_the_other_record_counts_where_the_first_was_withdrawn(reporting: Reporting) -> None:
    await reporting.receive(certified("t-1", withdrawn_on=END), certified("t-1b"))
    await reporting.receive(assigned("t-1", "p-1"), assigned("t-1b", "p-1"))

    assert await reporting.value("I23") == 1


async def test_after_a_watermark_only_the_corrected_certificate_is_shown(reporting: Reporting) -> None:
    await reporting.receive(certified("t-1"), certified("t-2"))
    mark = await reporting.watermark()
    await reporting.receive(certified("t-1", withdrawn_on=END, version=2))

    changed = await reporting.explanation("I23", after=mark)

    assert [(fact["record"], fact["why"]) for fact in changed] == [("t-1", "withdrawn")]


async def test_certificates_by_school_and_by_school_year(reporting: Reporting) -> None:
    await reporting.receive(certified("t-1", by="x"), certified("t-2", by="telecom"), certified("t-3", by="telecom"))
    await reporting.receive(certified("t-4", date(2019, 10, 1), by="x"))

    assert await reporting.cells("I23", By.SCHOOL) == {"telecom": 2, "x": 1}
    assert await reporting.cells("I23", By.YEAR, "2019") == {"2018-2019": 3, "2019-2020": 1}


async def test_certificates_are_those_of_the_programme_and_of_who_issues_under_the_organisation_that_day(
    reporting: Reporting,
) -> None:
    await reporting.receive(programme("ales"), programme("sub", parent="ales"), organisation("ipp"))
    await reporting.receive(organisation("x", member_of("ipp", date(2019, 3, 1))))
    await reporting.receive(certified("t-1", by="x"), certified("t-2", date(2019, 2, 1), by="x", of="sub"))
    await reporting.receive(certified("t-3", of="other"))

    assert await reporting.value("I23", programme="ales") == 2
    assert await reporting.value("I23", programme="sub") == 1
    assert await reporting.value("I23", organisation="ipp") == 1
    assert await reporting.reasons("I23", "record", organisation="ipp") == {
        ("t-1", "issued"),
        ("t-2", "out_of_scope"),
        ("t-3", "out_of_scope"),
    }


# --- I24


def _tutoring(record: str, year: int, minutes: int = TEN_HOURS, **more: Any) -> Event:
    """One session in March of the school year that begins in `year`."""
    day = {"starts_at": at(date(year + 1, 3, 6))}
    return held(f"s-{record}-{year}", tutor(record), minutes=minutes, **(day | more))


async def _tutors(reporting: Reporting, *records: str) -> None:
    await reporting.receive(engaged(record, starts_on=date(2015, 9, 1), ends_on=None) for record in records)


async def test_two_years_of_ten_hours_and_the_elective_make_a_tutor_eligible(reporting: Reporting) -> None:
    await _tutors(reporting, "t-1", "t-2", "t-3", "t-4")
    await reporting.receive(_tutoring(f"t-{n}", 2018) for n in (1, 2, 3, 4))
    await reporting.receive(_tutoring("t-1", 2016), _tutoring("t-2", 2016), elective("t-1"), elective("t-3"))

    figure = await reporting.figure("I24")

    assert figure.value == 1
    assert figure.details == {"candidates": 4, "missing_years": 2, "missing_course": 2}
    assert await reporting.cells("I24", By.CONDITION) == {"annees_manquantes": 2, "cours_manquant": 2, "eligible": 1}
    assert {
        fact[1:] for fact in await reporting.reasons("I24", "family", "record", "condition") if fact[0] == "candidate"
    } == {
        ("t-1", "eligible", "eligible"),
        ("t-2", "cours_manquant", "missing_course"),
        ("t-3", "annees_manquantes", "missing_years"),
        ("t-4", "annees_manquantes", "missing_years"),
        ("t-4", "cours_manquant", "missing_course"),
    }


async def test_tutoring_with_a_title_is_tutoring(reporting: Reporting) -> None:
    await _tutors(reporting, "t-1")
    await reporting.receive(_tutoring("t-1", 2018), _tutoring("t-1", 2016, title="Révisions"), elective("t-1"))

    assert await reporting.value("I24") == 1


async def test_the_facts_behind_an_eligible_tutor_are_the_sessions_and_the_course(reporting: Reporting) -> None:
    await _tutors(reporting, "t-1")
    await reporting.receive(_tutoring("t-1", 2018), _tutoring("t-1", 2016), elective("t-1"))
    await reporting.receive(_tutoring("t-1", 2017, TEN_HOURS - 1))

    assert await reporting.reasons("I24", "family", "session", "course", "minutes") == {
        ("acting", "s-t-1-2018", None, 600, "year_reached"),
        ("acting", "s-t-1-2017", None, 599, "below_threshold"),
        ("acting", "s-t-1-2016", None, 600, "year_reached"),
        ("training", None, "diversite", 900, "course_completed"),
        ("candidate", None, None, None, "eligible"),
    }
    counted = [fact for fact in await reporting.explanation("I24", limit=1) if fact["counted"]]
    assert (await reporting.figure("I24")).facts == len(counted) == 4


@pytest.mark.parametrize(
    ("training", "reason"),
    [
        (elective("t-1", minutes=899), "too_short"),
        (elective("t-1", END), "out_of_period"),
        (elective("t-1", None), "withdrawn"),
        (elective("t-1", date(2019, 8, 31)), "course_completed"),
        (trained("t-1", minutes=900), None),
    ],
)
async def test_the_elective_is_of_fifteen_hours_and_completed_before_the_period_ends(
    reporting: Reporting, training: Event, reason: str | None
) -> None:
    await _tutors(reporting, "t-1")
    await reporting.receive(_tutoring("t-1", 2018), _tutoring("t-1", 2017), training)

    eligible = reason == "course_completed"
    assert await reporting.value("I24") == eligible
    shown = {fact[1] for fact in await reporting.reasons("I24", "family") if fact[0] == "training"}
    assert shown == ({reason} if reason else set())


async def test_a_year_is_reached_by_minutes_as_tutor_at_held_tutoring_of_the_scope(reporting: Reporting) -> None:
    await _tutors(reporting, "t-1")
    await reporting.receive(programme("ales"), programme("other"), elective("t-1"), _tutoring("t-1", 2018))
    await reporting.receive(
        _tutoring("t-1", 2014, programme="other"),
        _tutoring("t-1", 2015, activity=Activity.COURS),
        held("s-1", tutor("t-1", role=ActingRole.ANIMATEUR), minutes=600, starts_at=at(date(2017, 3, 6))),
        _tutoring("t-1", 2017),
        cancelled("s-t-1-2017", starts_at=at(date(2018, 3, 6)), version=2),
    )

    assert await reporting.value("I24", programme="ales") == 0
    assert await reporting.value("I24") == 1


async def test_days_after_the_period_are_not_seen(reporting: Reporting) -> None:
    await _tutors(reporting, "t-1")
    await reporting.receive(elective("t-1"), _tutoring("t-1", 2018), _tutoring("t-1", 2019))

    assert await reporting.value("I24", "2018-2019") == 0
    assert await reporting.value("I24", "2019-2020") == 1
    assert await reporting.value("I24", "2018-09-01/2020-03-06") == 0


async def test_the_threshold_is_a_parameter_and_hours_add_up_within_a_school_year(reporting: Reporting) -> None:
    await _tutors(reporting, "t-1")
    spring, autumn = at(date(2019, 2, 1)), at(date(2018, 11, 1))
    await reporting.receive(elective("t-1"), _tutoring("t-1", 2017))
    await reporting.receive(held("s-1", tutor("t-1"), minutes=300, starts_at=spring))
    await reporting.receive(held("s-2", tutor("t-1", 240), minutes=300, starts_at=autumn))

    assert await reporting.value("I24") == 0
    assert await reporting.value("I24", threshold_minutes=540) == 1


async def test_two_records_of_a_person_are_one_tutor_and_once_on_a_roll(reporting: Reporting) -> None:
    await _tutors(reporting, "t-1", "t-1b")
    march = {"starts_at": at(MARCH)}
    await reporting.receive(elective("t-1b"), _tutoring("t-1", 2017))
    await reporting.receive(held("s-1", tutor("t-1", 400), tutor("t-1b", 300), minutes=400, **march))
    await reporting.receive(assigned("t-1", "p-1"), assigned("t-1b", "p-1"))

    assert (await reporting.figure("I24")).details["candidates"] == 1
    assert await reporting.value("I24") == 0
    assert await reporting.value("I24", threshold_minutes=400) == 1
    assert ("t-1b", "same_person") in await reporting.reasons("I24", "record")


async def test_candidates_are_the_student_tutors_of_the_period(reporting: Reporting) -> None:
    await _tutors(reporting, "t-1", "t-2")
    await reporting.receive(engaged("p-3", category=Category.PERSONNEL), _tutoring("t-2", 2016))
    await reporting.receive(_tutoring(record, 2018) for record in ("t-1", "p-3", "u-9"))

    assert (await reporting.figure("I24")).details["candidates"] == await reporting.value("I09") == 1


async def test_an_organisation_s_candidates_tutored_under_it_in_both_years(reporting: Reporting) -> None:
    await reporting.receive(organisation("x"), programme("ales", organisers=[run_by("x", date(2018, 9, 1))]))
    await _tutors(reporting, "t-1")
    await reporting.receive(elective("t-1"), _tutoring("t-1", 2018), _tutoring("t-1", 2017))
    assert await reporting.value("I24", organisation="x") == 0

    await reporting.receive(programme("ales", organisers=[run_by("x")], version=2))

    assert await reporting.value("I24", organisation="x") == 1
