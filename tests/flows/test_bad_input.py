"""What partners get wrong is refused by field and rule, and nothing behind it is lost or delayed."""

import json
from typing import Any, Self

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from tests.chassis.broken_names import send_broken_names
from tests.flows.conftest import Played, Stage

INBOUND = "cordees.inbound.sessions.imt-mines-ales"
SOURCE = "https://fraternite.imt-mines-ales.example"
PERSONAL = "amina.benali@example.org"


def held(programme: str, reference: str, **changes: Any) -> dict[str, Any]:
    return {
        "session": reference,
        "version": 1,
        "programme": programme,
        "activity": "tutorat",
        "starts_at": "2019-03-06T14:00:00+01:00",
        "minutes": 60,
        "place": "0300077W",
    } | changes


def headers(event_id: str, **changes: bytes) -> list[tuple[str, bytes]]:
    known = {
        "ce_specversion": b"1.0",
        "ce_id": event_id.encode(),
        "ce_source": SOURCE.encode(),
        "ce_type": b"fr.cordees.session.held.v1",
        "content-type": b"application/json",
    }
    return list((known | changes).items())


class Partner:
    """Sends raw records to one partition, in order."""

    def __init__(self, stage: Stage, played: Played) -> None:
        self.stage, self.played, self._count = stage, played, 0

    async def __aenter__(self) -> Self:
        self._producer = AIOKafkaProducer(bootstrap_servers=self.stage.world.kafka.bootstrap)
        await self._producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()

    async def send(self, value: bytes | dict[str, Any] | None, **changes: bytes) -> int:
        """The offset of the record."""
        self._count += 1
        body = json.dumps(value).encode() if isinstance(value, dict) else value
        event_id = f"{self.played.programme}-bad-{self._count}"
        record = {"value": body, "key": b"any", "partition": 0, "headers": headers(event_id, **changes)}
        sent = await self._producer.send_and_wait(INBOUND, **record)
        self.stage.sent[INBOUND] += 1
        return int(sent.offset)

    async def send_broken_header_name(self) -> None:
        await send_broken_names(self.stage.world.kafka.bootstrap, INBOUND)
        self.stage.sent[INBOUND] += 1


async def refusals(stage: Stage, since: int) -> list[dict[str, Any]]:
    """What the partner reads on its `*.rejected` topic about offsets from `since` on."""
    place = TopicPartition(f"{INBOUND}.rejected", 0)
    consumer = AIOKafkaConsumer(bootstrap_servers=stage.world.kafka.bootstrap, isolation_level="read_committed")
    await consumer.start()
    try:
        consumer.assign([place])
        await consumer.seek_to_beginning(place)
        end = (await consumer.end_offsets([place]))[place]
        found: list[dict[str, Any]] = []
        while await consumer.position(place) < end:
            for records in (await consumer.getmany(place, timeout_ms=200)).values():
                found += [json.loads(record.value) for record in records]
        return [one for one in found if one["offset"] >= since]
    finally:
        await consumer.stop()


async def test_each_kind_of_bad_record_is_refused_and_the_good_ones_behind_count(world: Stage) -> None:
    played = await world.new_programme(seed=1, scale=0.2)
    await played.register()
    programme = played.programme

    async with Partner(world, played) as partner:
        first = await partner.send(b"{not json")
        await partner.send(held(programme, "s-1"), ce_type=b"fr.cordees.session.dreamt.v1")
        await partner.send(held(programme, "s-1", place="0300077A"))
        await partner.send(held(programme, "s-1", minutes=-60))
        await partner.send(held(programme, "s-1", presences=[{"record": PERSONAL, "status": "present"}]))
        await partner.send(held(programme, "s-1", presences=[{"record": "p-1", "status": "present"}] * 2))
        await partner.send(held(programme, "s-1"), ce_source=b"https://viescolaire.bellevue.example")
        await partner.send(held(programme, "s-1"), ce_subject=b"\xff\xfe")
        await partner.send_broken_header_name()
        await partner.send(None)
        await partner.send(held("not-mine", "s-1"))
        await partner.send(held(programme, "s-1"))
        await partner.send(held(programme, "s-1", minutes=90))
        await partner.send(held(programme, "s-2"))
    counts = await world.settle()

    found = await refusals(world, first)
    assert [(one["reason"], one["field"]) for one in found] == [
        ("not_json", "value"),
        ("unknown_type", "type"),
        ("schema", "place"),
        ("schema", "minutes"),
        ("schema", "presences[0].record"),
        ("schema", "presences"),
        ("source_not_allowed", "source"),
        ("header_not_utf8", "headers[5]"),
        ("header_not_utf8", "headers[0]"),
        ("not_cloudevent", "value"),
        ("programme_not_allowed", "programme"),
        ("version_reused", "version"),
    ]
    assert [one["offset"] - first for one in found] == [*range(11), 12]
    assert PERSONAL not in json.dumps(found)
    assert counts[INBOUND]["held"] == 0
    assert (await played.figures("2019", ("I14",)))["I14"] == 2


@pytest.mark.parametrize("away", ["postgres", "kafka"])
async def test_a_dependency_that_is_away_delays_and_refuses_nothing(world: Stage, away: str) -> None:
    played = await world.new_programme(seed=2, scale=0.2)
    await played.register()
    before = await world.settle()
    server = world.world.postgres if away == "postgres" else world.world.kafka

    if away == "postgres":
        server.kill()
        await played.send()
        await world.not_ready("sessions")
    else:
        await played.send()
        server.kill()
        await world.not_ready("sessions")
    await server.launch()
    after = await world.settle()

    assert sum(one["rejected"] for one in after.values()) == sum(one["rejected"] for one in before.values())
    await played.assert_table()


async def test_the_partner_s_correlation_id_travels_to_the_explanation(world: Stage) -> None:
    played = await world.new_programme(seed=3, scale=0.2)
    await played.register()

    async with Partner(world, played) as partner:
        await partner.send(held(played.programme, "s-1"), ce_correlationid=b"appel-du-6-mars")
    await world.settle()

    (fact,) = await played.facts("I14", "2019")
    assert (fact["reason"], fact["correlation"]) == ("held", "appel-du-6-mars")
