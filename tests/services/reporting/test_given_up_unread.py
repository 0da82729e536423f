"""A record that stops a version being filled, and that the live one cannot park: read, found unreadable, given up."""

from collections.abc import Sequence

import pytest
import pytest_asyncio
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from deploy.local.kafka import Kafka
from services.reporting.batches import Poison
from services.reporting.engine.giving_up import GivenUpRecord, list_given_up
from services.reporting.engine.giving_up_unread import GivingUp
from services.reporting.engine.versions import Refused, begin_version, switch_version
from services.reporting.storage import Parked
from tests.services.reporting.facts import held
from tests.services.reporting.streams import Streams, until

PARTITION = sum(held("s-1").key.encode()) % 2
WHY = "Personne ne le renverra."


@pytest_asyncio.fixture
async def streams(kafka: Kafka, reporting_engine: AsyncEngine) -> Streams:
    """Empty topics."""
    streams = Streams(kafka.bootstrap, reporting_engine)
    await streams.create()
    return streams


async def _execute(streams: Streams, statement: str) -> None:
    async with streams.engine.begin() as connection:
        await connection.execute(text(statement))


async def _break(streams: Streams, session: str) -> None:
    """Beside the readable ones, and in one batch with them."""
    key, _, headers = streams.desk.message(held(session))
    await streams.send((*streams.place(held(session)), (key, b"{", headers)))


async def _stopped(streams: Streams) -> Poison:
    with pytest.raises(Poison) as stopped:
        await streams.rebuild().run()
    return stopped.value


async def _give_up(streams: Streams, topic: str, partition: int, offset: int) -> Parked:
    return await GivingUp(streams.engine, streams.bootstrap, streams.projections).run(topic, partition, offset, WHY)


async def _give_up_what_stops(streams: Streams, poison: Poison) -> Parked:
    return await _give_up(streams, poison.place.topic, poison.place.partition, poison.parked.offset)


async def _given_up(streams: Streams) -> Sequence[GivenUpRecord]:
    async with streams.engine.connect() as connection:
        return await list_given_up(connection)


async def _topic_is_made_anew(streams: Streams) -> None:
    """The live version has read of the old one, and stops for good. In the new one two records of five are broken."""
    await streams.publish(held("s-0"))
    async with streams.following() as (_, _, sessions):
        await until(lambda: streams.passed(1))
        await streams.remake(streams.names[2])
        await streams.publish(held("s-1"), held("s-2"))
        await _break(streams, "s-8")
        await streams.publish(held("s-3"))
        await _break(streams, "s-9")

        async def stopped() -> bool:
            return "made anew" in (await sessions.check() or "")

        await until(stopped)


async def test_a_rebuild_of_a_topic_that_was_made_anew_gets_past_its_broken_records(streams: Streams) -> None:
    await _topic_is_made_anew(streams)

    first = await _give_up_what_stops(streams, await _stopped(streams))
    second = await _give_up_what_stops(streams, await _stopped(streams))
    await streams.rebuild().run()

    assert [(one.subject, one.reason) for one in (first, second)] == [
        ("session/s-8", "json_invalid"),
        ("session/s-9", "json_invalid"),
    ]
    kept = [(one.offset, one.subject, one.reason, one.given_up_reason) for one in await _given_up(streams)]
    assert kept == [(one.offset, one.subject, one.reason, WHY) for one in (first, second)]
    await switch_version(streams.engine, 2, lag=0, force=True)
    assert await streams.desk.value("I14") == 3


async def test_a_filled_version_that_stands_still_gets_past_it(streams: Streams) -> None:
    """The live version has other tables than this release, so it cannot say what it has parked."""
    await streams.rebuild().run()
    await _execute(streams, "UPDATE projection SET shape = shape - 1 WHERE version = 1")
    await _break(streams, "s-8")
    async with streams.following() as (_, _, sessions):

        async def stands() -> bool:
            known = sessions._projectors.get(2)
            return known is not None and "leaves none out" in (await known[0].check() or "")

        await until(stands)
        await _give_up(streams, streams.names[2], PARTITION, 0)

        await until(lambda: streams.passed(2))


async def test_what_postgresql_refuses_in_the_version_that_is_filled(streams: Streams) -> None:
    await streams.publish(held("s-1"), held("s-2"), held("s-3"))
    await begin_version(streams.engine)
    await _execute(streams, "ALTER TABLE projection_2.session_fact ADD CHECK (session <> 's-2')")

    given_up = await _give_up_what_stops(streams, await _stopped(streams))
    await streams.rebuild().run()

    assert (given_up.subject, given_up.reason) == ("session/s-2", "not_storable")
    assert len((await streams.rows(2))["session_fact"]) == 2


async def test_what_is_readable_is_not_given_up_and_nothing_of_it_is_written(streams: Streams) -> None:
    await streams.publish(held("s-1"))
    await _break(streams, "s-8")
    await _stopped(streams)

    with pytest.raises(Refused, match="est lisible"):
        await _give_up(streams, streams.names[2], PARTITION, 0)

    assert (await streams.rows(2))["session_fact"] == []
    assert await _given_up(streams) == []


async def test_only_what_a_version_that_is_filled_has_not_passed(streams: Streams) -> None:
    await streams.publish(held("s-1"))
    await _break(streams, "s-8")
    topic = streams.names[2]
    with pytest.raises(Refused, match=r"pas mis de côté.*Aucune version"):
        await _give_up(streams, topic, PARTITION, 2)
    await _stopped(streams)

    refused = {"Aucune version": (topic, 7, 2), "ne s'y arrête": ("elsewhere", 0, 0)}
    # The mark of a transaction, and beyond the end.
    refused |= {"à l'offset 3": (topic, PARTITION, 3), "à l'offset 99": (topic, PARTITION, 99)}
    for words, place in refused.items():
        with pytest.raises(Refused, match=words):
            await _give_up(streams, *place)
    await _give_up(streams, topic, PARTITION, 2)
    await streams.rebuild().run()
    with pytest.raises(Refused, match="Aucune version"):
        await _give_up(streams, topic, PARTITION, 2)

    assert [one.offset for one in await _given_up(streams)] == [2]


async def test_a_record_of_a_topic_that_was_made_anew_since_is_not_read(streams: Streams) -> None:
    await _break(streams, "s-8")
    await _stopped(streams)
    await streams.remake(streams.names[2])
    await _break(streams, "s-9")

    with pytest.raises(Refused, match="supprimé ou recréé"):
        await _give_up(streams, streams.names[2], PARTITION, 0)

    assert await _given_up(streams) == []
