"""Active partners (I27), sponsors (I28), and that their explanation is what was counted."""

from datetime import date

import pytest

from contracts.vocabulary import Activity, Category, OrganisationKind, PartyRole
from services.reporting.queries.question import By
from tests.services.reporting.bonds import body, college, convention
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import (
    APRIL,
    BELLEVUE,
    DUMAS,
    END,
    assigned,
    at,
    cancelled,
    engaged,
    held,
    member_of,
    organisation,
    planned,
    programme,
    run_by,
    tutor,
)

YEAR_2022, YEAR_2023 = date(2022, 9, 1), date(2023, 9, 1)


# --- I27


async def test_partners_are_bound_or_act_and_each_counts_once(reporting: Reporting) -> None:
    state, company = OrganisationKind.ETAT, OrganisationKind.ENTREPRISE
    await reporting.receive(body("anct", state), body("enedis", company), body("face", OrganisationKind.ASSOCIATION))
    await reporting.receive(organisation("imt-mines-ales"), programme("ales", organisers=[run_by("imt-mines-ales")]))
    await reporting.receive(
        convention("c-1", organisation="anct", role=PartyRole.FINANCEUR),
        convention("c-2", organisation="anct"),
        convention("c-3", organisation="enedis", role=PartyRole.PARRAIN),
        convention("c-4", organisation="imt-mines-ales", role=PartyRole.TETE),
        convention("c-5", organisation="face", role=PartyRole.SOUTIEN, ends_on=date(2018, 9, 2), starts_on=YEAR_2018),
    )
    await reporting.receive(held("s-1", organisers=("enedis", "imt-mines-ales")))

    assert await reporting.value("I27") == 3
    assert await reporting.cells("I27", By.KIND) == {"association": 1, "entreprise": 1, "etat": 1}
    assert await reporting.reasons("I27", "organisation") == {
        ("anct", "in_force"),
        ("enedis", "in_force"),
        ("enedis", "held"),
        ("imt-mines-ales", "role_not_counted"),
        ("imt-mines-ales", "organiser_of_programme"),
        ("face", "in_force"),
    }


YEAR_2018 = date(2018, 8, 31)


async def test_an_organiser_is_a_partner_on_the_days_on_which_the_programme_is_not_its_own(
    reporting: Reporting,
) -> None:
    await reporting.receive(organisation("x"), programme("ales", organisers=[run_by("x", ends_on=APRIL)]))
    await reporting.receive(held("s-1", organisers=("x",)))
    assert await reporting.value("I27") == 0

    await reporting.receive(held("s-2", organisers=("x",), starts_at=at(APRIL)))

    assert await reporting.value("I27") == 1


async def test_a_member_of_the_organiser_is_no_partner_of_its_own_federation(reporting: Reporting) -> None:
    await reporting.receive(
        organisation("federation"),
        organisation("x", member_of("federation", ends_on=APRIL)),
        programme("ales", organisers=[run_by("federation")]),
    )
    await reporting.receive(held("s-1", organisers=("x",)))
    assert await reporting.value("I27") == 0
    assert ("x", "organiser_of_programme") in await reporting.reasons("I27", "organisation")

    await reporting.receive(held("s-2", organisers=("x",), starts_at=at(APRIL)))

    assert await reporting.value("I27") == 1


async def test_what_did_not_take_place_or_lies_elsewhere_makes_no_partner(reporting: Reporting) -> None:
    await reporting.receive(organisation("x"), programme("ales"))
    await reporting.receive(
        held("s-1", organisers=("x",)),
        cancelled("s-1", organisers=("x",), version=2),
        planned("s-2", organisers=("x",)),
        planned("s-3", organisers=("x",), starts_at=at(date(2019, 7, 1))),
        convention("c-1", organisation="x", starts_on=END),
    )

    result = await reporting.result("I27")

    assert (result.whole.value, result.quality.missing_rolls) == (0, 1)
    assert await reporting.reasons("I27", "session", "convention") == {
        ("s-1", None, "superseded"),
        ("s-1", None, "cancelled"),
        ("s-2", None, "appel_manquant"),
        ("s-3", None, "planned"),
        (None, "c-1", "out_of_period"),
    }


async def test_a_partner_of_unknown_nature_counts_in_the_cell_of_the_unknown(reporting: Reporting) -> None:
    await reporting.receive(convention("c-1", organisation="somebody"))

    assert await reporting.cells("I27", By.KIND) == {"non_renseigne": 1}


# --- I28


async def test_sponsors_are_bound_as_such_with_the_professionals_beside(reporting: Reporting) -> None:
    await reporting.receive(body("enedis", OrganisationKind.ENTREPRISE), body("anct", OrganisationKind.ETAT))
    await reporting.receive(convention("c-1", organisation="enedis", role=PartyRole.PARRAIN))
    await reporting.receive(convention("c-2", organisation="anct", role=PartyRole.FINANCEUR))
    await reporting.receive(
        engaged("p-1", category=Category.PROFESSIONNEL, at_school="enedis"),
        engaged("p-1b", category=Category.PROFESSIONNEL, at_school="enedis"),
        engaged("p-2", category=Category.PROFESSIONNEL, ends_on=date(2019, 1, 1)),
        engaged("t-1"),
        assigned("p-1", "person-1"),
        assigned("p-1b", "person-1"),
    )
    visit = {"activity": Activity.VISITE_ENTREPRISE}
    await reporting.receive(held("s-1", tutor("p-1"), tutor("p-1b"), tutor("p-2"), tutor("t-1"), **visit))

    figure = await reporting.figure("I28")

    assert (figure.value, figure.details["professionals"]) == (1, 1)
    assert await reporting.cells("I28", By.KIND) == {"entreprise": 1}
    assert await reporting.reasons("I28", "family", "record", "convention") == {
        ("convention", None, "c-1", "in_force"),
        ("convention", None, "c-2", "role_not_counted"),
        ("acting", "p-1", None, "present"),
        ("acting", "p-1b", None, "same_person"),
    }


@pytest.mark.parametrize("code", ["I06", "I18b", "I27", "I28"])
async def test_the_counted_facts_are_those_of_the_figure(reporting: Reporting, code: str) -> None:
    await reporting.receive(college(BELLEVUE), body("anct", OrganisationKind.ETAT), convention("c-1", BELLEVUE))
    await reporting.receive(convention("c-2", organisation="anct", role=PartyRole.PARRAIN))
    await reporting.receive(convention("c-3", DUMAS, starts_on=END))

    figure = await reporting.figure(code)
    counted = [fact for fact in await reporting.explanation(code, limit=1) if fact["counted"]]

    assert figure.facts == len(counted) == 1
