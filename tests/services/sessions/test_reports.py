"""Reports: the source's version decides, and a broken rule of state is a remark."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.errors import Refused
from contracts.sessions import Headcount, SessionCancelled, SessionHeld, SessionPlanned
from services.sessions import domain
from services.sessions.commands import Report
from services.sessions.domain import Remark, Session, Standing
from tests.services.sessions.told import BELLEVUE, TUESDAY, TUTORAT, WEDNESDAY, cancelled, held, planned, report

NEW = Session("seance-1", TUTORAT)


def told(session: Session, *reports: Report) -> Session:
    """As the handler does: a newer report is recorded, anything else passes."""
    for said in reports:
        if domain.standing(session, said) is Standing.NEWER:
            session = domain.remember(domain.evolve(session, domain.record_report(session, said)), said)
    return session


def test_the_first_report_is_recorded_whatever_its_version() -> None:
    session = told(NEW, report(held(version=4)))

    assert session.fact == held(version=1, reported_version=4)


def test_a_cancellation_of_a_session_never_seen_creates_it_as_cancelled() -> None:
    session = told(NEW, report(cancelled()))

    assert session.fact == cancelled(reported_version=1)


def test_a_late_original_loses_to_its_correction() -> None:
    session = told(NEW, report(held(version=2, minutes=90)))

    assert domain.standing(session, report(held(version=1))) is Standing.OLDER


def test_the_same_version_with_the_same_content_is_a_repetition() -> None:
    session = told(NEW, report(held()))

    assert domain.standing(session, report(held())) is Standing.REPEATED


@pytest.mark.parametrize("other", [held(minutes=61), cancelled(), planned()])
def test_the_same_version_with_other_content_is_refused(other: SessionHeld | SessionCancelled | SessionPlanned) -> None:
    session = told(NEW, report(held()))

    with pytest.raises(Refused) as refusal:
        domain.standing(session, report(other))

    assert (refusal.value.reason, refusal.value.field) == ("version_reused", "version")


def test_a_coordinator_s_correction_stands_until_the_partner_sends_a_higher_version() -> None:
    session = told(NEW, report(held()))
    corrected = domain.evolve(session, held(version=2, minutes=75, reported_version=1))

    assert told(corrected, report(held())).fact == corrected.fact
    assert told(corrected, report(held(version=2, minutes=45))).fact == held(version=3, minutes=45, reported_version=2)


@pytest.mark.parametrize(
    ("before", "then", "remark"),
    [
        (cancelled(), held(version=2), Remark.HELD_AFTER_CANCELLED),
        (cancelled(), planned(version=2), Remark.PLANNED_AFTER_CANCELLED),
        (held(), cancelled(version=2), Remark.CANCELLED_AFTER_HELD),
        (held(), planned(version=2), Remark.ROLL_WITHDRAWN),
    ],
)
def test_a_broken_rule_of_state_is_recorded_and_remarked(
    before: SessionHeld | SessionCancelled, then: SessionHeld | SessionPlanned, remark: Remark
) -> None:
    session = told(NEW, report(before))

    assert domain.remarks(session, report(then)) == (remark,)
    assert type(told(session, report(then)).fact) is type(then)


@pytest.mark.parametrize(
    ("before", "then"),
    [
        (planned(), held(version=2)),
        (planned(), cancelled(version=2)),
        (planned(), planned(version=2)),
        (held(), held(version=2)),
        (cancelled(), cancelled(version=2)),
    ],
)
def test_what_breaks_no_rule_is_not_remarked(
    before: SessionHeld | SessionCancelled, then: SessionHeld | SessionPlanned
) -> None:
    assert domain.remarks(told(NEW, report(before)), report(then)) == ()


def test_a_first_report_is_not_remarked() -> None:
    assert domain.remarks(NEW, report(held())) == ()


def test_a_roll_of_the_future_is_remarked() -> None:
    assert domain.remarks(NEW, report(held(starts_at=WEDNESDAY), now=TUESDAY)) == (Remark.HELD_IN_THE_FUTURE,)


def test_a_plan_of_the_future_is_what_plans_are_for() -> None:
    assert domain.remarks(NEW, report(planned(starts_at=WEDNESDAY), now=TUESDAY)) == ()


def test_a_coordinator_s_correction_that_is_replaced_is_remarked() -> None:
    corrected = domain.evolve(told(NEW, report(held())), held(version=2, minutes=75, reported_version=1))

    assert domain.remarks(corrected, report(held(version=2))) == (Remark.CORRECTION_REPLACED,)


HISTORY = [report(fact) for fact in (planned(), held(version=2), held(version=3, minutes=45), cancelled(version=4))]


@given(st.lists(st.sampled_from(HISTORY), min_size=1, max_size=12))
def test_in_any_order_and_number_the_highest_version_is_the_truth(said: list[Report]) -> None:
    session = told(NEW, *said)

    highest = max(said, key=lambda one: one.fact.version).fact
    assert session.fact is not None
    assert session.fact == highest.model_copy(update={"version": session.version, "reported_version": highest.version})


def test_a_late_fact_of_our_own_changes_nothing() -> None:
    session = domain.evolve(NEW, held(version=2))

    assert domain.evolve(session, planned(version=1)) == session


def test_a_fact_names_what_must_stand_in_the_registry_in_order() -> None:
    cells = (Headcount(establishment="0301674G", pupils=12),)
    fact = held(organisers=("imt-mines-ales", "femmes-ingenieures"), headcounts=cells)

    assert list(domain.entries(fact)) == [
        ("programme", "programme/ales"),
        ("place", f"establishment/{BELLEVUE}"),
        ("organisers[0]", "organisation/imt-mines-ales"),
        ("organisers[1]", "organisation/femmes-ingenieures"),
        ("headcounts[0].establishment", "establishment/0301674G"),
    ]


def test_the_first_unknown_entry_is_named_with_its_field() -> None:
    fact = held(organisers=("imt-mines-ales",))

    assert domain.first_unknown(fact, {"programme/ales", f"establishment/{BELLEVUE}"}) == (
        "organisers[0]",
        "organisation/imt-mines-ales",
    )
