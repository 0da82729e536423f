"""The running service gathers what has become quiet, and takes no more than its share; figures never wait for it."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import date
from typing import Any

import pytest
from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import create_async_engine

from services.reporting import metrics
from services.reporting.app import SERVICE
from services.reporting.gathering import background
from services.reporting.gathering.background import Gathering, Pace
from services.reporting.gathering.stale import count_terms
from services.reporting.gathering.turn import Outcome
from services.reporting.tables import SHAPE, projection
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import at, held, present
from tests.services.reporting.gathered import check_gathered, check_sealed
from tests.services.reporting.streams import Streams, until

OCTOBER, MARCH = at(date(2018, 10, 3)), at(date(2019, 3, 6))
AT_ONCE = Pace(quiet=0, latest=0, look_every=0)


class Rests:
    """Instead of a pause: how long it would have been."""

    def __init__(self) -> None:
        self.taken: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.taken.append(seconds)
        await asyncio.sleep(0)


def _gathering(reporting: Reporting, pace: Pace = AT_ONCE) -> tuple[Gathering, Rests]:
    rests = Rests()
    return Gathering(reporting.engine, pace, rests), rests


async def _ago(reporting: Reporting, **seconds: float) -> None:
    """As if everything had been touched so long ago."""
    changed = ", ".join(f"{name} = now() - make_interval(secs => {ago})" for name, ago in seconds.items())
    async with reporting.engine.begin() as connection:
        await connection.execute(text(f"UPDATE projection_1.programme_term SET {changed}"))  # noqa: S608 - our own


async def _stale(reporting: Reporting) -> int:
    async with reporting.engine.connect() as connection:
        terms = await count_terms(connection, 1)
    assert terms is not None
    return terms.stale


def _value(gauge: Any) -> float:
    return float(gauge.labels(1)._value.get())


async def test_what_is_quiet_or_waits_for_long_is_gathered_and_nothing_else(reporting: Reporting) -> None:
    await reporting.receive(held("s-1", present("r-1"), starts_at=OCTOBER))
    gathering, _ = _gathering(reporting, Pace(quiet=50, latest=600))

    left = []
    for ago in ({"touched_at": 1, "stale_since": 500}, {"touched_at": 51}, {}):
        await _ago(reporting, **ago) if ago else None
        await gathering.round()
        left.append(await _stale(reporting))
        await reporting.receive(held(f"s-{len(left) + 1}", present("r-1"), starts_at=OCTOBER))
    await _ago(reporting, touched_at=1, stale_since=601)
    await gathering.round()

    assert left == [1, 0, 1]
    assert await _stale(reporting) == 0
    await check_gathered(reporting.engine)


async def test_the_quietest_term_comes_first_and_each_rest_is_in_proportion(reporting: Reporting) -> None:
    await reporting.receive([held("s-1", present("r-1"), starts_at=OCTOBER)])
    await _ago(reporting, touched_at=10)
    await reporting.receive(held("s-2", present("r-1"), starts_at=MARCH))
    gathering, rests = _gathering(reporting, Pace(quiet=0, latest=0, share=0.2))
    taken: list[tuple[float, date]] = []
    asked = gathering._try

    async def trying(version: int, key: Any) -> str:
        began = asyncio.get_running_loop().time()
        outcome = await asked(version, key)
        taken.append((asyncio.get_running_loop().time() - began, key[1]))
        return outcome

    gathering._try = trying  # type: ignore[method-assign]
    await gathering.round()

    assert [term for _, term in taken] == [date(2018, 9, 1), date(2019, 1, 1)]
    assert rests.taken == pytest.approx([4 * seconds for seconds, _ in taken], rel=0.2)


async def test_a_term_that_cannot_be_gathered_keeps_nobody_waiting(reporting: Reporting) -> None:
    await reporting.receive(held("s-1", present("r-1"), starts_at=OCTOBER))
    await _ago(reporting, touched_at=10)
    await reporting.receive(held("s-2", present("r-1"), starts_at=MARCH))
    async with reporting.engine.begin() as connection:
        broken = "ALTER TABLE projection_1.strand ADD CHECK (term <> '2018-09-01')"
        await connection.execute(text(broken))
    gathering, rests = _gathering(reporting, Pace(quiet=0, latest=60))

    for _ in range(3):
        await gathering.round()

    assert await _stale(reporting) == 1
    # It was tried once, the other one succeeded, and it has to wait before it is tried again.
    assert len(rests.taken) == 2
    assert await gathering.check() is None
    gathering._not_before = {place: moment - 60 for place, moment in gathering._not_before.items()}
    await gathering.round()
    assert len(rests.taken) == 3


async def test_what_comes_meanwhile_is_left_for_later(reporting: Reporting, monkeypatch: pytest.MonkeyPatch) -> None:
    await reporting.receive(held("s-1", present("r-1"), starts_at=OCTOBER))
    gathering, rests = _gathering(reporting, Pace(quiet=0, latest=60))

    async def too_late(*_: Any) -> Outcome:
        return Outcome.TOUCHED

    with monkeypatch.context() as busy:
        busy.setattr(background, "gather_stale", too_late)
        busy.setattr(gathering, "_pace", Pace(quiet=0.0001, latest=0))
        await gathering.round()
    assert (len(rests.taken), await _stale(reporting)) == (1, 1)
    await gathering.round()

    assert await _stale(reporting) == 0


async def test_it_shows_how_many_wait_and_for_how_long(reporting: Reporting) -> None:
    await reporting.receive(held("s-1", present("r-1"), starts_at=OCTOBER))
    await _ago(reporting, stale_since=100)
    gathering, _ = _gathering(reporting, Pace(quiet=1000, latest=1000))

    await gathering.round()
    shown = _value(metrics.STALE_TERMS), _value(metrics.STALE_SECONDS)
    await _another_shape(reporting)
    await gathering.round()

    assert shown == (1, pytest.approx(100, abs=20))
    assert [one for one in metrics.STALE_TERMS.collect() if one.samples] == []


async def _another_shape(reporting: Reporting) -> None:
    async with reporting.engine.begin() as connection:
        await connection.execute(update(projection).values(shape=SHAPE - 1))


async def test_a_version_of_another_release_is_left_alone(reporting: Reporting) -> None:
    await reporting.receive(held("s-1", present("r-1"), starts_at=OCTOBER))
    await _another_shape(reporting)

    gathering, rests = _gathering(reporting)
    await gathering.round()

    assert (await _stale(reporting), rests.taken) == (1, [])


async def test_without_a_database_it_waits_and_goes_on() -> None:
    engine = create_async_engine("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
    rests = Rests()
    task = asyncio.create_task(Gathering(engine, Pace(look_every=7), rests).run())

    await until(lambda: _rested(rests, 2))

    assert set(rests.taken) == {7}
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    await engine.dispose()


async def _rested(rests: Rests, times: int) -> bool:
    return len(rests.taken) >= times


async def test_a_lost_database_costs_no_term_its_turn(reporting: Reporting) -> None:
    await reporting.receive(held("s-1", present("r-1"), starts_at=OCTOBER), held("s-2", present("r-1")))
    gathering, rests = _gathering(reporting, Pace(quiet=0, latest=0))
    asked = gathering._due

    async def lost(version: int) -> Any:
        due = await asked(version)
        gathering._engine = create_async_engine("postgresql+asyncpg://nobody@127.0.0.1:1/nothing")
        return due

    gathering._due = lost  # type: ignore[method-assign]
    await gathering.round()
    gathering._engine, gathering._due = reporting.engine, asked  # type: ignore[method-assign]
    tried = len(rests.taken)
    await gathering.round()

    # One was tried in vain; without `latest` it may be tried again at once.
    assert (tried, await _stale(reporting)) == (1, 0)


async def test_a_round_ends_after_a_while_however_many_are_due(
    reporting: Reporting, monkeypatch: pytest.MonkeyPatch
) -> None:
    await reporting.receive(held("s-1", present("r-1"), starts_at=OCTOBER), held("s-2", present("r-1")))
    monkeypatch.setattr(background, "_ROUND", 0)
    gathering, _ = _gathering(reporting)

    left = []
    for _ in range(2):
        await gathering.round()
        left.append(await _stale(reporting))

    assert left == [1, 0]


def test_the_service_gathers_beside_following() -> None:
    names = [type(one).__name__ for one in _parts()]

    assert names == ["Following", "Following", "Following", "Gathering"]


def _parts() -> Sequence[Any]:
    class Settings:
        kafka_bootstrap, gather_quiet, gather_latest, gather_share = "", 5.0, 60.0, 0.2
        database_connections = 10

    class Context:
        settings, engine = Settings(), None

    return SERVICE.background(Context())  # type: ignore[arg-type]


async def test_several_gather_side_by_side_while_sessions_go_on_coming(streams: Streams) -> None:
    """Every snapshot on the way is right, and in the end nothing waits."""
    parts = [Gathering(streams.engine, AT_ONCE, Rests()) for _ in range(3)]
    async with streams.following():
        tasks = [asyncio.create_task(part.run()) for part in parts]
        for n in range(15):
            moved = held(f"s-{n % 7}", present(f"p-{n % 6}"), starts_at=OCTOBER if n % 2 else MARCH, version=3 + n)
            await streams.publish(moved, held(f"new-{n}", present("p-1"), starts_at=OCTOBER))
            await check_sealed(streams.engine)
        await until(lambda: streams.passed(1))
        await until(lambda: _nothing_waits(streams))
    for task in tasks:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task

    assert await check_sealed(streams.engine) == 2
    await check_gathered(streams.engine)


async def _nothing_waits(streams: Streams) -> bool:
    async with streams.engine.connect() as connection:
        terms = await count_terms(connection, 1)
    return terms is not None and terms.stale == 0
