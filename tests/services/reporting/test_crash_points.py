"""Killed, or robbed of its partition, at every single place where the loop waits: nothing is lost, nothing is double.

The places are enumerated: the real loop is stepped through, on real Kafka and PostgreSQL, and stopped once at each of
its suspensions. That no `await` of the loop is missing is held against the source.
"""

import pytest
import pytest_asyncio

from contracts.topics import PEOPLE_TOPIC, REGISTRY_TOPIC, SESSIONS_TOPIC
from services.reporting import batches, consumers, copying, storage
from services.reporting.engine import lane, topic_ids
from services.reporting.gathering import touching
from services.reporting.projections import compacted, people, registry, sessions
from tests.services.reporting.bonds import stand
from tests.services.reporting.crash_bench import Bench, Scenario
from tests.services.reporting.desk import Reporting
from tests.services.reporting.facts import BELLEVUE, held, member_of, organisation, present, profiled
from tests.services.reporting.stepping import Await, awaits_of, line_of
from tests.services.reporting.stock import OpenBench

LOOP = (consumers, lane, batches, storage, topic_ids, copying, compacted, people, registry, sessions, touching)

OUTSIDE = {
    "run": "around the loop",
    "fill": "around the loop: what it waits for is the next attempt",
    "_stand_still": "stands still on purpose",
    "_few_parked": "asked while it stands still",
    "_passes": "asked while it stands still",
    "_consume": "before the first and after the last turn; no transaction is open",
    "_follow": "around the turns",
    "_idle": "has no partition",
    "_show_parked": "reads a number for a gauge, before the first turn",
    "live_version": "readers only",
}
"""Functions whose waits lie outside of what is between fetching and committing."""
NEVER = {
    "await self._idle()": "a turn without a partition",
    "async with self._filling.room": "one lane alone has all the room",
    "async with asyncio.timeout": "only sets a time",
    "await self._consumer.position(partition)": "known since the seek: answers without waiting",
    "await connection.scalar(live)": "readers only",
    "await connection.get_raw_connection()": "held already: answers without waiting",
    "async with _driver(connection, table) as driver": "only gets that one",
}
"""Waits inside of it that are no place to stop at."""


DESK = Reporting.__new__(Reporting)
DESK._times = {}
ROLL = held("s-1", present("a-1"), present("a-2"), stands=(stand("inria"),))
CORRECTED = held("s-1", present("a-2"), version=2)
BROKEN = (b"programme/ales", b"{", DESK.message(held("s-0"))[2])

SCENARIOS = {
    "sessions": Scenario(
        SESSIONS_TOPIC,
        [BROKEN, DESK.message(ROLL), DESK.message(CORRECTED)],
        {
            "session_fact (session, version, at_offset)": [("s-1", 1, 1), ("s-1", 2, 2)],
            "session_roll (session, version, records)": [("s-1", 1, ["a-1", "a-2"]), ("s-1", 2, ["a-2"])],
            "stand (session, version, organisation)": [("s-1", 1, "inria")],
        },
        parked=[(0, "session/s-0")],
    ),
    "refused by PostgreSQL": Scenario(
        SESSIONS_TOPIC,
        [DESK.message(held("s-1")), DESK.message(held("s-2")), DESK.message(held("s-3"))],
        {
            "session_fact (session, version, at_offset)": [("s-1", 1, 0), ("s-3", 1, 2)],
        },
        parked=[(1, "session/s-2")],
        prepare="ALTER TABLE projection_1.session_fact ADD CHECK (session <> 's-2')",
    ),
    "people": Scenario(
        PEOPLE_TOPIC,
        [
            DESK.message(profiled("a-1")),
            DESK.message(profiled("a-9")),
            (b"profile/a-9", None, ()),
            DESK.message(profiled("a-1", version=2, establishment=BELLEVUE)),
        ],
        {
            "profile (record, version)": [("a-1", 2)],
            "profile_span (record, item, establishment)": [("a-1", 0, BELLEVUE)],
        },
    ),
    "registry": Scenario(
        REGISTRY_TOPIC,
        [DESK.message(organisation("imt", member_of("ip-paris")))],
        {
            "organisation (organisation, version)": [("imt", 1)],
            "membership (organisation, item, parent)": [("imt", 0, "ip-paris")],
        },
        strict=True,
    ),
}

PARAMETERS = ["sessions", *(pytest.param(name, marks=pytest.mark.storm) for name in SCENARIOS if name != "sessions")]
"""One in the ordinary run, for a quarter of a minute each; all of them with `pytest -m "storm or not storm"`."""


@pytest_asyncio.fixture
async def bench(request: pytest.FixtureRequest, open_bench: OpenBench) -> Bench:
    """The scenario that the test names."""
    return await open_bench(Bench, SCENARIOS[request.param])


async def _everywhere(bench: Bench, *, robbed: bool) -> None:
    points = await bench.points()
    stop_at = bench.robbed_at if robbed else bench.killed_at
    for n, point in enumerate(points, start=1):
        # The way of the undisturbed run, step by step: so the place was come by, and no other is left out.
        assert await stop_at(point) == points[:n]


@pytest.mark.parametrize("bench", PARAMETERS, indirect=True)
async def test_killed_wherever_it_waits_it_loses_and_doubles_nothing(bench: Bench) -> None:
    await _everywhere(bench, robbed=False)


@pytest.mark.parametrize("bench", PARAMETERS, indirect=True)
async def test_robbed_of_its_partition_wherever_it_waits_it_loses_and_doubles_nothing(bench: Bench) -> None:
    await _everywhere(bench, robbed=True)


async def test_every_wait_of_the_loop_is_among_those_points(open_bench: OpenBench) -> None:
    reached: set[Await] = set()
    for scenario in SCENARIOS.values():
        bench = await open_bench(Bench, scenario)
        reached |= {place for point in await bench.points() for place in point.places}
    source = [place for place, name in awaits_of(LOOP).items() if name not in OUTSIDE]
    missing = {line_of(place) for place in source if place not in reached}

    assert len(source) > 40
    assert {line for line in missing if not any(known in line for known in NEVER)} == set()
    assert [known for known in NEVER if not any(known in line for line in missing)] == []
