"""What is refused over HTTP, by which code and field, and what an answer never repeats."""

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.conftest import Token
from tests.services.sessions.asking import THEIRS, Headers, cancel, hold, plan
from tests.services.sessions.conftest import Desk, derived
from tests.services.sessions.told import BELLEVUE, OURS

OUT_OF_SHAPE: list[tuple[dict[str, Any], str]] = [
    ({"presences": [{"record": "Zorglub.Dupont", "status": "present"}]}, "body.presences[0].record"),
    ({"presences": [{"record": "zorglub-1", "status": "zorglub"}]}, "body.presences[0].status"),
    ({"presences": [{"record": "zorglub-1", "status": "present", "name": "zorglub"}]}, "body.presences[0]"),
    ({"presences": [{"record": "zorglub-1", "status": "present"}] * 2}, "body.presences"),
    (
        {"presences": [{"record": "zorglub-1", "status": "present", "minutes": -77_123}]},
        "body.presences[0].minutes",
    ),
    ({"headcounts": [{"establishment": "0300077Z", "pupils": 77_123}]}, "body.headcounts[0].establishment"),
    ({"headcounts": [{"establishment": BELLEVUE, "pupils": 1, "girls": 77_123}]}, "body.headcounts[0]"),
    ({"acting": [{"record": "zorglub-1", "role": "zorglub"}]}, "body.acting[0].role"),
    ({"minutes": "77123"}, "body.minutes"),
    ({"stands": [{"organisation": "Zorglub"}]}, "body.stands[0].organisation"),
    ({"stands": [{"organisation": "enac", "status": "zorglub"}]}, "body.stands[0].status"),
    ({"stands": [{"organisation": "enac", "name": "zorglub"}]}, "body.stands[0]"),
    ({"stands": [{"organisation": "zorglub"}] * 2}, "body.stands"),
    ({"title": "zorglub"}, "body"),
    ({"Zorglub Dupont": 1}, "body"),
    ({"source": "zorglub dupont"}, "body.source"),
]

NOT_PLANS: list[dict[str, Any]] = [
    {"starts_at": 1_547_557_200},
    {"starts_at": "2019-01-15T14:00:00"},
    {"starts_at": "2019-01-15"},
    {"minutes": 0},
    {"minutes": 60.5},
    {"activity": "unknown"},
    {"organisers": ["un", "un"]},
    {"programme": "Alès"},
    {"title": ""},
    {"title": "Une\nconférence"},
    {"title": "x" * 201},
    {"stands": []},
]

NOT_IDS = ("nonsense", OURS.upper(), OURS[:-1], "00000000-0000-0000-0000-000000000000")


async def test_what_nobody_planned_is_not_found(desk: Desk, coordinator: Headers) -> None:
    answers = [
        await hold(desk, coordinator),
        await cancel(desk, coordinator),
        await desk.http.get(f"/sessions/{OURS}", headers=coordinator),
    ]

    assert [(answer.status_code, answer.json()["title"]) for answer in answers] == [(404, "unknown_session")] * 3


async def test_an_entry_that_is_not_in_the_registry_is_refused_by_its_field(desk: Desk, token: Token) -> None:
    coordinator = token("coordinator", programmes=["*"])

    answers = [
        await plan(desk, coordinator, programme="nulle-part"),
        await plan(desk, coordinator, place="0301674G"),
        await plan(desk, coordinator, organisers=["imt-mines-ales", "inconnue"]),
    ]

    assert [(answer.status_code, answer.json()["title"], answer.json()["field"]) for answer in answers] == [
        (409, "unknown_entry", "programme"),
        (409, "unknown_entry", "place"),
        (409, "unknown_entry", "organisers[1]"),
    ]


async def test_headcounts_of_an_unknown_establishment_are_refused(desk: Desk, coordinator: Headers) -> None:
    await plan(desk, coordinator)

    answer = await hold(desk, coordinator, headcounts=[{"establishment": "0301674G", "pupils": 3}])

    assert (answer.status_code, answer.json()["field"]) == (409, "headcounts[0].establishment")


async def test_a_stand_of_an_unknown_organisation_is_refused(desk: Desk, coordinator: Headers) -> None:
    await plan(desk, coordinator, activity="forum")

    answer = await hold(desk, coordinator, stands=[{"organisation": "imt-mines-ales"}, {"organisation": "inconnue"}])

    problem = answer.json()
    assert (answer.status_code, problem["title"], problem["field"]) == (409, "unknown_entry", "stands[1].organisation")
    assert len(await desk.published()) == 1


async def test_rules_refuse_with_their_own_code(desk: Desk, coordinator: Headers, token: Token) -> None:
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).isoformat()
    await plan(desk, coordinator, starts_at=tomorrow)
    await plan(desk, coordinator, THEIRS)
    early = await hold(desk, coordinator)
    moved = await plan(desk, token("coordinator", programmes=["*"]), programme="albi")
    await cancel(desk, coordinator, THEIRS)
    dead = await hold(desk, coordinator, THEIRS)
    closed = await plan(desk, coordinator, starts_at="1995-01-15T14:00:00Z")
    reserved = await plan(desk, coordinator, derived("never-reported-1"))

    assert [(answer.status_code, answer.json()["title"]) for answer in (early, moved, dead, closed, reserved)] == [
        (409, "not_started_yet"),
        (409, "programme_never_changes"),
        (409, "session_is_cancelled"),
        (409, "no_record_key"),
        (409, "reserved_id"),
    ]


async def test_references_without_a_source_are_refused(desk: Desk, coordinator: Headers) -> None:
    await plan(desk, coordinator)

    answer = await hold(desk, coordinator, source=None)

    assert (answer.status_code, answer.json()["title"]) == (422, "source_needed")


async def test_a_422_names_the_field_and_never_the_value(desk: Desk, coordinator: Headers) -> None:
    answers = [await hold(desk, coordinator, **changes) for changes, _ in OUT_OF_SHAPE]

    assert [(answer.status_code, answer.json()["errors"][0]["field"]) for answer in answers] == [
        (422, field) for _, field in OUT_OF_SHAPE
    ]
    told = " ".join(answer.text.lower() for answer in answers)
    assert not any(value in told for value in ("zorglub", "77123", "0300077z"))


async def test_a_plan_out_of_shape_is_refused(desk: Desk, coordinator: Headers) -> None:
    answers = [await plan(desk, coordinator, **changes) for changes in NOT_PLANS]

    assert [answer.status_code for answer in answers] == [422] * len(NOT_PLANS)
    assert await desk.published() == []


async def test_an_id_is_a_uuid_in_lower_case(desk: Desk, coordinator: Headers) -> None:
    answers = [await plan(desk, coordinator, session) for session in NOT_IDS]

    assert [(answer.status_code, answer.json()["errors"][0]["field"]) for answer in answers] == [
        (422, "path.session_id")
    ] * len(NOT_IDS)
