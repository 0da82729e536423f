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
