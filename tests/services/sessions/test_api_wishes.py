"""Wishes over HTTP on a real database: what they answer, publish and leave."""

from contracts.sessions import SessionCancelled, SessionHeld
from tests.services.sessions.asking import Headers, cancel, hold, plan
from tests.services.sessions.conftest import Desk, derived
from tests.services.sessions.told import BELLEVUE, held


async def test_a_session_is_planned_held_corrected_and_cancelled(desk: Desk, coordinator: Headers) -> None:
    answers = [
        await plan(desk, coordinator),
        await hold(desk, coordinator),
        await hold(desk, coordinator, minutes=75),
        await cancel(desk, coordinator),
    ]

    assert [answer.status_code for answer in answers] == [201, 200, 200, 200]
    assert [answer.json()["version"] for answer in answers] == [1, 2, 3, 4]
    assert [answer.json()["status"] for answer in answers] == ["planned", "held", "held", "cancelled"]
    assert [fact.version for fact in await desk.published()] == [1, 2, 3, 4]


async def test_the_same_wish_again_gives_the_same_answer_and_no_event(desk: Desk, coordinator: Headers) -> None:
    cells = [{"establishment": BELLEVUE, "level": "2GT", "pupils": 30}]
    once = [await plan(desk, coordinator), await hold(desk, coordinator, headcounts=cells)]
    twice = [await plan(desk, coordinator), await hold(desk, coordinator, headcounts=cells)]

    assert once[1].json() == twice[1].json()
    assert [answer.status_code for answer in twice] == [200, 200]
    assert len(await desk.published()) == 2


async def test_a_forum_has_a_title_and_stands(desk: Desk, coordinator: Headers) -> None:
    stands = [{"organisation": "imt-mines-ales", "status": "annule"}]
    forum = {"activity": "forum", "title": "Forum des métiers"}
    once = [await plan(desk, coordinator, **forum), await hold(desk, coordinator, stands=stands)]
    twice = [await plan(desk, coordinator, **forum), await hold(desk, coordinator, stands=stands)]
    defaulted = await hold(desk, coordinator, stands=[{"organisation": "imt-mines-ales"}])

    assert [answer.json()["version"] for answer in (*once, *twice, defaulted)] == [1, 2, 2, 2, 3]
    facts = await desk.published()
    assert [fact.title for fact in facts] == ["Forum des métiers"] * 3
    assert [
        [(stand.organisation, stand.status) for stand in fact.stands] for fact in facts if isinstance(fact, SessionHeld)
    ] == [[("imt-mines-ales", "annule")], [("imt-mines-ales", "confirme")]]


async def test_a_correction_without_a_title_takes_it_away_and_a_roll_keeps_it(desk: Desk, coordinator: Headers) -> None:
    await plan(desk, coordinator, title="Le vivant")
    await hold(desk, coordinator)
    await plan(desk, coordinator)

    assert [fact.title for fact in await desk.published()] == ["Le vivant", "Le vivant", None]


async def test_a_cancellation_again_gives_the_same_answer_and_no_event(desk: Desk, coordinator: Headers) -> None:
    await plan(desk, coordinator)
    once, twice = await cancel(desk, coordinator), await cancel(desk, coordinator)

    assert once.json() == twice.json()
    assert len(await desk.published()) == 2


async def test_a_coordinator_s_correction_stands_until_the_partner_sends_a_higher_version(
    desk: Desk, coordinator: Headers
) -> None:
    await desk.report(held(version=1))
    corrected = await hold(desk, coordinator, derived(), presences=[], acting=[])
    await desk.report(held(version=1))
    after_the_same = await desk.session()
    await desk.report(held(version=2))

    facts = await desk.published()
    assert corrected.json()["version"] == 2
    assert after_the_same.fact == facts[1]
    assert [(fact.version, fact.reported_version) for fact in facts] == [(1, 1), (2, 1), (3, 2)]
    assert isinstance(facts[2], SessionHeld)
    assert len(facts[2].presences) == 2
    assert await desk.remarks() == [(3, "correction_replaced")]


async def test_a_partner_s_session_is_cancelled_by_its_coordinator(desk: Desk, coordinator: Headers) -> None:
    await desk.report(held(version=4))
    await cancel(desk, coordinator, derived())

    fact = (await desk.published())[-1]
    assert isinstance(fact, SessionCancelled)
    assert (fact.version, fact.reported_version) == (2, 4)
