"""What becomes of partners' facts: each outcome, our ids and versions, remarks, and what must wait."""

import asyncio
from datetime import date
from pathlib import Path

import pytest

from chassis.inbox import Outcome
from contracts.base import Event
from contracts.people import EnrolmentSpan, ProfileSpan, PupilEnrolled, PupilProfiled, RecordAssigned
from contracts.vocabulary import EnrolmentKind, Level
from tests.services.inscriptions.office import (
    BELLEVUE,
    TUTORING,
    Office,
    arrival,
    engaged,
    enrolled,
    joined,
    profiled,
)


async def test_an_accepted_fact_is_published_with_our_ids_and_our_version(office: Office) -> None:
    outcome = await office.hear(enrolled(version=7))

    record = office.id(TUTORING, "p1")
    assert outcome is Outcome.ACCEPTED
    assert await office.published(PupilEnrolled) == [
        enrolled().model_copy(update={"record": record, "version": 1}),
    ]
    (assigned,) = await office.published(RecordAssigned)
    assert (assigned.subject, assigned.version) == (f"record/{record}", 1)


async def test_a_higher_version_replaces_the_state_and_raises_ours_by_one(office: Office) -> None:
    await office.hear(profiled(version=3))
    await office.hear(profiled(version=9, level=Level.PREMIERE_G))

    assert [event.version for event in await office.published(PupilProfiled)] == [1, 2]
    assert len(await office.published(RecordAssigned)) == 1


async def test_a_lower_version_is_stale_and_changes_nothing(office: Office) -> None:
    await office.hear(profiled(version=2, level=Level.SECONDE_GT))
    outcome = await office.hear(profiled(version=1))

    assert outcome is Outcome.STALE
    assert len(await office.published(PupilProfiled)) == 1


async def test_the_same_version_with_the_same_content_is_a_duplicate(office: Office) -> None:
    await office.hear(profiled(), event_id="one")
    outcome = await office.hear(profiled(), event_id="two")

    assert outcome is Outcome.DUPLICATE
    assert len(await office.published(PupilProfiled)) == 1


async def test_the_same_version_with_other_content_is_refused(office: Office) -> None:
    await office.hear(profiled(level=Level.SECONDE_GT))
    outcome = await office.hear(profiled(level=Level.PREMIERE_G))

    assert outcome is Outcome.REJECTED
    assert await office.refusals() == [("version_reused", "version")]


async def test_two_versions_side_by_side_end_with_the_higher_one(office: Office) -> None:
    await office.hear(profiled(version=1))
    async with office.running.context.transactions.begin() as first:
        await office.running.inbox.decide(first, arrival(profiled(version=3, level=Level.TERMINALE_G), TUTORING))
        second = asyncio.create_task(office.hear(profiled(version=2, level=Level.SECONDE_GT)))
        await office.until_blocked(second)

    assert await second is Outcome.STALE
    last = (await office.published(PupilProfiled))[-1]
    assert isinstance(last, PupilProfiled)
    assert (last.version, last.spans[0].level) == (2, Level.TERMINALE_G)


async def test_two_first_facts_side_by_side_register_the_record_once(office: Office) -> None:
    async with office.running.context.transactions.begin() as first:
        await office.running.inbox.decide(first, arrival(profiled(), TUTORING))
        second = asyncio.create_task(office.hear(enrolled()))
        await office.until_blocked(second)

    assert await second is Outcome.ACCEPTED
    assert len(await office.published(RecordAssigned)) == 1


async def test_a_year_without_a_key_is_closed(office: Office) -> None:
    outcomes = [
        await office.hear(profiled(year=1991)),
        await office.hear(joined((TUTORING, "p1", 2018), (TUTORING, "p1", 1991))),
    ]

    assert outcomes == [Outcome.REJECTED, Outcome.REJECTED]
    assert await office.refusals() == [("year_closed", "school_year"), ("year_closed", "records[1].school_year")]


async def test_a_source_speaks_only_of_its_programmes(office: Office) -> None:
    await office.put("/programmes/albi", {"name": "Osez l'excellence"})
    outcome = await office.hear(enrolled(programme="albi"))

    assert outcome is Outcome.REJECTED
    assert await office.refusals() == [("programme_not_allowed", "programme")]


@pytest.mark.parametrize(
    ("fact", "path", "body"),
    [
        (enrolled(), "/programmes/ales", {"name": "Les @ de la Fraternité"}),
        (profiled(establishment="0300077W"), "/establishments/0300077W", {"name": "Bellevue", "nature": "lycee_gt"}),
        (engaged(), "/organisations/imt-mines-ales", {"name": "IMT Mines Alès", "nature": "ecole"}),
    ],
)
async def test_a_fact_waits_for_the_registry_entry_that_it_names(
    empty_office: Office, fact: Event, path: str, body: dict[str, str]
) -> None:
    outcome = await empty_office.hear(fact)
    waiting, before = await empty_office.waiting(), await empty_office.published()
    await empty_office.put(path, body)

    kind, _, entry = path.strip("/").partition("s/")
    assert outcome is Outcome.HELD
    assert (waiting, before) == ([f"{kind}/{entry}"], [])
    assert await empty_office.waiting() == []
    assert [type(event) for event in await empty_office.published()][1:] == [type(fact), RecordAssigned]


async def test_a_later_version_that_was_held_wins_over_an_earlier_one_that_was_not(office: Office) -> None:
    await office.hear(profiled(version=2, establishment="0300125Y"))
    await office.hear(profiled(version=1))
    await office.put("/establishments/0300125Y", {"name": "La Salle", "nature": "lycee_gt"})

    assert [event.version for event in await office.published(PupilProfiled)] == [1, 2]


async def test_a_broken_rule_of_state_is_a_remark_and_refuses_nothing(office: Office) -> None:
    spans = (
        ProfileSpan(starts_on=date(2018, 9, 1), level=Level.CINQUIEME),
        ProfileSpan(starts_on=date(2018, 8, 31), level=Level.QUATRIEME),
    )
    outcome = await office.hear(PupilProfiled(version=1, record="p1", school_year=2018, spans=spans))

    assert outcome is Outcome.ACCEPTED
    view = (await office.get(f"/records/{office.id(TUTORING, 'p1')}")).json()
    assert [(remark["code"], remark["field"]) for remark in view["facts"][0]["remarks"]] == [
        ("level_outside_scheme", "spans[0].level"),
        ("outside_school_year", "spans[1]"),
        ("spans_overlap", "spans[1]"),
    ]


async def test_remarks_go_with_the_fact_that_they_were_about(office: Office) -> None:
    await office.hear(profiled(level=Level.SIXIEME))
    await office.hear(profiled(version=2, level=Level.QUATRIEME))

    assert await office.rows("SELECT * FROM remark") == []


async def test_an_enrolment_without_spans_is_withdrawn_and_published(office: Office) -> None:
    await office.hear(enrolled())
    outcome = await office.hear(PupilEnrolled(version=2, record="p1", programme="ales", school_year=2018))

    assert outcome is Outcome.ACCEPTED
    last = (await office.published(PupilEnrolled))[-1]
    assert isinstance(last, PupilEnrolled)
    assert last.spans == ()


async def test_a_record_shows_both_versions_and_no_reference(office: Office) -> None:
    await office.hear(profiled("p-secret-1", version=4), BELLEVUE)
    await office.hear(enrolled("p-secret-1", version=6), BELLEVUE)
    answer = await office.get(f"/records/{office.id(BELLEVUE, 'p-secret-1')}")

    view = answer.json()
    assert [(fact["kind"], fact["version"], fact["reported_version"]) for fact in view["facts"]] == [
        ("enrolment", 1, 4 + 2),
        ("profile", 1, 4),
    ]
    assert (view["source"], view["school_year"], view["registered"], view["version"]) == (BELLEVUE, 2018, True, 1)
    assert "p-secret-1" not in answer.text


async def test_no_table_of_ours_keeps_a_reference_of_a_person(office: Office) -> None:
    await office.hear(profiled("p-secret-1"), BELLEVUE)
    await office.hear(joined((BELLEVUE, "p-secret-1", 2018), (TUTORING, "p-secret-2", 2018)), BELLEVUE)

    for table in ("record", "fact", "assignment", "link", "join_statement", "outbox"):
        assert "p-secret" not in str(await office.rows(f"TABLE {table}"))


async def test_an_unknown_record_is_not_found(office: Office) -> None:
    assert (await office.get("/records/00000000-0000-8000-8000-000000000000")).status_code == 404


async def test_enrolments_of_one_kind_must_not_overlap_and_others_may(office: Office) -> None:
    spans = (
        EnrolmentSpan(starts_on=date(2018, 10, 1), kind=EnrolmentKind.TUTORAT),
        EnrolmentSpan(starts_on=date(2018, 10, 1), kind=EnrolmentKind.SOUTIEN),
        EnrolmentSpan(starts_on=date(2018, 12, 1), kind=EnrolmentKind.TUTORAT),
    )
    await office.hear(PupilEnrolled(version=1, record="p1", programme="ales", school_year=2018, spans=spans))

    assert await office.rows("SELECT code, field FROM remark") == [("spans_overlap", "spans[2]")]


def test_the_readme_of_the_service_names_every_table() -> None:
    text = (Path(__file__).parents[3] / "services/inscriptions/README.md").read_text(encoding="utf-8")

    for table in ("registry_entry", "registry_tie", "convention_term", "record", "fact", "remark", "link"):
        assert f"`{table}`" in text
