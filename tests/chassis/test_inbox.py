"""Each record is decided once and counted once, and nothing that came first or badly is lost."""

import json
from dataclasses import replace

import pytest

from chassis.inbox import OwnInbox
from chassis.transaction import Transaction
from contracts.base import Event
from contracts.topics import REGISTRY_TOPIC
from tests.chassis.records import Box, Record, held_session, record

PERSONAL = "amina.benali@example.org"


async def test_a_record_is_decided_once_though_it_is_delivered_twice(box: Box) -> None:
    await box.receive(record(0, held_session()))

    await box.receive(record(0, held_session()), record(1, held_session("s-2")))

    assert box.desk.handled == ["s-1", "s-2"]
    assert await box.counts() == {"accepted": 2}


async def test_the_same_event_at_another_offset_is_a_duplicate(box: Box) -> None:
    await box.receive(record(0, held_session(), id="e"), record(1, held_session(), id="e"))

    assert await box.counts() == {"accepted": 1, "duplicate": 1}


async def test_the_same_id_with_other_content_is_refused(box: Box) -> None:
    await box.receive(record(0, held_session(), id="e"), record(1, held_session(minutes=60), id="e"))

    assert await box.counts() == {"accepted": 1, "rejected": 1}
    assert (await box.rejections())[0]["reason"] == "id_reused"


async def test_a_refused_id_may_be_used_again_for_the_mended_event(box: Box) -> None:
    await box.receive(record(0, held_session(minutes=-5), id="e"), record(1, held_session(), id="e"))

    assert await box.counts() == {"accepted": 1, "rejected": 1}


@pytest.mark.parametrize(
    ("bad", "reason", "field"),
    [
        (record(0, b"{not json"), "not_json", "value"),
        (Record(0, b"{}", []), "not_cloudevent", "specversion"),
        (record(0, held_session(), ce_type="fr.cordees.session.dreamt.v1"), "unknown_type", "type"),
        (record(0, held_session(), ce_type="fr.cordees.pupil.enrolled.v1"), "unknown_type", "type"),
        (record(0, held_session(), ce_source="urn:test:bellevue:vie-scolaire"), "source_not_allowed", "source"),
        (record(0, held_session(place="0300077A")), "schema", "place"),
        (record(0, held_session(minutes=-90)), "schema", "minutes"),
        (record(0, held_session(presences=[{"record": "p1", "status": "present"}] * 2)), "schema", "presences"),
        (
            record(0, held_session(presences=[{"record": PERSONAL, "status": "present"}])),
            "schema",
            "presences[0].record",
        ),
        (record(0, held_session(programme="refused")), "programme_not_allowed", "programme"),
        (record(0, held_session(), ce_subject=b"\xff\xfe"), "header_not_utf8", "headers[5]"),
        (Record(0, None, record(0, b"").headers), "not_cloudevent", "value"),
    ],
)
async def test_a_bad_record_is_refused_by_field_and_rule_and_delays_nobody(
    box: Box, bad: Record, reason: str, field: str
) -> None:
    await box.receive(bad, record(1, held_session()))

    (rejected,) = await box.rejections()
    assert (rejected["reason"], rejected["field"], rejected["offset"]) == (reason, field, 0)
    assert PERSONAL not in str(rejected)
    assert box.desk.handled == ["s-1"]
    assert await box.counts() == {"accepted": 1, "rejected": 1}


async def test_a_record_that_names_an_unknown_programme_waits_and_is_taken_up_in_order(box: Box) -> None:
    await box.receive(
        record(0, held_session("s-1", programme="later")),
        record(1, held_session("s-2")),
        record(2, held_session("s-3", programme="later")),
    )

    assert await box.counts() == {"held": 2, "accepted": 1}
    assert await box.waiting() == ["programme/later", "programme/later"]

    await box.announce("programme/later")

    assert box.desk.handled == ["s-2", "s-1", "s-3"]
    assert await box.counts() == {"accepted": 3}
    assert await box.waiting() == []


async def test_a_held_record_sent_again_is_a_duplicate(box: Box) -> None:
    later = held_session(programme="later")

    await box.receive(record(0, later, id="e"), record(1, later, id="e"))

    assert await box.counts() == {"held": 1, "duplicate": 1}


async def test_a_record_that_waited_too_long_is_refused(box: Box) -> None:
    await box.receive(record(0, held_session(programme="never")))
    async with box.transactions.begin() as tx:
        expired = await box.inbox.expire(tx, days=-1)

    assert expired == 1
    assert await box.counts() == {"rejected": 1}
    assert (await box.rejections())[0]["reason"] == "registry_unknown"


async def test_a_transaction_that_fails_leaves_no_trace(box: Box) -> None:
    async def die_before_the_commit() -> None:
        async with box.transactions.begin() as tx:
            await box.inbox.receive(tx, [record(0, held_session()), record(1, held_session(minutes=-1))])
            raise RuntimeError

    with pytest.raises(RuntimeError):
        await die_before_the_commit()

    assert await box.counts() == {}
    assert await box.rejections() == []


async def test_a_batch_is_handed_to_its_service_in_one_call_without_what_was_seen(box: Box) -> None:
    await box.receive(record(0, held_session(), id="e"))
    await box.receive(
        record(1, held_session(), id="e"), *(record(n, held_session(f"s-{n}")) for n in range(2, 7)), record(7, b"{")
    )

    assert box.desk.loads == [1, 5]
    assert await box.counts() == {"accepted": 6, "duplicate": 1, "rejected": 1}


async def test_an_id_that_the_service_refused_is_free_for_the_next_record_of_the_batch(box: Box) -> None:
    await box.receive(
        record(0, held_session(programme="refused"), id="e"),
        record(1, held_session(), id="e"),
        record(2, held_session(), id="e"),
    )
    await box.receive(record(3, held_session(), id="e"))

    assert await box.counts() == {"rejected": 1, "accepted": 1, "duplicate": 2}
    assert len(await box.published()) == 1


async def test_a_record_that_is_refused_or_held_publishes_nothing(box: Box) -> None:
    await box.receive(
        record(0, held_session("s-1", programme="refused")),
        record(1, held_session("s-2")),
        record(2, held_session("s-3", programme="later")),
    )

    assert await box.published() == ["session/s-2"]


async def test_each_record_keeps_its_own_correlation_id(box: Box) -> None:
    await box.receive(
        record(0, held_session("s-1"), ce_correlationid="c-1"),
        record(1, held_session("s-2", programme="refused"), ce_correlationid="c-2"),
        record(2, held_session("s-3", programme="later"), ce_correlationid="c-3"),
        record(3, held_session("s-4"), ce_correlationid="c-4"),
    )
    await box.announce("programme/later")

    assert await box.correlations() == {"session/s-1": "c-1", "session/s-3": "c-3", "session/s-4": "c-4", None: "c-2"}


@pytest.mark.parametrize("guilty", [{"s-0"}, {"s-4"}, {"s-2", "s-6"}])
async def test_a_record_that_the_database_cannot_hold_is_refused_alone(box: Box, guilty: set[str]) -> None:
    box.desk.unstorable |= guilty
    await box.receive(*(record(number, held_session(f"s-{number}"), id=f"e-{number}") for number in range(7)))
    await box.receive(*(record(number + 7, held_session(f"s-{number}"), id=f"e-{number}") for number in (1, 3)))

    good = [f"s-{number}" for number in range(7) if f"s-{number}" not in guilty]
    assert box.desk.handled == good
    assert await box.published() == [f"session/{session}" for session in good]
    assert await box.counts() == {"accepted": len(good), "rejected": len(guilty), "duplicate": 2}
    assert {one["reason"] for one in await box.rejections()} == {"fault"}


async def test_a_held_record_that_the_database_cannot_hold_does_not_keep_the_registry_from_growing(box: Box) -> None:
    box.desk.unstorable.add("s-1")
    await box.receive(*(record(number, held_session(f"s-{number}", programme="later")) for number in range(3)))
    await box.announce("programme/later")

    assert await box.counts() == {"accepted": 2, "rejected": 1}
    assert await box.waiting() == []


async def test_what_waits_is_taken_up_page_by_page_and_what_still_waits_stays(
    box: Box, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chassis.inbox._PAGE", 2)
    await box.receive(*(record(number, held_session(f"s-{number}", programme="later")) for number in range(5)))
    async with box.transactions.begin() as tx:
        await tx.announce("programme/later")  # the desk does not know it
    still = await box.waiting()
    await box.announce("programme/later")

    assert still == ["programme/later"] * 5
    assert box.desk.loads == [5, 2, 2, 1, 2, 2, 1]
    assert box.desk.handled == [f"s-{number}" for number in range(5)]
    assert await box.counts() == {"accepted": 5}


async def test_a_record_of_ours_that_cannot_be_read_is_counted_and_delays_nobody(box: Box) -> None:
    kept: list[str] = []

    async def keep(_tx: Transaction, event: Event) -> None:
        kept.append(event.subject)

    inbox = OwnInbox(REGISTRY_TOPIC, keep)
    good = json.dumps({"organisation": "imt", "version": 1, "name": "IMT", "nature": "centre"}).encode()
    kind = {"ce_type": "fr.cordees.organisation.registered.v1", "topic": REGISTRY_TOPIC.name}
    topic = kind.pop("topic")
    records = [
        replace(record(0, b"\xff garbage", **kind), topic=topic),
        replace(Record(1, b"{}", []), topic=topic),
        replace(record(2, good, **kind), topic=topic),
    ]

    async with box.transactions.begin() as tx:
        await inbox.receive(tx, records)

    assert kept == ["organisation/imt"]
    assert await box.counts() == {"accepted": 1, "rejected": 2}
