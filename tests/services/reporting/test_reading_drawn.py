"""The hot path gives what the contracts give: drawn records of every type, regular and broken in every way we know.

Thousands cost a second, and a failure names its seed.
"""

from collections import Counter
from random import Random
from typing import Any

import pytest

from contracts.people import PupilEnrolled, PupilProfiled, StudentEnrolled, VolunteerEngaged
from contracts.sessions import SessionHeld
from contracts.topics import PEOPLE_TOPIC, SESSIONS_TOPIC, topic_of
from contracts.uai import control_letter
from services.reporting.projections import Arrived
from services.reporting.reading import read_by_contract, read_record
from services.reporting.storage import Parked
from tests.services.reporting.broken_records import drawn, with_one_odd_place
from tests.services.reporting.desk import Received
from tests.services.reporting.drawn_records import KINDS, as_json, fullest, headers_of
from tests.services.reporting.reading_alike import is_regular, told


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_odd_value_in_every_place_is_read_as_the_contracts_read_it(kind: Any) -> None:
    topic, headers, ways = topic_of(kind), headers_of(Random(1), kind), Counter[str]()
    for data in with_one_odd_place(kind):
        record = Received(0, 1, b"key", as_json(data), headers)
        found, wanted = read_record(topic, record), read_by_contract(topic, record)

        assert told(found) == told(wanted), data
        ways[type(found).__name__] += 1

    assert min(ways["Arrived"], ways["Parked"]) > 50


@pytest.mark.parametrize(
    ("field", "limit"),
    [("organisers", 50), ("presences", 5_000), ("headcounts", 500), ("acting", 1_000), ("stands", 500)],
)
def test_lists_are_as_long_as_the_contracts_let_them_be(field: str, limit: int) -> None:
    def record(length: int) -> Received:
        lines = [line(field, number) for number in range(length)]
        data = {**fullest(SessionHeld), field: lines}
        return Received(0, 1, b"key", as_json(data), headers_of(Random(1), SessionHeld))

    assert isinstance(read_record(SESSIONS_TOPIC, record(limit)), Arrived)
    assert is_regular(SESSIONS_TOPIC, record(limit))
    assert isinstance(read_record(SESSIONS_TOPIC, record(limit + 1)), Parked)


def line(field: str, number: int) -> Any:
    made, digits = f"00000000-0000-8000-8000-{number:012}", f"{number:07}"
    return {
        "organisers": f"s-{number}",
        "presences": {"record": made, "status": "present"},
        "headcounts": {"establishment": digits + control_letter(digits), "pupils": 1},
        "acting": {"record": made, "role": "tuteur"},
        "stands": {"organisation": f"s-{number}"},
    }[field]


@pytest.mark.parametrize("kind", [PupilProfiled, PupilEnrolled, VolunteerEngaged, StudentEnrolled])
def test_histories_are_as_long_as_the_contracts_let_them_be(kind: Any) -> None:
    fact = fullest(kind)
    for spans in (0, 1, 50, 51):
        data = {**fact, "spans": [fact["spans"][0]] * spans}
        record = Received(0, 1, b"key", as_json(data), headers_of(Random(1), kind))

        assert told(read_record(PEOPLE_TOPIC, record)) == told(read_by_contract(PEOPLE_TOPIC, record))


def hunt(seeds: range) -> Counter[str]:
    ways: Counter[str] = Counter()
    for seed in seeds:
        topic, record = drawn(Random(seed), broken=bool(seed % 8))
        found, wanted = read_record(topic, record), read_by_contract(topic, record)
        assert told(found) == told(wanted), f"seed {seed}: {record}"
        regular = is_regular(topic, record)
        assert regular or seed % 8, f"seed {seed} is regular: {record}"
        ways["regular" if regular else type(found).__name__] += 1
    return ways


def test_drawn_records_are_read_as_the_contracts_read_them() -> None:
    ways = hunt(range(4_000))

    assert min(ways[way] for way in ("regular", "Arrived", "Parked", "Skipped")) > 5, ways
    assert ways["regular"] > 1_000


@pytest.mark.storm
@pytest.mark.timeout(900)
def test_very_many_drawn_records_are_read_as_the_contracts_read_them() -> None:
    assert hunt(range(1_000_000, 1_500_000))["regular"] > 100_000
