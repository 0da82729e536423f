"""Pupils informed (I01) and supported (I03), girls (I17), preparatory classes (I33), académies (I07)."""

from fractions import Fraction

import pytest

from contracts.vocabulary import Activity, Gender, Level
from services.reporting.indicators.schools import ACADEMIES
from services.reporting.queries.question import By
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import (
    APRIL,
    BELLEVUE,
    DUMAS,
    LA_SALLE,
    PREVERT,
    absent,
    assigned,
    at,
    attributes,
    counted,
    enrolled,
    held,
    present,
    profiled,
    pupil,
    school,
)

A, B, C = "a-1", "b-2", "c-3"
INFORMATION = (Activity.INFORMATION, Activity.FORUM, Activity.DECOUVERTE_CAMPUS, Activity.CONFERENCE)
SUPPORT = (Activity.SOUTIEN_SCOLAIRE, Activity.COURS, Activity.STAGE_SCIENCES, Activity.STAGE_CPGE)
ALL = tuple(activity for activity in Activity if activity is not Activity.UNKNOWN)


async def test_the_interval_of_the_informed_follows_corrections_and_merges(reporting: Reporting) -> None:
    """Vectors (a), (b) and (c) of the definitions."""
    what = {"activity": Activity.INFORMATION}
    await reporting.receive(pupil(A), pupil(B), pupil(C))
    await reporting.receive(held("s-1", present(A), present(B), absent(C), **what), held("s-2", present(A), **what))
    await reporting.receive(held("s-3", counted(30), **what), held("s-4", counted(28), **what))
    # Neither tutoring nor what is declared there informs.
    await reporting.receive(held("s-5", present(C), counted(50, DUMAS)))

    assert await reporting.bounds("I01") == (30, 60)
    assert (await reporting.figure("I01")).details["nominative"] == 2

    await reporting.receive(assigned(A, "p-1"), assigned(B, "p-1"))
    assert (await reporting.figure("I01")).details["nominative"] == 1

    await reporting.receive(
        held("s-1", absent(A), present(B), version=2, **what), held("s-2", absent(A), version=2, **what)
    )
    assert await reporting.bounds("I01") == (30, 59)


@pytest.mark.parametrize(("code", "family"), [("I01", INFORMATION), ("I03", SUPPORT)])
async def test_a_family_is_four_kinds_of_activity(
    reporting: Reporting, code: str, family: tuple[Activity, ...]
) -> None:
    await reporting.receive([pupil(f"r-{n}") for n in range(len(ALL))])
    await reporting.receive([held(f"s-{n}", present(f"r-{n}"), activity=what) for n, what in enumerate(ALL)])

    facts = await reporting.explanation(code, by=By.ACTIVITY)

    assert {fact["activity"] for fact in facts if fact["counted"]} == set(family)
    assert {fact["why"] for fact in facts if not fact["counted"]} == {"activity_not_counted"}
    assert await reporting.value(code) == len(family)


async def test_a_tutee_may_be_supported_too_and_an_absent_or_unknown_pupil_is_not(reporting: Reporting) -> None:
    await reporting.receive(pupil(A), profiled(B))
    await reporting.receive(held("s-1", present(A)))
    await reporting.receive(held("s-2", present(A), absent(B), present("u-9"), activity=Activity.COURS))

    result = await reporting.result("I03")

    assert [await reporting.value(code) for code in ("I02", "I03")] == [1, 1]
    assert result.quality.unknown_references == 1


async def test_girls_are_a_share_of_girls_and_boys_and_the_others_stand_apart(reporting: Reporting) -> None:
    gender = {
        A: Gender.FEMININ,
        B: Gender.MASCULIN,
        C: Gender.MASCULIN,
        "d-4": Gender.AUTRE,
        "e-5": Gender.NON_RENSEIGNE,
    }
    await reporting.receive([profiled(record, gender=said) for record, said in gender.items()])
    await reporting.receive(held("s-1", *map(present, gender), counted(30, girls=20)), held("s-2", present(A)))

    result = await reporting.result("I17", by=By.ACTIVITY)

    assert result.whole.value == Fraction(100, 3)
    assert result.whole.details == {"girls": 1, "boys": 2, "other": 2}
    assert result.coverage is not None
    assert (result.coverage.known, result.coverage.total) == (3, 5)
    assert result.cells["tutorat"].value == Fraction(100, 3)


async def test_gender_is_read_at_the_first_activity_of_the_period(reporting: Reporting) -> None:
    spans = (attributes(ends_on=APRIL, gender=Gender.FEMININ), attributes(starts_on=APRIL, gender=Gender.MASCULIN))
    await reporting.receive(profiled(A, *spans))
    await reporting.receive(held("s-1", present(A)), held("s-2", present(A), starts_at=at(APRIL)))

    assert await reporting.value("I17") == 100
    assert await reporting.value("I17", "2019-04-01/2019-05-01") == 0


async def test_a_share_of_nobody_has_no_value(reporting: Reporting) -> None:
    await reporting.receive(profiled(A), held("s-1", present(A)))

    assert (await reporting.figure("I17")).low is None


async def test_tutees_of_a_preparatory_class_are_those_who_were_in_one_at_their_first_activity(
    reporting: Reporting,
) -> None:
    later = (attributes(ends_on=APRIL, level=Level.TERMINALE_G), attributes(starts_on=APRIL, level=Level.CPGE1))
    await reporting.receive(pupil(A, level=Level.CPGE1, track="pcsi"), pupil(B, level=Level.CPGE2, track="bcpst"))
    await reporting.receive(profiled(C, *later), enrolled(C), profiled("d-4", level=Level.CPGE1))
    await reporting.receive(held("s-1", present(A), present(C), present("d-4")))
    await reporting.receive(held("s-2", present(B), present(C), starts_at=at(APRIL)))

    facts = await reporting.explanation("I33")

    assert await reporting.value("I33") == 2
    assert await reporting.cells("I33", By.LEVEL) == {"CPGE1": 1, "CPGE2": 1}
    assert await reporting.cells("I33", By.TRACK) == {"bcpst": 1, "pcsi": 1}
    assert {(fact["record"], fact["why"]) for fact in facts if not fact["counted"]} == {
        (C, "level_not_counted"),
        ("d-4", "no_tutorat_enrolment"),
    }


async def test_academies_are_those_of_the_schools_reached(reporting: Reporting) -> None:
    await reporting.receive(school(BELLEVUE), school(LA_SALLE, academie="31").model_copy(update={"departement": "972"}))
    # Saint-Pierre-et-Miquelon is no académie, and Prévert was not reached.
    await reporting.receive(school(DUMAS, academie="44"), school(PREVERT, academie="01"))
    await reporting.receive(pupil(A), held("s-1", present(A), counted(3, LA_SALLE)), held("s-2", place=DUMAS))

    figure = await reporting.figure("I07")
    facts = await reporting.explanation("I07")

    assert figure.value == 2
    assert figure.details == {"toutes": 0, "departements": 2, "overseas": 1}
    assert {fact["establishment"]: fact["why"] for fact in facts if not fact["counted"]} == {
        DUMAS: "academie_not_counted",
    }


async def test_all_thirty_academies_are_all(reporting: Reporting) -> None:
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
    codes = [f"{number:07d}{letters[number % 23]}" for number in range(1001, 1031)]
    await reporting.receive([school(uai, academie=code) for uai, code in zip(codes, ACADEMIES, strict=True)])
    await reporting.receive([held(f"s-{n}", place=uai) for n, uai in enumerate(codes)])

    figure = await reporting.figure("I07")

    assert (figure.value, figure.details["toutes"], figure.details["overseas"]) == (30, 1, 5)


async def test_without_any_tutee_nobody_has_hours(reporting: Reporting) -> None:
    await reporting.receive(profiled("a-1"), held("s-1", present("a-1")))

    figure = await reporting.figure("I32")

    assert (figure.low, figure.high, figure.details["tutees"]) == (None, None, 0)
