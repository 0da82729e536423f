"""The registry over HTTP: idempotent, whole states in versions, and nothing that contradicts itself."""

import asyncio
from typing import Any

import pytest

from contracts.registry import EstablishmentRegistered, OrganisationRegistered, ProgrammeOpened
from services.inscriptions import handlers
from services.inscriptions.commands import RegisterOrganisation
from tests.services.inscriptions.office import Office

MINES = {"name": "IMT Mines Alès", "nature": "ecole"}
BELLEVUE = {"name": "Lycée Bellevue", "nature": "lycee_gt"}


def member(parent: str, starts_on: str, ends_on: str | None = None) -> dict[str, Any]:
    return {"parent": parent, "starts_on": starts_on, "ends_on": ends_on}


def organisation(*memberships: dict[str, Any], name: str = "École") -> dict[str, Any]:
    return {"name": name, "nature": "ecole", "memberships": list(memberships)}


async def test_the_same_body_again_changes_nothing(empty_office: Office) -> None:
    first = await empty_office.put("/organisations/imt-mines-ales", MINES)
    again = await empty_office.put("/organisations/imt-mines-ales", MINES)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    assert len(await empty_office.published()) == 1


async def test_another_body_is_a_new_version_with_the_whole_state(empty_office: Office) -> None:
    await empty_office.put("/organisations/imt-mines-ales", MINES)
    changed = await empty_office.put("/organisations/imt-mines-ales", MINES | {"name": "Mines Alès"})

    assert changed.status_code == 200
    assert await empty_office.published() == [
        OrganisationRegistered(version=1, organisation="imt-mines-ales", name="IMT Mines Alès", nature="ecole"),
        OrganisationRegistered(version=2, organisation="imt-mines-ales", name="Mines Alès", nature="ecole"),
    ]


async def test_memberships_in_another_order_are_the_same_state(empty_office: Office) -> None:
    await empty_office.put("/organisations/imt", organisation())
    spans = [member("imt", "2012-03-01", "2015-01-01"), member("imt", "2017-01-01")]
    await empty_office.put("/organisations/mines", organisation(*spans))
    again = await empty_office.put("/organisations/mines", organisation(*reversed(spans)))

    assert again.json()["version"] == 1


async def test_an_establishment_takes_its_territory_from_its_uai(empty_office: Office) -> None:
    answer = await empty_office.put("/establishments/0300077W", BELLEVUE)

    assert answer.status_code == 201
    (event,) = await empty_office.published(EstablishmentRegistered)
    assert isinstance(event, EstablishmentRegistered)
    assert (event.departement, event.academie, event.site) == ("30", "11", "0300077W")


@pytest.mark.parametrize(
    ("path", "body", "problem"),
    [
        ("/establishments/0300077W", BELLEVUE | {"academie": "01"}, (422, "academie_differs", "academie")),
        ("/establishments/0300077W", BELLEVUE | {"departement": "31"}, (422, "departement_differs", "departement")),
        ("/establishments/0300077W", BELLEVUE | {"site": "0300125Y"}, (409, "entry_unknown", "site")),
        ("/establishments/0960001E", BELLEVUE, (422, "no_such_departement", "establishment")),
        (
            "/establishments/0300077W",
            BELLEVUE | {"priority": [{"rentree": 2019, "status": "REP"}, {"rentree": 2019, "status": "REP+"}]},
            (422, "rentree_twice", "priority[1].rentree"),
        ),
        (
            "/organisations/mines",
            organisation(member("imt", "2012-01-01")),
            (409, "entry_unknown", "memberships[0].parent"),
        ),
        ("/organisations/mines", organisation(member("mines", "2012-01-01")), (409, "cycle", "memberships[0].parent")),
        ("/programmes/p", {"name": "P", "parent": "q"}, (409, "entry_unknown", "parent")),
        ("/programmes/p", {"name": "P", "parent": "p"}, (409, "cycle", "parent")),
        (
            "/programmes/p",
            {"name": "P", "organisers": [{"organisation": "imt", "starts_on": "2012-01-01"}]},
            (409, "entry_unknown", "organisers[0].organisation"),
        ),
        (
            "/conventions/c",
            {"programme": "p", "organisation": "imt", "valid": {"starts_on": "2019-01-01"}},
            (409, "entry_unknown", "programme"),
        ),
    ],
)
async def test_a_refused_entry_names_the_field_and_leaves_nothing(
    empty_office: Office, path: str, body: dict[str, Any], problem: tuple[int, str, str]
) -> None:
    answer = await empty_office.put(path, body)

    told = answer.json()
    assert (answer.status_code, told["title"], told["field"]) == problem
    assert answer.headers["content-type"] == "application/problem+json"
    assert await empty_office.published() == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("/establishments/0300077A", BELLEVUE),
        ("/organisations/Mines", MINES),
        ("/organisations/mines", MINES | {"nature": "unknown"}),
        ("/organisations/mines", MINES | {"colour": "red"}),
        ("/organisations/mines", organisation({"parent": "imt", "starts_on": "2012-01-01", "colour": "red"})),
        ("/organisations/mines", organisation(member("imt", "2013-01-01", "2012-01-01"))),
        ("/conventions/c", {"programme": "p", "valid": {"starts_on": "2019-01-01"}}),
        (
            "/conventions/c",
            {"programme": "p", "organisation": "o", "valid": {"starts_on": "2019-01-01"}, "role": "unknown"},
        ),
        ("/programmes/p", {"name": "P", "opened_on": "2019"}),
        ("/programmes/p", {"name": "P", "labels": [{"label": "l", "starts_on": "2019-01-01", "colour": "red"}]}),
    ],
)
async def test_a_shape_that_is_wrong_is_refused_before_anything_else(
    empty_office: Office, path: str, body: dict[str, Any]
) -> None:
    answer = await empty_office.put(path, body)

    assert answer.status_code == 422, answer.text


async def test_two_spans_under_the_same_parent_may_touch_but_not_overlap(empty_office: Office) -> None:
    await empty_office.put("/organisations/imt", organisation())
    touching = organisation(member("imt", "2012-01-01", "2015-01-01"), member("imt", "2015-01-01"))
    overlapping = organisation(member("imt", "2012-01-01", "2015-01-02"), member("imt", "2015-01-01"))

    refused = await empty_office.put("/organisations/mines", overlapping)
    accepted = await empty_office.put("/organisations/mines", touching)

    assert (refused.status_code, refused.json()["field"]) == (409, "memberships[1]")
    assert accepted.status_code == 201


async def test_the_tree_of_organisations_is_acyclic_at_every_date(empty_office: Office) -> None:
    for name in ("a", "b", "c"):
        await empty_office.put(f"/organisations/{name}", organisation())
    await empty_office.put("/organisations/a", organisation(member("b", "2010-01-01", "2012-01-01")))
    await empty_office.put("/organisations/b", organisation(member("c", "2010-01-01")))

    closes = await empty_office.put("/organisations/c", organisation(member("a", "2011-12-31")))
    later = await empty_office.put("/organisations/c", organisation(member("a", "2012-01-01")))

    assert (closes.status_code, closes.json()["title"]) == (409, "cycle")
    assert later.status_code == 200


async def test_two_changes_side_by_side_do_not_close_a_circle(empty_office: Office) -> None:
    for name in ("a", "b"):
        await empty_office.put(f"/organisations/{name}", organisation())
    under_b = RegisterOrganisation.model_validate(organisation(member("b", "2010-01-01")))
    async with empty_office.running.context.transactions.begin() as first:
        await handlers.register_organisation(first, "a", under_b)
        second = asyncio.create_task(empty_office.put("/organisations/b", organisation(member("a", "2010-01-01"))))
        await empty_office.until_blocked(second)

    assert ((await second).status_code, (await second).json()["title"]) == (409, "cycle")


async def test_an_entry_may_leave_a_membership_and_turn_the_tree_round(empty_office: Office) -> None:
    for name in ("a", "b"):
        await empty_office.put(f"/organisations/{name}", organisation())
    await empty_office.put("/organisations/a", organisation(member("b", "2010-01-01")))
    await empty_office.put("/organisations/a", organisation())

    turned = await empty_office.put("/organisations/b", organisation(member("a", "2010-01-01")))

    assert turned.status_code == 200, turned.text


async def test_programmes_form_no_circle_through_other_programmes(empty_office: Office) -> None:
    await empty_office.put("/programmes/a", {"name": "A"})
    await empty_office.put("/programmes/b", {"name": "B", "parent": "a"})
    await empty_office.put("/programmes/c", {"name": "C", "parent": "b"})

    answer = await empty_office.put("/programmes/a", {"name": "A", "parent": "c"})

    assert (answer.status_code, answer.json()["title"]) == (409, "cycle")
    assert len(await empty_office.published(ProgrammeOpened)) == 3


async def test_a_site_stands_for_itself(empty_office: Office) -> None:
    dumas, annex, other = "0300002P", "0300056Y", "0300125Y"
    for uai in (dumas, other):
        await empty_office.put(f"/establishments/{uai}", BELLEVUE)
    annexed = await empty_office.put(f"/establishments/{annex}", BELLEVUE | {"site": dumas})
    chained = await empty_office.put(f"/establishments/{other}", BELLEVUE | {"site": annex})
    moved = await empty_office.put(f"/establishments/{dumas}", BELLEVUE | {"site": other})
    freed = await empty_office.put(f"/establishments/{annex}", BELLEVUE | {"site": annex})

    assert annexed.json()["site"] == dumas
    assert (chained.status_code, chained.json()["title"]) == (409, "site_is_annex")
    assert (moved.status_code, moved.json()["title"]) == (409, "site_has_annexes")
    assert freed.json()["site"] == annex


async def test_a_programme_has_an_opening_and_dated_labels_in_any_order(empty_office: Office) -> None:
    labels = [
        {"label": "cordee-de-la-reussite", "starts_on": "2009-01-01", "ends_on": "2015-01-01"},
        {"label": "charte-de-la-region", "starts_on": "2010-01-01", "ends_on": None},
        {"label": "cordee-de-la-reussite", "starts_on": "2015-01-01", "ends_on": None},
    ]
    body = {"name": "P", "opened_on": "2006-09-01", "labels": labels}

    first = await empty_office.put("/programmes/p", body)
    again = await empty_office.put("/programmes/p", body | {"labels": labels[::-1]})

    assert (first.status_code, again.status_code) == (201, 200)
    assert (await empty_office.get("/programmes/p")).json() == first.json() == again.json()
    assert (first.json()["opened_on"], first.json()["labels"]) == ("2006-09-01", labels)
    (fact,) = await empty_office.published(ProgrammeOpened)
    assert isinstance(fact, ProgrammeOpened)
    assert [label.label for label in fact.labels] == [label["label"] for label in labels]


async def test_a_label_does_not_overlap_itself(empty_office: Office) -> None:
    one = {"label": "cordee-de-la-reussite", "starts_on": "2009-01-01"}
    body = {
        "name": "P",
        "labels": [{"label": "autre", "starts_on": "2009-01-01"}, one, one | {"starts_on": "2012-01-01"}],
    }

    answer = await empty_office.put("/programmes/p", body)

    told = answer.json()
    assert (answer.status_code, told["title"], told["field"]) == (409, "spans_overlap", "labels[2]")


async def test_a_college_that_left_priority_education_is_said_so(empty_office: Office) -> None:
    lists = [{"rentree": 2015, "status": "REP"}, {"rentree": 2021, "status": "aucune"}]

    answer = await empty_office.put("/establishments/0300077W", BELLEVUE | {"priority": lists[::-1]})

    assert (answer.status_code, answer.json()["priority"]) == (201, lists)


async def test_lists_are_paged_by_id(empty_office: Office) -> None:
    for name in ("c", "a", "b"):
        await empty_office.put(f"/organisations/{name}", organisation())

    first = (await empty_office.get("/organisations?limit=2")).json()
    second = (await empty_office.get(f"/organisations?limit=2&after={first['next']}")).json()

    assert [entry["organisation"] for entry in first["items"]] == ["a", "b"]
    assert ([entry["organisation"] for entry in second["items"]], second["next"]) == (["c"], None)


async def test_an_entry_is_read_as_it_was_written_and_an_unknown_one_is_not_found(office: Office) -> None:
    for path in ("/organisations/imt-mines-ales", "/programmes/ales", "/establishments/0300077W"):
        assert (await office.get(path)).json()["version"] == 1

    assert (await office.get("/conventions/none")).status_code == 404
