"""Who may: no token, a reader, a coordinator of elsewhere, a partner."""

from tests.conftest import Token
from tests.services.sessions.asking import Headers, cancel, hold, plan
from tests.services.sessions.conftest import Desk, derived
from tests.services.sessions.told import ETUDIANTS, OURS, TUTORAT, held

DOORS = (
    ("PUT", f"/sessions/{OURS}"),
    ("PUT", f"/sessions/{OURS}/roll"),
    ("PUT", f"/sessions/{OURS}/cancellation"),
    ("GET", f"/sessions/{OURS}"),
    ("GET", "/sessions?programme=ales"),
)


async def test_nobody_enters_without_a_token_or_as_a_reader(desk: Desk, token: Token) -> None:
    reader = token("reader", programmes=["*"], audience="interne")

    without = [await desk.http.request(method, path) for method, path in DOORS]
    as_reader = [await desk.http.request(method, path, headers=reader) for method, path in DOORS]

    assert [answer.status_code for answer in without] == [401] * len(DOORS)
    assert [answer.status_code for answer in as_reader] == [403] * len(DOORS)


async def test_a_coordinator_of_another_programme_may_do_nothing(
    desk: Desk, coordinator: Headers, token: Token
) -> None:
    await plan(desk, coordinator)
    stranger = token("coordinator", programmes=["albi"])

    answers = [
        await plan(desk, stranger),
        await plan(desk, stranger, programme="albi"),
        await hold(desk, stranger),
        await cancel(desk, stranger),
        await desk.http.get(f"/sessions/{OURS}", headers=stranger),
        await desk.http.get("/sessions?programme=ales", headers=stranger),
    ]

    assert [answer.status_code for answer in answers] == [403] * len(answers)


async def test_a_partner_speaks_only_as_its_own_sources(desk: Desk, partner: Headers) -> None:
    answers = [
        await plan(desk, partner),
        await plan(desk, partner, source=ETUDIANTS),
        await plan(desk, partner, source=TUTORAT),
        await hold(desk, partner, source=ETUDIANTS),
        await hold(desk, partner),
        await cancel(desk, partner),
        await cancel(desk, partner, source=TUTORAT),
    ]

    assert [answer.status_code for answer in answers] == [403, 403, 201, 403, 200, 403, 200]


async def test_a_partner_leaves_the_sessions_of_others_alone(
    desk: Desk, coordinator: Headers, partner: Headers
) -> None:
    await plan(desk, coordinator)
    await desk.report(held(), source=ETUDIANTS)
    foreign = derived(source=ETUDIANTS)

    answers = [
        await plan(desk, partner, source=TUTORAT),
        await hold(desk, partner),
        await hold(desk, partner, foreign),
        await cancel(desk, partner, foreign, source=TUTORAT),
        await desk.http.get(f"/sessions/{OURS}", headers=partner),
        await desk.http.get(f"/sessions/{foreign}", headers=partner),
    ]

    assert [answer.status_code for answer in answers] == [403] * len(answers)


async def test_an_operator_sees_every_programme(desk: Desk, coordinator: Headers, token: Token) -> None:
    await plan(desk, coordinator)

    answer = await desk.http.get(f"/sessions/{OURS}", headers=token("operator", programmes=["*"]))

    assert answer.status_code == 200
