"""Position and rows commit together; what cannot be read is parked; what every topic may hold is survived."""

import gc
import json
from collections.abc import Sequence

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from contracts.people import PupilProfiled
from contracts.topics import OURS, PEOPLE_TOPIC, REGISTRY_TOPIC, SESSIONS_TOPIC, Topic
from services.reporting import batches
from services.reporting.batches import Batch, TooManyParked, project_batch
from services.reporting.projections import Arrived, Removed
from services.reporting.reading import read_record
from services.reporting.storage import Move, Place, PositionMoved, start_position, use_projection
from services.reporting.tables import facts, parked, position, shared, views
from tests.contracts.examples import example_messages
from tests.services.reporting.desk import PROJECT, Received, Reporting
from tests.services.reporting.facts import held, present, profiled, programme, pupil

BINARY = (
    ("ce_specversion", b"1.0"),
    ("ce_id", b"1"),
    ("ce_source", b"urn:test"),
    ("content-type", b"application/json"),
)


def _headers(event_type: str, **more: str) -> tuple[tuple[str, bytes], ...]:
    extra = tuple((f"ce_{name}", value.encode()) for name, value in more.items())
    return (*BINARY, ("ce_type", event_type.encode()), *extra)


async def _parked(reporting: Reporting) -> list[tuple[str, str, str | None]]:
    async with reporting.engine.connect() as connection:
        query = select(parked.c.reason, parked.c.field, parked.c.subject).order_by(parked.c.offset)
        return [tuple(row) for row in await connection.execute(query)]


async def test_a_batch_from_a_stale_position_is_rolled_back(reporting: Reporting) -> None:
    await reporting.receive(pupil("a-1"), programme("ales"))
    event = held("s-1", present("a-1"))
    place = Place(SESSIONS_TOPIC.name, reporting.partition(SESSIONS_TOPIC, event))
    await reporting.receive(event)
    late = Batch(place, [Received(place.partition, 0, *reporting.message(held("s-2", present("a-1"))))], Move(0, 1))

    with pytest.raises(PositionMoved):
        await project_batch(reporting.engine, SESSIONS_TOPIC, PROJECT[SESSIONS_TOPIC.name], late)

    assert await reporting.value("I14") == 1
    async with reporting.engine.begin() as connection:
        assert (await start_position(connection, place, 0)).next_offset == 1


async def test_what_fails_in_the_middle_leaves_neither_rows_nor_position(
    reporting: Reporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reporting.receive(held("s-1"))

    def fail(point: str) -> None:
        raise RuntimeError(point)

    with monkeypatch.context() as patch:
        patch.setattr(batches, "reach", fail)
        with pytest.raises(RuntimeError):
            await reporting.receive(held("s-2"))
    await reporting.receive(held("s-3"))

    assert {fact["session"] for fact in await reporting.explanation("I14")} == {"s-1", "s-3"}


async def test_unreadable_records_are_parked_and_the_rest_goes_on(reporting: Reporting) -> None:
    held_type = "fr.cordees.session.held.v1"
    good = held("s-1")
    place = Place(SESSIONS_TOPIC.name, reporting.partition(SESSIONS_TOPIC, good))
    negative = json.dumps({"session": "s-2", "version": 1, "programme": "ales", "minutes": -5}).encode()
    messages = [
        (b"k", b"{", _headers(held_type, subject="session/s-0")),
        (b"k", b"{}", (("ce_id", b"\xff"),)),
        (b"k", None, ()),
        (b"k", negative, _headers(held_type, subject="session/\u0000s-2")),
        reporting.message(good),
    ]

    await reporting.receive_records(SESSIONS_TOPIC, place, messages)

    assert await reporting.value("I14") == 1
    assert await _parked(reporting) == [
        ("json_invalid", "data", "session/s-0"),
        ("header_not_utf8", "headers[0]", None),
        ("not_cloudevent", "value", None),
        ("missing", "activity", None),
    ]


async def test_beyond_the_limit_it_stops_instead_of_parking(
    reporting: Reporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "PARKED_LIMIT", 1)
    place, broken = Place(SESSIONS_TOPIC.name, 0), (b"k", b"{", _headers("fr.cordees.session.held.v1"))
    await reporting.receive_records(SESSIONS_TOPIC, place, [broken])

    with pytest.raises(TooManyParked):
        await reporting.receive_records(SESSIONS_TOPIC, place, [broken])

    assert len(await _parked(reporting)) == 1


async def test_of_a_batch_with_too_many_as_many_are_parked_as_may_be_and_what_stands_before_them_counts(
    reporting: Reporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "PARKED_LIMIT", 2)
    place, broken = Place(SESSIONS_TOPIC.name, 0), (b"k", b"{", _headers("fr.cordees.session.held.v1"))
    well = [reporting.message(held(f"s-{n}")) for n in range(2)]

    with pytest.raises(TooManyParked):
        await reporting.receive_records(SESSIONS_TOPIC, place, [well[0], broken, broken, broken, well[1]])

    async with reporting.engine.begin() as connection:
        reached = (await start_position(connection, place, 0)).next_offset
    assert (len(await _parked(reporting)), reached, await reporting.value("I14")) == (2, 3, 1)


async def test_a_record_that_postgresql_refuses_is_parked_alone(reporting: Reporting) -> None:
    async with reporting.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE projection_1.session_fact ADD CHECK (session <> 's-2')"))

    await reporting.receive(held("s-1"), held("s-2"), held("s-3"))

    assert {fact["session"] for fact in await reporting.explanation("I14")} == {"s-1", "s-3"}
    assert [reason for reason, _, _ in await _parked(reporting)] == ["not_storable"]


@pytest.mark.parametrize("one_by_one", [True, False])
async def test_of_two_records_of_one_version_the_first_counts_in_one_batch_or_in_two(
    reporting: Reporting,
    one_by_one: bool,  # noqa: FBT001 - a parameter
) -> None:
    said = (held("s-1", present("a-1")), held("s-1", present("a-1"), present("a-2")))

    await reporting.receive(pupil("a-1"), pupil("a-2"), *said, one_by_one=one_by_one)

    assert await reporting.value("I04") == 1


async def test_a_type_of_a_newer_service_is_skipped(reporting: Reporting) -> None:
    place, newer = Place(SESSIONS_TOPIC.name, 0), (b"k", b"{}", _headers("fr.cordees.session.dreamt.v1"))

    await reporting.receive_records(SESSIONS_TOPIC, place, [newer])

    assert await _parked(reporting) == []
    async with reporting.engine.begin() as connection:
        assert (await start_position(connection, place, 0)).next_offset == 1


async def test_a_tombstone_removes_the_aggregate_and_a_later_event_puts_it_back(reporting: Reporting) -> None:
    event = profiled("a-1", version=3)
    place = Place(PEOPLE_TOPIC.name, reporting.partition(PEOPLE_TOPIC, event))
    await reporting.receive(event, held("s-1", present("a-1")))
    before = await reporting.value("I04")
    tombstone = (event.key.encode(), None, ())
    await reporting.receive_records(PEOPLE_TOPIC, place, [tombstone])
    removed = await reporting.value("I04")
    await reporting.receive_records(PEOPLE_TOPIC, place, [tombstone, reporting.message(profiled("a-1", version=1))])

    assert (before, removed, await reporting.value("I04")) == (1, 0, 1)


async def test_a_tombstone_removes_what_came_before_it_in_the_same_batch(reporting: Reporting) -> None:
    event = profiled("a-1", version=3)
    place = Place(PEOPLE_TOPIC.name, reporting.partition(PEOPLE_TOPIC, event))
    await reporting.receive(held("s-1", present("a-1")))
    await reporting.receive_records(PEOPLE_TOPIC, place, [reporting.message(event), (event.key.encode(), None, ())])

    assert await reporting.value("I04") == 0


async def test_tombstones_of_unknown_keys_change_nothing(reporting: Reporting) -> None:
    for topic in (REGISTRY_TOPIC, PEOPLE_TOPIC):
        keys = (b"profile/a-1", b"no-such-kind/1", b"programme/ales", b"", None)
        await reporting.receive_records(topic, Place(topic.name, 0), [(key, None, ()) for key in keys])

    assert await _parked(reporting) == []


@pytest.mark.parametrize("topic", OURS, ids=lambda topic: topic.name)
async def test_every_example_message_is_read_and_projected(reporting: Reporting, topic: Topic) -> None:
    examples = [message for event in topic.events for message in example_messages(event.type)]
    read = [read_record(topic, Received(0, n, m.key, m.value, m.headers)) for n, m in enumerate(examples)]
    place = Place(topic.name, 0)

    await reporting.receive_records(topic, place, [(m.key, m.value, m.headers) for m in examples])

    assert examples
    assert all(isinstance(one, Arrived) for one in read)
    assert await _parked(reporting) == []


async def test_the_migrated_tables_are_those_of_the_code(reporting: Reporting) -> None:
    query = text("SELECT table_schema, table_name, column_name, data_type FROM information_schema.columns")
    async with reporting.engine.connect() as connection:
        found = {(row[0], row[1], row[2]): row[3] for row in await connection.execute(query)}
    kinds = {"BIGINT": "bigint", "TEXT": "text", "DATE": "date", "DATETIME": "timestamp with time zone"}
    kinds |= {"ARRAY": "ARRAY", "BOOLEAN": "boolean"}

    for schema, metadata in (("public", shared), ("projection_1", facts), ("projection_1", views)):
        for table in metadata.tables.values():
            wanted = {column.name: kinds[str(column.type)] for column in table.columns}
            actual = {
                name: kind for (where, what, name), kind in found.items() if (where, what) == (schema, table.name)
            }
            assert actual == wanted, table.name


async def test_one_projection_is_live_and_positions_carry_its_version(reporting: Reporting) -> None:
    await reporting.receive(held("s-1"))

    async with reporting.engine.begin() as connection:
        await use_projection(connection, 1)
        versions = (await connection.execute(text("SELECT version, status FROM projection"))).all()
        positions = await connection.scalar(select(func.count()).where(position.c.projection == 1))

    assert [tuple(row) for row in versions] == [(1, "live")]
    assert positions == 1


def test_the_profile_of_a_newer_writer_is_read() -> None:
    data = json.loads(profiled("a-1").to_data()) | {"shoe_size": 42}
    data["spans"][0]["level"] = "BTS9"
    message = Received(0, 0, b"profile/a-1", json.dumps(data).encode(), _headers(PupilProfiled.type))

    assert isinstance(read_record(PEOPLE_TOPIC, message), Arrived)


def test_a_process_that_reads_is_seldom_looked_through() -> None:
    before = gc.get_threshold()
    try:
        batches.spare_collector()

        assert gc.get_freeze_count() > 0
        assert (gc.get_threshold()[0] > 10_000, gc.get_threshold()[1:]) == (True, before[1:])
    finally:
        gc.unfreeze()
        gc.set_threshold(*before)


async def test_the_collector_rests_during_a_batch_and_never_after_it(reporting: Reporting) -> None:
    seen = []
    place = Place(PEOPLE_TOPIC.name, 0)
    async with reporting.engine.begin() as connection:
        await start_position(connection, place, 0)

    async def project(_connection: AsyncConnection, _records: Sequence[Arrived | Removed]) -> None:
        seen.append(gc.isenabled())
        raise PositionMoved

    with pytest.raises(PositionMoved):
        await project_batch(reporting.engine, PEOPLE_TOPIC, project, Batch(place, (), Move(0, 1)))

    assert (seen, gc.isenabled()) == ([False], True)
