"""Wishes: rules may refuse them, and the same wish again changes nothing."""

import pytest

from chassis.errors import DomainError
from chassis.references import NoRecordKey, RecordKeys
from contracts.sessions import Headcount, SessionCancelled, SessionHeld, SessionPlanned, Stand
from contracts.vocabulary import Activity, StandStatus
from services.sessions import domain
from services.sessions.commands import HoldSession, PlanSession, Roll
from services.sessions.domain import refusals
from services.sessions.domain.state import Session
from tests.services.sessions.told import (
    BELLEVUE,
    ETUDIANTS,
    MONDAY_BEFORE,
    NEXT_SCHOOL_YEAR,
    OURS,
    TUESDAY,
    TUTORAT,
    WEDNESDAY,
    cancel,
    cancelled,
    held,
    hold,
    plan,
    planned,
    present,
)

NEW = Session(OURS)
DERIVED = "0190a1b2-0000-8000-8000-000000000001"


def after(*facts: SessionPlanned | SessionHeld | SessionCancelled, source: str | None = None) -> Session:
    session = Session(OURS, source)
    for version, fact in enumerate(facts, start=1):
        session = domain.evolve(session, fact.model_copy(update={"session": OURS, "version": version}))
    return session


def test_a_plan_puts_the_session_on_the_calendar(keys: RecordKeys) -> None:
    fact = domain.plan_session(NEW, plan(), keys)

    assert fact == planned(session=OURS, version=1)


def test_the_same_plan_again_changes_nothing(keys: RecordKeys) -> None:
    assert domain.plan_session(after(planned()), plan(), keys) is None


def test_another_plan_raises_the_version(keys: RecordKeys) -> None:
    fact = domain.plan_session(after(planned()), plan(minutes=90), keys)

    assert fact == planned(session=OURS, version=2, minutes=90)


def test_a_plan_may_take_the_place_away(keys: RecordKeys) -> None:
    fact = domain.plan_session(after(planned()), plan(place=None), keys)

    assert fact == planned(session=OURS, version=2, place=None)


def test_a_plan_without_a_title_takes_it_away_like_any_other_detail(keys: RecordKeys) -> None:
    titled = domain.plan_session(after(planned()), plan(title="Le vivant"), keys)
    assert titled == planned(session=OURS, version=2, title="Le vivant")

    assert domain.plan_session(domain.evolve(after(planned()), titled), plan(), keys) == planned(
        session=OURS, version=3
    )


def test_a_roll_and_a_cancellation_keep_the_title(keys: RecordKeys) -> None:
    session = after(planned(title="Le vivant"))

    held_fact, cancelled_fact = (
        domain.hold_session(session, hold(), keys),
        domain.cancel_session(session, cancel(), keys),
    )

    assert held_fact is not None
    assert cancelled_fact is not None
    assert (held_fact.title, cancelled_fact.title) == ("Le vivant", "Le vivant")


def test_a_roll_holds_the_stands_of_a_forum_and_the_next_one_replaces_them(keys: RecordKeys) -> None:
    stands = (Stand(organisation="imt-mines-ales"), Stand(organisation="enac", status=StandStatus.ANNULE))
    first = domain.hold_session(after(planned()), hold(source=None, roll=Roll(stands=stands)), keys)
    assert first is not None
    session = domain.evolve(after(planned()), first)

    again = domain.hold_session(session, hold(source=None, roll=Roll(stands=stands)), keys)
    without = domain.hold_session(session, hold(source=None, roll=Roll()), keys)

    assert first.stands == stands
    assert again is None
    assert without is not None
    assert (without.version, without.stands) == (3, ())


def test_a_corrected_plan_leaves_the_stands(keys: RecordKeys) -> None:
    stands = (Stand(organisation="imt-mines-ales"),)

    fact = domain.plan_session(after(planned(), held(stands=stands)), plan(now=WEDNESDAY, title="Forum"), keys)

    assert fact == held(session=OURS, version=3, stands=stands, title="Forum")


def test_a_plan_corrects_the_details_of_a_held_session_and_leaves_its_roll(keys: RecordKeys) -> None:
    fact = domain.plan_session(after(planned(), held()), plan(now=WEDNESDAY, activity=Activity.COURS), keys)

    assert fact == held(session=OURS, version=3, activity=Activity.COURS)


def test_a_roll_makes_the_session_held_with_our_record_ids(keys: RecordKeys) -> None:
    fact = domain.hold_session(after(planned()), hold(), keys)

    assert isinstance(fact, SessionHeld)
    assert (fact.session, fact.version, fact.minutes) == (OURS, 2, 60)
    assert [line.record for line in fact.presences] == [
        keys.record_id(2018, TUTORAT, "eleve-1"),
        keys.record_id(2018, TUTORAT, "eleve-2"),
    ]
    assert [line.record for line in fact.acting] == [keys.record_id(2018, TUTORAT, "etudiant-7")]


def test_the_same_roll_again_changes_nothing(keys: RecordKeys) -> None:
    first = domain.hold_session(after(planned()), hold(), keys)
    assert first is not None

    assert domain.hold_session(domain.evolve(after(planned()), first), hold(), keys) is None


def test_a_corrected_roll_replaces_the_one_before(keys: RecordKeys) -> None:
    first = domain.hold_session(after(planned()), hold(), keys)
    assert first is not None

    fact = domain.hold_session(
        domain.evolve(after(planned()), first), hold(roll=Roll(presences=(present("e-9"),))), keys
    )

    assert fact is not None
    assert (fact.version, len(fact.presences), fact.acting) == (3, 1, ())


def test_the_actual_length_replaces_the_planned_one_and_then_stands(keys: RecordKeys) -> None:
    longer = domain.hold_session(after(planned()), hold(roll=Roll(minutes=75)), keys)
    assert longer is not None

    again = domain.hold_session(
        domain.evolve(after(planned()), longer), hold(roll=Roll(presences=(present("e-9"),))), keys
    )

    assert again is not None
    assert [longer.minutes, again.minutes] == [75, 75]


def test_headcounts_need_no_source(keys: RecordKeys) -> None:
    cells = (Headcount(establishment=BELLEVUE, pupils=30),)

    fact = domain.hold_session(after(planned()), hold(source=None, roll=Roll(headcounts=cells)), keys)

    assert fact is not None
    assert fact.headcounts == cells


def test_a_roll_without_a_source_is_read_as_the_session_s_own_source(keys: RecordKeys) -> None:
    fact = domain.hold_session(after(planned(), source=TUTORAT), hold(source=None), keys)

    assert fact is not None
    assert fact.presences[0].record == keys.record_id(2018, TUTORAT, "eleve-1")


def test_a_cancellation_takes_the_roll_away(keys: RecordKeys) -> None:
    fact = domain.cancel_session(after(planned(), held()), cancel(), keys)

    assert fact == cancelled(session=OURS, version=3)


def test_a_cancellation_again_changes_nothing(keys: RecordKeys) -> None:
    assert domain.cancel_session(after(planned(), cancelled()), cancel(), keys) is None


def test_a_wish_keeps_the_partner_s_version_beside_ours(keys: RecordKeys) -> None:
    fact = domain.cancel_session(after(held(reported_version=7)), cancel(), keys)

    assert fact is not None
    assert (fact.version, fact.reported_version) == (2, 7)


@pytest.mark.parametrize(
    ("session", "wish", "refusal"),
    [
        pytest.param(Session(DERIVED), plan(DERIVED), refusals.ReservedId, id="an id that references make"),
        pytest.param(NEW, plan(starts_at=TUESDAY.replace(year=2012)), NoRecordKey, id="a closed year"),
        pytest.param(after(cancelled()), plan(), refusals.SessionIsCancelled, id="cancelled"),
        pytest.param(after(planned()), plan(programme="albi"), refusals.ProgrammeNeverChanges, id="another programme"),
        pytest.param(after(planned()), plan(source=TUTORAT), refusals.AnotherSource, id="a coordinator's own session"),
        pytest.param(
            after(planned(), source=TUTORAT), plan(source=ETUDIANTS), refusals.AnotherSource, id="not its source"
        ),
        pytest.param(after(held()), plan(starts_at=WEDNESDAY), refusals.NotStartedYet, id="held, moved to the future"),
        pytest.param(
            after(held()),
            plan(now=NEXT_SCHOOL_YEAR, starts_at=NEXT_SCHOOL_YEAR),
            refusals.RollOfAnotherYear,
            id="held, moved to another school year",
        ),
        pytest.param(
            after(planned(starts_at=TUESDAY.replace(year=2012))), plan(), NoRecordKey, id="moved out of a closed year"
        ),
    ],
)
def test_a_plan_is_refused(session: Session, wish: PlanSession, refusal: type[DomainError], keys: RecordKeys) -> None:
    with pytest.raises(refusal):
        domain.plan_session(session, wish, keys)


@pytest.mark.parametrize(
    ("session", "wish", "refusal"),
    [
        pytest.param(NEW, hold(), refusals.UnknownSession, id="never planned"),
        pytest.param(after(planned(), cancelled()), hold(), refusals.SessionIsCancelled, id="cancelled"),
        pytest.param(after(planned()), hold(now=MONDAY_BEFORE), refusals.NotStartedYet, id="not started"),
        pytest.param(after(planned(), source=ETUDIANTS), hold(), refusals.AnotherSource, id="another source"),
        pytest.param(after(planned()), hold(source=None), refusals.SourceNeeded, id="references of nobody"),
        pytest.param(after(planned(starts_at=TUESDAY.replace(year=2012))), hold(), NoRecordKey, id="closed year"),
    ],
)
def test_a_roll_is_refused(session: Session, wish: HoldSession, refusal: type[DomainError], keys: RecordKeys) -> None:
    with pytest.raises(refusal):
        domain.hold_session(session, wish, keys)


def test_a_session_may_be_held_from_the_moment_it_starts(keys: RecordKeys) -> None:
    assert domain.hold_session(after(planned()), hold(now=TUESDAY), keys) is not None


def test_what_nobody_planned_is_not_cancelled(keys: RecordKeys) -> None:
    with pytest.raises(refusals.UnknownSession):
        domain.cancel_session(NEW, cancel(), keys)


def test_a_planned_session_may_move_to_another_school_year(keys: RecordKeys) -> None:
    fact = domain.plan_session(after(planned()), plan(starts_at=NEXT_SCHOOL_YEAR), keys)

    assert fact == planned(session=OURS, version=2, starts_at=NEXT_SCHOOL_YEAR)
