"""References become ids without asking anybody, and dates become school years."""

import hashlib
import uuid
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from chassis.digests import digest_of
from chassis.references import NoRecordKey, RecordKeys, paris_day, school_year_of, session_id
from contracts.people import PupilProfiled


@pytest.fixture
def keys(tmp_path: Path) -> RecordKeys:
    for year in (2018, 2019):
        (tmp_path / f"{year}.key").write_text(f"{year:064x}")
    (tmp_path / "made").write_text("2017\n2018\n2019")
    return RecordKeys(tmp_path)


def test_the_same_reference_gives_the_same_id_within_a_year_and_another_in_the_next(keys: RecordKeys) -> None:
    first = keys.record_id(2018, "urn:a", "p-1")

    assert first == keys.record_id(2018, "urn:a", "p-1")
    assert len({first, keys.record_id(2019, "urn:a", "p-1"), keys.record_id(2018, "urn:b", "p-1")}) == 3
    assert (uuid.UUID(first).version, uuid.UUID(first).variant) == (8, uuid.RFC_4122)


def test_parts_cannot_be_shifted_into_one_another(keys: RecordKeys) -> None:
    assert keys.record_id(2018, "urn:a", "bc") != keys.record_id(2018, "urn:ab", "c")
    assert session_id("urn:a", "1", "23") != session_id("urn:a", "12", "3")


def test_a_destroyed_key_closes_its_year_at_once(keys: RecordKeys, tmp_path: Path) -> None:
    keys.record_id(2018, "urn:a", "p-1")
    (tmp_path / "2018.key").unlink()

    with pytest.raises(NoRecordKey):
        keys.record_id(2018, "urn:a", "p-1")
    assert keys.years() == (2019,)


def test_keys_opened_for_a_batch_look_at_each_file_once_and_the_next_batch_again(
    keys: RecordKeys, tmp_path: Path
) -> None:
    opened = keys.opened()
    first = opened.record_id(2018, "urn:a", "p-1")
    (tmp_path / "2018.key").unlink()

    assert opened.record_id(2018, "urn:a", "p-1") == first
    assert opened.years() == (2019,)
    with pytest.raises(NoRecordKey):
        keys.opened().record_id(2018, "urn:a", "p-1")


def test_a_year_that_was_closed_when_the_keys_were_opened_stays_closed(keys: RecordKeys, tmp_path: Path) -> None:
    opened = keys.opened()
    with pytest.raises(NoRecordKey):
        opened.digest(2020, b"data")
    (tmp_path / "2020.key").write_text("ab" * 32)

    with pytest.raises(NoRecordKey):
        opened.digest(2020, b"data")
    assert keys.digest(2020, b"data") == keys.opened().digest(2020, b"data")


def test_a_short_key_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "2018.key").write_text("abcd")

    with pytest.raises(ValueError, match=r"2018\.key"):
        RecordKeys(tmp_path).record_id(2018, "urn:a", "p-1")


@pytest.mark.parametrize(
    ("moment", "day", "year"),
    [
        (datetime(2019, 8, 31, 21, 59, tzinfo=UTC), date(2019, 8, 31), 2018),
        (datetime(2019, 8, 31, 22, 0, tzinfo=UTC), date(2019, 9, 1), 2019),
        (datetime(2018, 12, 31, 23, 0, tzinfo=UTC), date(2019, 1, 1), 2018),
        (datetime(2019, 7, 15, 12, 0, tzinfo=UTC), date(2019, 7, 15), 2018),
    ],
)
def test_the_school_year_is_that_of_the_date_in_paris(moment: datetime, day: date, year: int) -> None:
    assert paris_day(moment) == day
    assert school_year_of(day) == year


def test_a_digest_is_worth_nothing_without_the_key_of_its_year(keys: RecordKeys, tmp_path: Path) -> None:
    event = PupilProfiled.parse_written(
        b'{"record":"p1","version":1,"school_year":2018,"spans":[{"starts_on":"2018-09-01"}]}'
    )
    before = digest_of(keys, event)
    (tmp_path / "2018.key").write_text("ff" * 32)

    assert before != digest_of(keys, event)
    assert before != hashlib.sha256(event.type.encode() + b"\0" + event.to_data()).hexdigest()
