"""Reading a session and listing those of a programme."""

from datetime import UTC, datetime, timedelta

from tests.services.sessions.asking import THEIRS, Headers, hold, plan
from tests.services.sessions.conftest import Desk, derived
from tests.services.sessions.told import BELLEVUE, ETUDIANTS, OURS, TUTORAT, held


async def test_a_session_is_read_with_our_records_only(desk: Desk, coordinator: Headers) -> None:
    await plan(desk, coordinator, place=BELLEVUE)
    await hold(desk, coordinator)

    answer = await desk.http.get(f"/sessions/{OURS}", headers=coordinator)

    read = answer.json()
    record = desk.context.record_keys.record_id(2018, TUTORAT, "eleve-1")
    assert read["presences"] == [{"record": record, "status": "present", "minutes": None}]
    assert (read["starts_at"], read["place"], read["status"]) == ("2019-01-15T13:00:00Z", BELLEVUE, "held")
    assert "eleve-1" not in answer.text


async def test_a_session_is_read_with_its_title_and_its_stands(desk: Desk, coordinator: Headers) -> None:
    await plan(desk, coordinator, activity="forum", title="Forum des métiers")
    before = (await desk.http.get(f"/sessions/{OURS}", headers=coordinator)).json()
    await hold(desk, coordinator, stands=[{"organisation": "imt-mines-ales"}])

    read = (await desk.http.get(f"/sessions/{OURS}", headers=coordinator)).json()

    assert (before["title"], before["stands"]) == ("Forum des métiers", [])
    assert (read["title"], read["stands"]) == (
        "Forum des métiers",
        [{"organisation": "imt-mines-ales", "status": "confirme"}],
    )


async def test_remarks_are_read_with_the_session(desk: Desk, coordinator: Headers) -> None:
    await desk.report(held(starts_at=datetime.now(UTC) + timedelta(days=1)))

    answer = await desk.http.get(f"/sessions/{derived()}", headers=coordinator)

    assert answer.json()["remarks"] == [{"version": 1, "code": "held_in_the_future"}]


async def test_pages_follow_one_another_in_the_order_of_starts(desk: Desk, coordinator: Headers) -> None:
    for number, day in enumerate((18, 15, 17, 15, 16), start=1):
        session = f"0190a1b2-0000-7000-8000-00000000000{number}"
        await plan(desk, coordinator, session, starts_at=f"2019-01-{day}T14:00:00+01:00")

    seen, cursor = [], ""
    while cursor is not None:
        more = f"&cursor={cursor}" if cursor else ""
        answer = await desk.http.get(f"/sessions?programme=ales&limit=2{more}", headers=coordinator)
        page = answer.json()
        seen.append([line["id"][-1] for line in page["sessions"]])
        cursor = page["next"]

    assert seen == [["2", "4"], ["5", "3"], ["1"]]


PERIODS = {
    "from=2019-01-16": 1,
    "to=2019-01-16": 1,
    "from=2019-01-15&to=2019-01-17": 2,
    "from=2019-01-17": 0,
    "": 2,
}


async def test_a_period_is_half_open_and_counted_in_paris(desk: Desk, coordinator: Headers) -> None:
    await plan(desk, coordinator, starts_at="2019-01-15T22:59:00Z")
    await plan(desk, coordinator, THEIRS, starts_at="2019-01-15T23:00:00Z")

    pages = {
        period: await desk.http.get(f"/sessions?programme=ales&{period}", headers=coordinator) for period in PERIODS
    }

    assert {period: len(page.json()["sessions"]) for period, page in pages.items()} == PERIODS


async def test_a_partner_sees_its_own_sessions_only(desk: Desk, coordinator: Headers, partner: Headers) -> None:
    await plan(desk, coordinator)
    await plan(desk, partner, THEIRS, source=TUTORAT)
    await desk.report(held(), source=ETUDIANTS)

    answer = await desk.http.get("/sessions?programme=ales", headers=partner)

    assert [line["id"] for line in answer.json()["sessions"]] == [THEIRS]


NOT_CURSORS = ("x", "!!!", "MjAxOXx4", "é", "MjAxOS0wMS0xNXwwMTkwYTFiMi0wMDAwLTcwMDAtODAwMC0wMDAwMDAwMDAwMDE")


async def test_a_cursor_of_somebody_else_s_making_is_refused(desk: Desk, coordinator: Headers) -> None:
    answers = [
        await desk.http.get("/sessions", params={"programme": "ales", "cursor": cursor}, headers=coordinator)
        for cursor in NOT_CURSORS
    ]

    assert [(answer.status_code, answer.json()["title"]) for answer in answers] == [(422, "unreadable_cursor")] * len(
        NOT_CURSORS
    )


async def test_a_list_needs_a_programme(desk: Desk, coordinator: Headers) -> None:
    answer = await desk.http.get("/sessions", headers=coordinator)

    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (422, "query.programme")
