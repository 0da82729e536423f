"""From a record to what projections take: which way it is read, and that both ways say the same."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from bench.year.programmes import make_country
from bench.year.sizes import Sizes
from bench.year.topics import Topics
from bench.year.wire import Record
from bench.year.writing import records_of, units_of
from contracts.catalogue import PEOPLE, SESSIONS
from contracts.envelope import encode
from contracts.people import PupilProfiled, RecordAssigned
from contracts.sessions import SessionHeld
from contracts.topics import OURS, PEOPLE_TOPIC, SESSIONS_TOPIC, Topic, topic_of
from services.reporting.projections import Arrived
from services.reporting.projections.records import ORIGIN
from services.reporting.reading import Skipped, read_by_contract, read_record
from services.reporting.storage import Parked
from tests.contracts.examples import example_messages
from tests.services.reporting.desk import Received, Reporting
from tests.services.reporting.facts import assigned, enrolled
from tests.services.reporting.reading_alike import is_regular, told

SMALL = Sizes(
    sessions=200, presences=6, pupils=120, programmes=4, volunteers=16, schools=12,
    corrections=0.2, duplicates=0.1, joins=0.3, moves=0.2, seed=7,
)  # fmt: skip
SESSION, AMINA, BILAL = (f"00000000-0000-8000-8000-00000000000{n}" for n in range(3))
HELD = SessionHeld.parse_written(
    json.dumps(
        {
            "version": 1,
            "session": SESSION,
            "programme": "ales",
            "activity": "tutorat",
            "starts_at": "2019-01-07T17:00:00+01:00",
            "minutes": 60,
            "presences": [{"record": AMINA, "status": "present"}, {"record": BILAL, "status": "retard", "minutes": 40}],
        }
    )
)


def received(event: Any, **more: Any) -> Received:
    now = datetime(2019, 1, 7, 19, tzinfo=UTC)
    message = encode(event, id="e-1", source="urn:cordees:service:sessions", time=now, correlation="c-1")
    value = json.dumps({**json.loads(message.value), **more}).encode()
    return Received(2, 7, message.key, value, message.headers)


def year(name: str) -> list[Record]:
    country = make_country(SMALL)
    return [record for unit in units_of(Topics()) if unit.topic == name for record in records_of(country, unit, {})]


def test_a_held_session_says_what_it_is_and_holds() -> None:
    read = read_record(SESSIONS_TOPIC, received(HELD))

    assert isinstance(read, Arrived)
    assert read.kind is SessionHeld
    assert not isinstance(read.event, SessionHeld)
    assert [(line.record, line.status, line.minutes) for line in read.event.presences] == [
        (AMINA, "present", None),
        (BILAL, "retard", 40),
    ]
    assert dict(zip(ORIGIN, read.origin, strict=True)) == {
        "recorded_at": datetime(2019, 1, 7, 19, tzinfo=UTC),
        "correlation": "c-1",
        "at_partition": 2,
        "at_offset": 7,
    }


@pytest.mark.parametrize("topic", OURS, ids=lambda topic: topic.name)
def test_every_example_is_read_alike(topic: Topic) -> None:
    for event in topic.events:
        for example in example_messages(event.type):
            record = Received(0, 1, example.key, example.value, example.headers)

            assert told(read_record(topic, record)) == told(read_by_contract(topic, record)), example.name


def test_our_own_examples_take_the_hot_path() -> None:
    ours = {
        (event.type, example.name): is_regular(topic, example)
        for topic, events in ((SESSIONS_TOPIC, SESSIONS), (PEOPLE_TOPIC, PEOPLE))
        for event in events
        for example in example_messages(event.type)
        if example.is_ours
    }

    assert {kind for kind, _ in ours} == {event.type for event in (*SESSIONS, *PEOPLE)}
    assert [which for which, regular in ours.items() if not regular] == []


@pytest.mark.parametrize(("name", "topic"), [("people", PEOPLE_TOPIC), ("sessions", SESSIONS_TOPIC)])
def test_a_generated_year_takes_the_hot_path_and_is_read_alike(name: str, topic: Topic) -> None:
    records = [Received(one.partition, n, one.key, one.value, one.headers) for n, one in enumerate(year(name))]
    events = [record for record in records if record.value is not None]

    assert len(events) > 200
    assert [record for record in events if not is_regular(topic, record)] == []
    assert [told(read_record(topic, one)) for one in events] == [told(read_by_contract(topic, one)) for one in events]


async def test_what_takes_the_hot_path_is_counted(reporting: Reporting) -> None:
    said = (enrolled(AMINA), enrolled(BILAL), assigned(BILAL, SESSION), HELD)
    assert all(is_regular(topic_of(type(event)), received(event)) for event in said)

    await reporting.receive(*said)

    assert await reporting.value("I02") == 2


@pytest.mark.parametrize(
    "more",
    [
        {"activity": "robotique"},
        {"session": "s-1"},
        {"session": SESSION.upper().replace("8", "F")},
        {"presences": [{"record": record, "status": "present"} for record in (AMINA[:-1], f"a{BILAL}")]},
        {"starts_at": "2019-01-07T17:00:00.1234567891+01:00"},
        {"presences": [{"record": AMINA, "status": "present"}, {"record": AMINA, "status": "retard"}]},
        {"headcounts": [{"establishment": "0300002P", "level": level, "pupils": 3} for level in ("BTS_A", "BTS_B")]},
        {"acting": [{"record": AMINA, "role": role} for role in ("parrain", "mentor")]},
        {"place": "0300002A"},
        {"minutes": 60.0},
        {"title": "a\x00b"},
    ],
    ids="-".join,
)
def test_what_is_not_plain_is_left_to_the_contracts(more: dict[str, Any]) -> None:
    record = received(HELD, **more)

    assert not is_regular(SESSIONS_TOPIC, record)
    assert told(read_record(SESSIONS_TOPIC, record)) == told(read_by_contract(SESSIONS_TOPIC, record))


@pytest.mark.parametrize("content", [None, b"", b"\xff", "é".encode(), b"a b"])
@pytest.mark.parametrize("place", range(9))
def test_an_odd_header_is_left_to_the_contracts(place: int, content: Any) -> None:
    record = received(HELD)
    headers = list(record.headers)
    headers[place] = (headers[place][0], content)
    record = replace(record, headers=tuple(headers))

    assert len(headers) == 9
    assert not is_regular(SESSIONS_TOPIC, record)
    assert told(read_record(SESSIONS_TOPIC, record)) == told(read_by_contract(SESSIONS_TOPIC, record))


def test_a_new_field_does_not_leave_the_hot_path() -> None:
    record = received(HELD, nouveau={"profond": [1, "é", None]})

    assert is_regular(SESSIONS_TOPIC, record)


@pytest.mark.parametrize("odd", [b'"\xff"', rb'"\ud800"', b"[" * 300 + b"]" * 300, b'"a\nb"', b"01"])
def test_a_new_field_that_is_not_json_is_refused_as_the_contracts_refuse_it(odd: bytes) -> None:
    record = received(HELD)
    record = replace(record, value=b'{"nouveau":' + odd + b"," + (record.value or b"")[1:])

    read = read_record(SESSIONS_TOPIC, record)

    assert isinstance(read, Parked)
    assert (read.reason, read.field) == ("json_invalid", "data")


def test_a_fact_on_a_topic_that_does_not_carry_it_is_skipped() -> None:
    record = received(RecordAssigned(version=1, record=AMINA, person=BILAL))

    assert read_record(SESSIONS_TOPIC, record) == Skipped(RecordAssigned.type)


def test_a_refusal_names_its_field_and_what_was_sent() -> None:
    record = received(PupilProfiled.parse_written(PROFILE), school_year=1989)

    read = read_record(PEOPLE_TOPIC, record)

    assert isinstance(read, Parked)
    assert (read.reason, read.field, read.subject) == ("greater_than_equal", "school_year", f"profile/{AMINA}")
    assert (read.type, read.correlation) == (PupilProfiled.type, "c-1")


PROFILE = json.dumps({"version": 1, "record": AMINA, "school_year": 2018, "spans": [{"starts_on": "2018-09-01"}]})
