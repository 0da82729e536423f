"""Conventions: a party is bound to a programme once a day in each role."""

from typing import Any

from tests.services.inscriptions.office import Office

MINES = {"name": "IMT Mines Alès", "nature": "ecole"}
BELLEVUE = {"name": "Lycée Bellevue", "nature": "lycee_gt"}


async def test_one_party_has_one_convention_a_day_with_a_programme(office: Office) -> None:
    def convention(starts_on: str, ends_on: str | None, **party: str) -> dict[str, Any]:
        valid = {"starts_on": starts_on, "ends_on": ends_on}
        return {"programme": "ales", "valid": valid} | (party or {"establishment": "0300077W"})

    first = await office.put("/conventions/c1", convention("2018-09-01", "2019-09-01"))
    overlapping = await office.put("/conventions/c2", convention("2019-08-31", None))
    following = await office.put("/conventions/c2", convention("2019-09-01", None))
    other_party = await office.put("/conventions/c3", convention("2018-09-01", None, organisation="imt-mines-ales"))
    longer = await office.put("/conventions/c1", convention("2018-01-01", "2019-09-01"))

    assert (first.status_code, following.status_code, other_party.status_code) == (201, 201, 201)
    assert (overlapping.status_code, overlapping.json()["field"]) == (409, "valid")
    assert (longer.status_code, longer.json()["version"]) == (200, 2)


async def test_one_party_may_be_bound_in_several_roles_but_once_in_each(office: Office) -> None:
    valid = {"starts_on": "2018-09-01", "ends_on": "2020-09-01"}
    lycee = {"programme": "ales", "establishment": "0300077W", "valid": valid}
    school = {"programme": "ales", "organisation": "imt-mines-ales", "valid": valid}

    granted = [
        await office.put("/conventions/c1", lycee),
        await office.put("/conventions/c2", lycee | {"role": "tete"}),
        await office.put("/conventions/c3", school | {"role": "tete"}),
        await office.put("/conventions/c4", school),
        await office.put("/conventions/c5", school | {"role": "encorde"}),
    ]
    refused = [
        await office.put("/conventions/c6", lycee | {"role": "encorde"}),
        await office.put("/conventions/c6", school | {"role": "partenaire"}),
        await office.put("/conventions/c3", school),
    ]

    assert [answer.status_code for answer in granted] == [201] * 5
    assert [(answer.status_code, answer.json()["title"]) for answer in refused] == [(409, "convention_overlaps")] * 3
    assert [(await office.get(f"/conventions/c{number}")).json()["role"] for number in (1, 2)] == [None, "tete"]


async def test_a_convention_may_change_its_role_and_frees_the_one_before(office: Office) -> None:
    lycee = {"programme": "ales", "establishment": "0300077W", "valid": {"starts_on": "2018-09-01"}}
    await office.put("/conventions/c1", lycee)

    changed = await office.put("/conventions/c1", lycee | {"role": "tete"})
    other = await office.put("/conventions/c2", lycee)

    assert (changed.status_code, changed.json()["version"], other.status_code) == (200, 2, 201)
