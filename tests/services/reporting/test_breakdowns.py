"""Breakdowns: organisers and everything above them (R11), schools as at each activity, pupils as at the first (R7)."""

from datetime import date
from typing import Any

import pytest

from contracts.registry import Membership
from contracts.vocabulary import ActingRole, Activity, Answer, Category, EstablishmentKind, PriorityStatus
from services.reporting.indicators import CATALOGUE
from services.reporting.queries.question import By
from tests.services.reporting.bonds import college
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import (
    APRIL,
    BELLEVUE,
    DUMAS,
    LA_SALLE,
    NO,
    YES,
    at,
    attributes,
    counted,
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

AMINA, BILAL = "amina-1", "bilal-2"
ORGANISED = {"I01", "I02", "I03", "I04", "I08", "I09", "I10", "I11", "I12", "I13", "I14"}


async def _two_schools_of_one_centre(reporting: Reporting, *membership: Membership) -> None:
    """X and telecom are in ipp; elsewhere is in nothing."""
    await reporting.receive(organisation("ipp"), organisation("x", *(membership or (member_of("ipp"),))))
    await reporting.receive(organisation("telecom", member_of("ipp")), organisation("elsewhere"))
    await reporting.receive(pupil(AMINA), pupil(BILAL), engaged("t-1"))


@pytest.mark.parametrize(
    ("code", "each"), [("I02", 1), ("I04", 1), ("I08", 1), ("I09", 1), ("I11", 1), ("I12", 1), ("I13", 1), ("I14", 1)]
)
async def test_an_activity_counts_for_each_organiser_and_once_above_them(
    reporting: Reporting, code: str, each: int
) -> None:
    """Sums, too: an hour that two schools organise is an hour of each, and one hour of the centre and of the whole."""
    await _two_schools_of_one_centre(reporting)
    await reporting.receive(held("s-1", present(AMINA), tutor("t-1"), organisers=("x", "telecom")))

    result = await reporting.result(code, by=By.ORGANISATION)

    assert {cell: figure.value for cell, figure in result.cells.items()} == {"ipp": each, "telecom": each, "x": each}
    assert result.whole.value == each


@pytest.mark.parametrize(
    ("code", "activity"), [("I01", Activity.FORUM), ("I03", Activity.COURS), ("I10", Activity.COURS)]
)
async def test_distinct_persons_are_counted_anew_for_each_organiser(
    reporting: Reporting, code: str, activity: Activity
) -> None:
    """Vector (e): the same person at activities of x and at activities of telecom is one of x, of telecom, of ipp."""
    await _two_schools_of_one_centre(reporting)
    await reporting.receive(engaged("w-1", category=Category.PERSONNEL))
    await reporting.receive(
        held("s-1", present(AMINA), tutor("w-1"), organisers=("x",), activity=activity),
        held("s-2", present(AMINA), tutor("w-1"), organisers=("telecom",), activity=activity),
    )

    result = await reporting.result(code, by=By.ORGANISATION)

    assert {cell: figure.value for cell, figure in result.cells.items()} == {"ipp": 1, "telecom": 1, "x": 1}
    assert result.whole.value == 1


async def test_what_is_above_an_organiser_is_read_at_the_date_of_the_activity(reporting: Reporting) -> None:
    await _two_schools_of_one_centre(reporting, member_of("ipp", APRIL))
    await reporting.receive(held("s-1", organisers=("x",)), held("s-2", organisers=("x",), starts_at=at(APRIL)))

    assert await reporting.cells("I14", By.ORGANISATION) == {"x": 2, "ipp": 1}


async def test_within_an_organisation_the_cells_are_those_of_its_own_tree(reporting: Reporting) -> None:
    await _two_schools_of_one_centre(reporting)
    await reporting.receive(held("s-1", organisers=("x", "elsewhere")), held("s-2", organisers=("telecom",)))

    assert await reporting.cells("I14", By.ORGANISATION, organisation="ipp") == {"ipp": 2, "x": 1, "telecom": 1}
    assert await reporting.cells("I14", By.ORGANISATION, organisation="x") == {"x": 1}


async def test_an_activity_that_names_no_organiser_is_its_programme_s_and_else_unknown(reporting: Reporting) -> None:
    await _two_schools_of_one_centre(reporting)
    await reporting.receive(programme("ales", organisers=[run_by("x", date(2000, 1, 1), APRIL)]))
    await reporting.receive(held("s-1"), held("s-2", starts_at=at(APRIL)), held("s-3", organisers=("telecom",)))

    assert await reporting.cells("I14", By.ORGANISATION) == {"x": 1, "telecom": 1, "ipp": 2, "non_renseigne": 1}


async def test_a_circle_of_memberships_ends(reporting: Reporting) -> None:
    await reporting.receive(organisation("a", member_of("b")), organisation("b", member_of("a")))
    await reporting.receive(held("s-1", organisers=("a",)))

    assert await reporting.cells("I14", By.ORGANISATION) == {"a": 1, "b": 1}


def test_organisers_are_a_breakdown_of_what_activities_carry() -> None:
    offering = {code for code, indicator in CATALOGUE.items() if By.ORGANISATION in indicator.breakdowns}

    assert offering >= ORGANISED


async def test_the_explanation_names_the_cells_of_a_fact_once(reporting: Reporting) -> None:
    await _two_schools_of_one_centre(reporting)
    await reporting.receive(held("s-1", organisers=("x", "telecom")))

    (fact,) = await reporting.explanation("I13", by=By.ORGANISATION)

    assert (fact["minutes"], fact["cells"]) == (60, ["ipp", "telecom", "x"])


async def test_schools_are_counted_by_type_departement_and_priority(reporting: Reporting) -> None:
    lycee = school(LA_SALLE).model_copy(update={"nature": EstablishmentKind.LYCEE_PROFESSIONNEL, "departement": "81"})
    await reporting.receive(college(BELLEVUE, y2017=PriorityStatus.REP), lycee)
    await reporting.receive(profiled(AMINA, establishment=BELLEVUE), profiled(BILAL, establishment=LA_SALLE))
    await reporting.receive(profiled("c-3", establishment=DUMAS))
    await reporting.receive(held("s-1", present(AMINA), present(BILAL), present("c-3")))

    cells: dict[By, dict[str, Any]] = {
        by: await reporting.cells("I04", by) for by in (By.TYPE, By.DEPARTEMENT, By.REP, By.ESTABLISHMENT)
    }

    assert cells[By.TYPE] == {"college": 1, "lycee_professionnel": 1, "non_renseigne": 1}
    assert cells[By.DEPARTEMENT] == {"30": 1, "81": 1, "non_renseigne": 1}
    assert cells[By.REP] == {"REP": 1, "aucune": 1, "non_renseigne": 1}
    assert await reporting.cells("I05", By.REP) == {"REP": 1, "aucune": 1}


@pytest.mark.parametrize(
    ("lists", "status"),
    [
        ({"y2019": PriorityStatus.REP}, "aucune"),
        ({"y2018": PriorityStatus.REP_PLUS}, "REP+"),
        ({"y2016": PriorityStatus.REP, "y2018": PriorityStatus.HORS_EP}, "aucune"),
        ({"y2017": PriorityStatus.REP, "y2016": PriorityStatus.REP_PLUS}, "REP"),
        ({}, "aucune"),
    ],
)
async def test_the_latest_list_not_later_than_the_rentree_decides_of_priority(
    reporting: Reporting, lists: dict[str, PriorityStatus], status: str
) -> None:
    await reporting.receive(college(BELLEVUE, **lists), pupil(AMINA), held("s-1", present(AMINA), counted(3)))

    assert await reporting.cells("I02", By.REP) == {status: 1}
    assert (await reporting.result("I04", by=By.REP)).cells[status].high == 3


async def test_rural_and_track_are_read_at_the_first_activity(reporting: Reporting) -> None:
    before = attributes(ends_on=APRIL, rural=YES, track="pcsi")
    after = attributes(starts_on=APRIL, rural=NO, track="mpsi")
    await reporting.receive(profiled(AMINA, before, after), enrolled(AMINA), pupil(BILAL))
    await reporting.receive(
        held("s-1", present(AMINA)), held("s-2", present(AMINA), present(BILAL), starts_at=at(APRIL))
    )

    assert await reporting.cells("I02", By.RURAL) == {"oui": 1, "non_renseigne": 1}
    assert await reporting.cells("I02", By.TRACK) == {"pcsi": 1, "non_renseigne": 1}
    coverage = (await reporting.result("I02", by=By.TRACK)).coverage
    assert coverage is not None
    assert (coverage.known, coverage.total) == (1, 2)


@pytest.mark.parametrize(
    ("by", "others"),
    [(By.RURAL, {"non", "non_renseigne"}), (By.TRACK, {"non_renseigne"}), (By.QPV, {"non", "non_renseigne"})],
)
async def test_headcounts_that_cannot_answer_widen_every_cell_above(
    reporting: Reporting, by: By, others: set[str]
) -> None:
    await reporting.receive(school(DUMAS), pupil(AMINA, rural=Answer.OUI, track="pcsi", qpv=Answer.OUI))
    await reporting.receive(held("s-1", present(AMINA), activity=Activity.FORUM))
    await reporting.receive(held("s-2", counted(20, DUMAS), activity=Activity.FORUM))

    cells = (await reporting.result("I01", by=by)).cells

    named = "pcsi" if by is By.TRACK else "oui"
    assert {cell: (figure.low, figure.high) for cell, figure in cells.items()} == {
        named: (1, 21),
        **dict.fromkeys(others, (0, 20)),
    }


async def test_activities_have_a_subject(reporting: Reporting) -> None:
    await reporting.receive(pupil(AMINA), pupil(BILAL))
    await reporting.receive(
        held("s-1", present(AMINA), present(BILAL), activity=Activity.COURS, subject_taught="physique", minutes=90),
        held("s-2", present(AMINA), activity=Activity.COURS),
    )

    assert await reporting.cells("I03", By.SUBJECT) == {"physique": 2, "non_renseigne": 1}
    assert await reporting.cells("I11", By.SUBJECT) == {"physique": 3, "non_renseigne": 1}


async def test_hours_of_headcounts_stand_beside_the_cells_of_pupils_and_never_replace_one(reporting: Reporting) -> None:
    await reporting.receive(pupil(AMINA), held("s-1", present(AMINA), counted(20, DUMAS)))

    result = await reporting.result("I11", by=By.GENDER)

    assert {cell: figure.value for cell, figure in result.cells.items()} == {"non_renseigne": 1}
    assert result.whole.details["headcount_hours"] == 20


async def test_hours_of_somebody_in_two_categories_are_hours_of_both_and_once_in_the_whole(
    reporting: Reporting,
) -> None:
    student = engaged("t-1", category=Category.ETUDIANT)
    both = student.spans[0].model_copy(update={"category": Category.DOCTORANT})
    await reporting.receive(student.model_copy(update={"spans": (*student.spans, both)}))
    await reporting.receive(held("s-1", tutor("t-1", role=ActingRole.INTERVENANT)))

    result = await reporting.result("I12", by=By.CATEGORY)

    assert {cell: figure.value for cell, figure in result.cells.items()} == {"doctorant": 1, "etudiant": 1}
    assert result.whole.value == 1


async def test_actions_are_counted_by_programme(reporting: Reporting) -> None:
    await reporting.receive(programme("ales"), programme("ales-sport", parent="ales"))
    await reporting.receive(held("s-1"), held("s-2", programme="ales-sport", activity=Activity.SPORT))

    assert await reporting.cells("I16", By.PROGRAMME, programme="ales") == {"ales": 1, "ales-sport": 1}
