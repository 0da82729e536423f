"""What was parked when a watermark was given, and taken up since, has changed since: `after` shows it."""

import pytest
from sqlalchemy import text

from contracts.base import Event
from contracts.topics import topic_of
from services.reporting.projections import Arrived
from services.reporting.reading import read_record
from services.reporting.storage import use_projection
from services.reporting.watermarks import UnknownWatermark, Watermark, decode_watermark
from tests.services.reporting.desk import PROJECT, Received, Reporting
from tests.services.reporting.facts import held, present, profiled, pupil


async def _set_aside(reporting: Reporting, table: str, check: str, *events: Event) -> None:
    """The database refuses one of them, as an old check would."""
    statements = (f"ADD CONSTRAINT old CHECK ({check})", "DROP CONSTRAINT old")
    async with reporting.engine.begin() as connection:
        await connection.execute(text(f"ALTER TABLE projection_1.{table} {statements[0]}"))
    await reporting.receive(*events)
    async with reporting.engine.begin() as connection:
        await connection.execute(text(f"ALTER TABLE projection_1.{table} {statements[1]}"))


async def _take_up(reporting: Reporting, event: Event) -> None:
    """What `retry` does in its transaction."""
    topic = topic_of(type(event))
    async with reporting.engine.begin() as connection:
        await use_projection(connection, 1)
        ((partition, offset),) = (
            await connection.execute(text('DELETE FROM parked RETURNING partition, "offset"'))
        ).all()
        arrived = read_record(topic, Received(partition, offset, *reporting.message(event)))
        assert isinstance(arrived, Arrived)
        await PROJECT[topic.name](connection, [arrived])


async def test_a_session_that_was_taken_up_has_changed_since(reporting: Reporting) -> None:
    bad = held("s-2", present("a-1"))
    await reporting.receive(pupil("a-1"))
    await _set_aside(reporting, "session_fact", "session <> 's-2'", held("s-1", present("a-1")), bad, held("s-3"))
    mark = await reporting.watermark()
    before = await reporting.explanation("I14", after=mark)

    await _take_up(reporting, bad)

    assert len(mark.aside) == 1
    assert before == []
    assert [fact["session"] for fact in await reporting.explanation("I14", after=mark)] == ["s-2"]
    assert await reporting.explanation("I14", after=await reporting.watermark()) == []


async def test_a_profile_that_was_taken_up_shows_the_facts_of_the_record(reporting: Reporting) -> None:
    bad = profiled("a-2")
    await reporting.receive(held("s-1", present("a-2")))
    await _set_aside(reporting, "profile", "record <> 'a-2'", bad)
    mark = await reporting.watermark()

    await _take_up(reporting, bad)

    facts = await reporting.explanation("I04", after=mark)
    assert [(fact["record"], fact["why"]) for fact in facts] == [("a-2", "present")]


def test_a_watermark_keeps_in_its_text_what_was_parked() -> None:
    mark = Watermark({("cordees.sessions", 0): 7}, 2, frozenset({("cordees.sessions", 0, 3)}))

    assert decode_watermark(mark.encode()) == mark
    with pytest.raises(UnknownWatermark):
        decode_watermark(Watermark({}, 2, frozenset({("elsewhere", 0, 3)})).encode())
