"""Roped schools (I06) and the share of collèges in priority education (I18b)."""

from datetime import date

import pytest

from contracts.vocabulary import EstablishmentKind, PartyRole, PriorityStatus
from services.reporting.queries.question import By
from services.reporting.wording import Verdict, judge, parse_wording
from tests.services.reporting.bonds import college, convention
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import (
    BELLEVUE,
    DUMAS,
    DUMAS_PRO,
    LA_SALLE,
    LA_SALLE_PRO,
    PREVERT,
    member_of,
    organisation,
    programme,
    run_by,
    school,
)

YEAR_2022, YEAR_2023 = date(2022, 9, 1), date(2023, 9, 1)


# --- I06


async def test_two_roped_codes_of_one_lycee_are_one_site_and_each_type_counts_it(reporting: Reporting) -> None:
    pro = school(LA_SALLE_PRO).model_copy(update={"nature": EstablishmentKind.LYCEE_PROFESSIONNEL})
    await reporting.receive(school(LA_SALLE), pro, college(BELLEVUE))
    await reporting.receive(convention("c-1", LA_SALLE), convention("c-2", LA_SALLE_PRO), convention("c-3", BELLEVUE))

    assert await reporting.value("I06") == 2
    assert await reporting.cells("I06", By.TYPE) == {"college": 1, "lycee_gt": 1, "lycee_professionnel": 1}


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "sites"),
    [
        (date(2019, 8, 31), None, 1),
        (date(2019, 9, 1), None, 0),
        (date(2018, 8, 1), date(2018, 9, 2), 1),
        (date(2018, 8, 1), date(2018, 9, 1), 0),
        (date(2017, 9, 1), date(2021, 9, 1), 1),
    ],
)
async def test_one_day_of_the_period_is_enough(
    reporting: Reporting, starts_on: date, ends_on: date | None, sites: int
) -> None:
    await reporting.receive(school(BELLEVUE), convention("c-1", BELLEVUE, starts_on=starts_on, ends_on=ends_on))

    assert await reporting.value("I06") == sites
    assert await reporting.reasons("I06", "convention") == {("c-1", "in_force" if sites else "out_of_period")}


async def test_only_roped_schools_count_neither_the_head_nor_an_organisation(reporting: Reporting) -> None:
    await reporting.receive(school(BELLEVUE), school(DUMAS), organisation("isis"))
    await reporting.receive(convention("c-1", BELLEVUE, role=PartyRole.TETE), convention("c-2", DUMAS))
    await reporting.receive(convention("c-3", organisation="isis"), convention("c-4", PREVERT))

    assert await reporting.value("I06") == 1
    assert await reporting.reasons("I06", "convention") == {
        ("c-1", "role_not_counted"),
        ("c-2", "in_force"),
        ("c-4", "unknown_establishment"),
    }


async def _joined(reporting: Reporting, period: str) -> tuple[object, object, object]:
    figure = await reporting.figure("I06", period)
    return figure.value, figure.details["joined"], figure.details["left"]


async def test_schools_join_with_their_first_convention_and_leave_with_their_last(reporting: Reporting) -> None:
    """Trap 5: as dated as the schools of Créteil."""
    await reporting.receive([school(uai) for uai in (BELLEVUE, DUMAS, PREVERT)])
    await reporting.receive(
        # Renewed year by year: it neither joins nor leaves in between.
        convention("b-1", BELLEVUE, starts_on=YEAR_2022, ends_on=YEAR_2023),
        convention("b-2", BELLEVUE, starts_on=YEAR_2023, ends_on=date(2024, 9, 1)),
        convention("d-1", DUMAS, starts_on=YEAR_2023),
        convention("p-1", PREVERT, starts_on=YEAR_2022, ends_on=date(2023, 3, 1)),
    )

    assert await _joined(reporting, "2022-2023") == (2, 2, 1)
    assert await _joined(reporting, "2023-2024") == (2, 1, 1)
    assert await _joined(reporting, "2024-2025") == (1, 0, 0)


async def test_a_corrected_convention_moves_the_figure_by_itself(reporting: Reporting) -> None:
    await reporting.receive(school(BELLEVUE), convention("c-1", BELLEVUE))
    assert await reporting.value("I06") == 1

    await reporting.receive(convention("c-1", BELLEVUE, ends_on=date(2018, 10, 1), version=2))

    assert await reporting.value("I06") == 1
    assert await reporting.value("I06", "2019") == 0


async def test_a_sub_programme_s_schools_are_the_programme_s_and_another_s_are_not(reporting: Reporting) -> None:
    await reporting.receive(programme("ales"), programme("sub", parent="ales"), programme("other"))
    await reporting.receive([school(uai) for uai in (BELLEVUE, DUMAS, PREVERT)])
    await reporting.receive(convention("c-1", BELLEVUE), convention("c-2", DUMAS, of="sub"))
    await reporting.receive(convention("c-3", PREVERT, of="other"))

    assert await reporting.value("I06", programme="ales") == 2
    assert await reporting.value("I06") == 3


async def test_an_organisation_s_schools_are_those_of_programmes_it_runs_while_the_convention_lasts(
    reporting: Reporting,
) -> None:
    await reporting.receive(organisation("ipp"), organisation("x", member_of("ipp", date(2019, 1, 1))))
    await reporting.receive(programme("ales", organisers=[run_by("x")]), school(BELLEVUE), school(DUMAS))
    await reporting.receive(convention("c-1", BELLEVUE), convention("c-2", DUMAS, ends_on=date(2018, 12, 1)))

    assert await reporting.value("I06", organisation="x") == 2
    assert await reporting.value("I06", organisation="ipp") == 1
    assert await reporting.value("I06", "2018-09-01/2019-01-01", organisation="ipp") == 0
    assert await reporting.reasons("I06", "convention", organisation="ipp") == {
        ("c-1", "in_force"),
        ("c-2", "out_of_scope"),
    }


# --- I18b


async def test_the_latest_list_not_later_than_the_rentree_decides(reporting: Reporting) -> None:
    rep, plus, none = PriorityStatus.REP, PriorityStatus.REP_PLUS, PriorityStatus.HORS_EP
    await reporting.receive(
        college(BELLEVUE, y2015=rep),
        college(DUMAS, y2015=rep, y2018=none),
        college(PREVERT, y2015=none, y2018=plus),
        college(LA_SALLE, y2019=rep),
        college(DUMAS_PRO),
    )
    await reporting.receive(
        [convention(f"c-{uai.lower()}", uai) for uai in (BELLEVUE, DUMAS, PREVERT, LA_SALLE, DUMAS_PRO)]
    )

    figure = await reporting.figure("I18b")

    assert figure.value == 40
    assert (figure.details["priority"], figure.details["colleges"]) == (2, 5)
    assert await reporting.reasons("I18b", "establishment", "condition") == {
        (BELLEVUE, "REP", "in_force"),
        (DUMAS, "aucune", "in_force"),
        (PREVERT, "REP+", "in_force"),
        (LA_SALLE, "aucune", "in_force"),
        (DUMAS_PRO, "aucune", "in_force"),
    }
    assert await reporting.value("I18b", "2019-2020") == 60


async def test_the_rentree_is_that_of_the_first_day_on_which_convention_and_period_overlap(
    reporting: Reporting,
) -> None:
    """In the calendar year 2019 two lists may hold: the one of the day that counts first decides."""
    await reporting.receive(college(BELLEVUE, y2019=PriorityStatus.REP), college(DUMAS, y2019=PriorityStatus.REP))
    await reporting.receive(convention("c-1", BELLEVUE), convention("c-2", DUMAS, starts_on=date(2019, 9, 1)))
    await reporting.receive(convention("c-3", BELLEVUE, starts_on=date(2019, 9, 1)))

    assert await reporting.value("I18b", "2019") == 50


async def test_where_no_list_speaks_of_any_college_nobody_can_say(reporting: Reporting) -> None:
    await reporting.receive(college(BELLEVUE), college(DUMAS, y2019=PriorityStatus.REP))
    await reporting.receive(convention("c-1", BELLEVUE), convention("c-2", DUMAS))

    figure = await reporting.figure("I18b")

    assert (figure.low, figure.high) == (None, None)
    assert (figure.details["priority"], figure.details["colleges"]) == (0, 2)

    await reporting.receive(college(BELLEVUE, y2018=PriorityStatus.HORS_EP).model_copy(update={"version": 2}))

    assert await reporting.value("I18b") == 0


async def test_only_colleges_are_the_whole_and_of_none_there_is_no_share(reporting: Reporting) -> None:
    await reporting.receive(school(BELLEVUE), convention("c-1", BELLEVUE), convention("c-2", DUMAS))
    await reporting.receive(organisation("x"), convention("c-3", organisation="x"))

    figure = await reporting.figure("I18b")

    assert (figure.low, figure.high, figure.value) == (None, None, None)
    assert judge(parse_wording("la plupart"), figure.low, figure.high) is Verdict.UNKNOWN
    assert await reporting.reasons("I18b", "convention") == {
        ("c-1", "type_not_counted"),
        ("c-2", "unknown_establishment"),
    }


async def test_most_is_said_of_a_share_above_half(reporting: Reporting) -> None:
    await reporting.receive(college(BELLEVUE, y2015=PriorityStatus.REP), college(DUMAS), convention("c-1", BELLEVUE))
    most = parse_wording("la plupart")

    alone = await reporting.figure("I18b")
    await reporting.receive(convention("c-2", DUMAS))
    half = await reporting.figure("I18b")

    assert judge(most, alone.low, alone.high) is Verdict.ESTABLISHED
    assert judge(most, half.low, half.high) is Verdict.CONTRADICTED
