"""Who may write and read what over HTTP."""

from tests.conftest import Token
from tests.services.inscriptions.office import BELLEVUE, STUDENTS, TUTORING, Office, engaged, profiled

PROGRAMME = {"name": "Les @ de la Fraternité"}


async def test_without_a_token_nothing_is_told(office: Office) -> None:
    answer = await office.running.http.get("/programmes/ales")

    assert answer.status_code == 401


async def test_every_role_reads_the_registry_and_only_two_write_it(office: Office, token: Token) -> None:
    for role in ("partner", "reader", "coordinator", "operator"):
        assert (await office.get("/programmes/ales", token(role))).status_code == 200
    for role in ("partner", "reader"):
        headers = token(role, programmes=["*"])
        assert (await office.put("/programmes/ales", PROGRAMME, headers)).status_code == 403
        assert (await office.put("/organisations/o", {"name": "O", "nature": "ecole"}, headers)).status_code == 403


async def test_a_coordinator_opens_and_binds_only_its_own_programmes(office: Office, token: Token) -> None:
    ales, albi = token("coordinator", programmes=["ales"]), token("coordinator", programmes=["albi"])
    convention = {"programme": "ales", "establishment": "0300077W", "valid": {"starts_on": "2018-09-01"}}

    assert (await office.put("/programmes/ales", PROGRAMME, albi)).status_code == 403
    assert (await office.put("/conventions/c", convention, albi)).status_code == 403
    assert (await office.put("/programmes/ales", PROGRAMME, ales)).status_code == 200
    assert (await office.put("/conventions/c", convention, ales)).status_code == 201


async def test_a_coordinator_cannot_take_a_convention_from_another_programme(office: Office, token: Token) -> None:
    await office.put("/programmes/albi", {"name": "Osez l'excellence"})
    convention = {"programme": "ales", "establishment": "0300077W", "valid": {"starts_on": "2018-09-01"}}
    await office.put("/conventions/c", convention)

    taken = await office.put(
        "/conventions/c", convention | {"programme": "albi"}, token("coordinator", programmes=["albi"])
    )

    assert taken.status_code == 403


async def test_a_record_is_explained_to_its_programme_and_to_operators_only(office: Office, token: Token) -> None:
    await office.hear(profiled(), TUTORING)
    path = f"/records/{office.id(TUTORING, 'p1')}"

    assert (await office.get(path, token("coordinator", programmes=["ales"]))).status_code == 200
    assert (await office.get(path)).status_code == 200
    assert (await office.get(path, token("coordinator", programmes=["albi"]))).status_code == 403
    assert (await office.get(path, token("reader", programmes=["*"]))).status_code == 403


async def test_a_coordinator_joins_only_where_a_record_is_of_its_programmes(office: Office, token: Token) -> None:
    await office.hear(profiled(), BELLEVUE)
    await office.hear(engaged(), STUDENTS)
    body = {
        "records": [
            {"source": BELLEVUE, "record": "p1", "school_year": 2018},
            {"source": STUDENTS, "record": "v1", "school_year": 2018},
        ]
    }
    ales, albi = token("coordinator", programmes=["ales"]), token("coordinator", programmes=["albi"])

    assert (await office.put("/joins/j", body, albi)).status_code == 403
    assert (await office.put("/joins/j", body, ales)).status_code == 204
    assert (await office.running.http.delete("/joins/j", headers=albi)).status_code == 403
    assert (await office.running.http.delete("/joins/j", headers=ales)).status_code == 204


async def test_a_coordinator_places_its_programme_in_no_other_s(office: Office, token: Token) -> None:
    body = {"name": "Autre", "parent": "ales"}

    assert (await office.put("/programmes/autre", body, token("coordinator", programmes=["autre"]))).status_code == 403
    both = token("coordinator", programmes=["autre", "ales"])
    assert (await office.put("/programmes/autre", body, both)).status_code == 201
