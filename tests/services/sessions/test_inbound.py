"""Partners' reports on a real database: every outcome, and what is published and kept."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from chassis.inbox import Outcome
from chassis.tables import held as held_back
from contracts.registry import ProgrammeOpened
from contracts.sessions import Headcount, Presence, SessionHeld
from contracts.vocabulary import Attendance
from tests.services.sessions.conftest import Desk, derived
from tests.services.sessions.told import (
    ETUDIANTS,
    NEXT_SCHOOL_YEAR,
    TUESDAY,
    TUTORAT,
    cancelled,
    establishment,
    held,
    planned,
    present,
    registry,
)


async def test_a_roll_is_published_under_our_ids_and_versions(desk: Desk) -> None:
    outcome = await desk.report(held(version=3, starts_at=TUESDAY.astimezone(timezone(timedelta(hours=1)))))

    [fact] = await desk.published()
    keys = desk.context.record_keys
    assert outcome is Outcome.ACCEPTED
    assert isinstance(fact, SessionHeld)
    assert (fact.session, fact.version, fact.reported_version) == (derived(), 1, 3)
    assert fact.starts_at.tzinfo == UTC
    assert [line.record for line in fact.presences] == [
        keys.record_id(2018, TUTORAT, "eleve-1"),
        keys.record_id(2018, TUTORAT, "eleve-2"),
    ]
    assert [line.record for line in fact.acting] == [keys.record_id(2018, TUTORAT, "etudiant-7")]


async def test_what_is_published_holds_no_reference_of_the_partner(desk: Desk) -> None:
    await desk.report(held())

    [fact] = await desk.published()
    told = fact.to_data().decode()
    assert not any(reference in told for reference in ("seance-1", "eleve-1", "eleve-2", "etudiant-7"))


async def test_headcounts_are_published_whole(desk: Desk) -> None:
    cells = (Headcount.model_validate({"establishment": "0300077W", "level": "2GT", "pupils": 30, "girls": 14}),)

    await desk.report(held(headcounts=cells, presences=(), acting=()))

    [fact] = await desk.published()
    assert isinstance(fact, SessionHeld)
    assert fact.headcounts == cells


@pytest.mark.parametrize(
    ("starts_at", "year"),
    [
        (datetime(2019, 8, 31, 21, 59, tzinfo=UTC), 2018),
        (datetime(2019, 8, 31, 22, 0, tzinfo=UTC), 2019),
        (NEXT_SCHOOL_YEAR, 2019),
    ],
)
async def test_records_belong_to_the_school_year_of_the_paris_date(desk: Desk, starts_at: datetime, year: int) -> None:
    await desk.report(held(starts_at=starts_at))

    [fact] = await desk.published()
    assert isinstance(fact, SessionHeld)
    assert fact.presences[0].record == desk.context.record_keys.record_id(year, TUTORAT, "eleve-1")


async def test_a_correction_before_its_original_wins(desk: Desk) -> None:
    first = await desk.report(held(version=2, minutes=90))
    second = await desk.report(held(version=1))

    session = await desk.session()
    assert (first, second) == (Outcome.ACCEPTED, Outcome.STALE)
    assert session.fact is not None
    assert (session.fact.minutes, session.version) == (90, 1)
    assert len(await desk.published()) == 1


async def test_a_cancellation_of_a_session_never_seen_creates_it_as_cancelled(desk: Desk) -> None:
    first = await desk.report(cancelled(version=2))
    second = await desk.report(held(version=1))

    [fact] = await desk.published()
    assert (first, second) == (Outcome.ACCEPTED, Outcome.STALE)
    assert fact == cancelled(session=derived(), version=1, reported_version=2)


async def test_a_report_delivered_twice_is_answered_once(desk: Desk) -> None:
    first = await desk.report(held(), event_id="e-1")
    second = await desk.report(held(), event_id="e-1")

    assert (first, second) == (Outcome.ACCEPTED, Outcome.DUPLICATE)
    assert len(await desk.published()) == 1


async def test_the_same_version_under_another_event_id_is_a_duplicate_too(desk: Desk) -> None:
    await desk.report(held(), event_id="e-1")
    outcome = await desk.report(held(), event_id="e-2")

    assert outcome is Outcome.DUPLICATE
    assert len(await desk.published()) == 1


async def test_the_same_version_with_other_content_is_rejected(desk: Desk) -> None:
    await desk.report(held())
    outcome = await desk.report(held(minutes=61))

    [refusal] = await desk.rejected()
    assert outcome is Outcome.REJECTED
    assert (refusal["reason"], refusal["field"], refusal["offset"]) == ("version_reused", "version", 1)
    assert len(await desk.published()) == 1


async def test_a_programme_that_the_source_may_not_speak_of_is_rejected(desk: Desk) -> None:
    outcome = await desk.report(held(programme="albi"))

    [refusal] = await desk.rejected()
    assert outcome is Outcome.REJECTED
    assert (refusal["reason"], refusal["field"]) == ("programme_not_allowed", "programme")


async def test_a_session_of_a_closed_school_year_is_rejected(desk: Desk) -> None:
    outcome = await desk.report(planned(starts_at=TUESDAY.replace(year=1995)))

    [refusal] = await desk.rejected()
    assert outcome is Outcome.REJECTED
    assert (refusal["reason"], refusal["field"]) == ("year_closed", "starts_at")


async def test_a_report_of_an_unknown_programme_waits_for_it(empty_desk: Desk) -> None:
    waits = await empty_desk.report(held(place=None))
    before = await empty_desk.published()

    await empty_desk.register(registry()[0])

    assert waits is Outcome.HELD
    assert before == []
    assert [fact.session for fact in await empty_desk.published()] == [derived()]


async def test_a_report_waits_for_each_unknown_entry_in_turn(empty_desk: Desk) -> None:
    cells = (Headcount(establishment="0301674G", pupils=12),)
    await empty_desk.report(held(organisers=("imt-mines-ales",), headcounts=cells))
    programme, lycee, school = registry()
    met = []

    for entry in (programme, lycee, school, establishment("0301674G")):
        met.append(await waited_for(empty_desk))
        await empty_desk.register(entry)

    assert met == [
        ["programme/ales"],
        ["establishment/0300077W"],
        ["organisation/imt-mines-ales"],
        ["establishment/0301674G"],
    ]
    assert await waited_for(empty_desk) == []
    assert len(await empty_desk.published()) == 1


async def waited_for(desk: Desk) -> list[str]:
    async with desk.context.engine.connect() as connection:
        return list(await connection.scalars(sa.select(held_back.c.waits_for)))


async def test_a_held_back_correction_and_its_original_end_right(empty_desk: Desk) -> None:
    await empty_desk.report(held(version=2, minutes=90))
    await empty_desk.report(held(version=1))

    await empty_desk.register(*registry())

    [fact] = await empty_desk.published()
    assert (fact.minutes, fact.reported_version) == (90, 2)


async def test_a_broken_rule_of_state_is_recorded_with_a_remark(desk: Desk) -> None:
    await desk.report(cancelled(version=1))
    outcome = await desk.report(held(version=2))

    assert outcome is Outcome.ACCEPTED
    assert await desk.remarks() == [(2, "held_after_cancelled")]
    assert [type(fact).__name__ for fact in await desk.published()] == ["SessionCancelled", "SessionHeld"]


async def test_a_roll_of_the_future_is_recorded_with_a_remark(desk: Desk) -> None:
    tomorrow = datetime.now(UTC) + timedelta(days=1)

    outcome = await desk.report(held(starts_at=tomorrow))

    assert outcome is Outcome.ACCEPTED
    assert await desk.remarks() == [(1, "held_in_the_future")]


async def test_the_same_reference_in_another_system_is_another_session(desk: Desk) -> None:
    await desk.report(held())
    outcome = await desk.report(held(minutes=30), source=ETUDIANTS)

    facts = await desk.published()
    assert outcome is Outcome.ACCEPTED
    assert [fact.session for fact in facts] == [derived(), derived(source=ETUDIANTS)]
    records = [line.record for fact in facts if isinstance(fact, SessionHeld) for line in fact.presences]
    assert len(set(records)) == len(records)


async def test_a_roll_of_five_thousand_pupils_passes(desk: Desk) -> None:
    roll = tuple(
        Presence(record=f"eleve-{number}", status=Attendance.ABSENT_NON_JUSTIFIE, minutes=20_160)
        for number in range(5_000)
    )

    outcome = await desk.report(held(presences=roll))

    session = await desk.session()
    assert outcome is Outcome.ACCEPTED
    assert isinstance(session.fact, SessionHeld)
    assert len({line.record for line in session.fact.presences}) == len(roll)


async def test_the_stored_state_is_the_last_published_fact(desk: Desk) -> None:
    await desk.report(planned())
    await desk.report(held(version=2, presences=(present("eleve-3", minutes=45),), subject_taught="maths"))

    session = await desk.session()
    assert session.fact == (await desk.published())[-1]
    assert session.reported is not None
    assert (session.reported.version, session.reported.became, session.source) == (2, 2, TUTORAT)


async def test_the_registry_is_learnt_whatever_its_order(desk: Desk) -> None:
    await desk.register(establishment("0301674G", version=2, name="Nouveau nom"))
    await desk.register(establishment("0301674G", version=1))

    assert await known_name(desk, "establishment/0301674G") == "Nouveau nom"


async def test_an_entry_delivered_twice_changes_nothing(desk: Desk) -> None:
    programme = ProgrammeOpened.model_validate({"version": 2, "programme": "ales", "name": "Un"})
    await desk.register(programme, programme, programme.model_copy(update={"name": "Deux"}))

    assert await known_name(desk, "programme/ales") == "Un"


async def known_name(desk: Desk, subject: str) -> str:
    async with desk.context.engine.connect() as connection:
        query = sa.text("SELECT state->>'name' FROM registry WHERE subject = :subject")
        name: str = (await connection.execute(query, {"subject": subject})).scalar_one()
        return name
