"""Digests of events: what is the same content, and that the contracts may grow without changing any that stands."""

import json
from pathlib import Path

import pytest

from chassis.digests import digest_of
from chassis.references import RecordKeys
from contracts.sessions import SessionHeld

MINIMAL = {
    "version": 1,
    "session": "s-1",
    "programme": "ales",
    "activity": "tutorat",
    "starts_at": "2019-01-10T17:00:00+01:00",
    "minutes": 60,
    "presences": [{"record": "b001", "status": "present"}],
}
# Computed once, from the fields above alone: it must never change, whatever optional field the contract gains.
STANDING = "06cd8814"


@pytest.fixture
def keys(tmp_path: Path) -> RecordKeys:
    (tmp_path / "2018.key").write_text("07" * 32, encoding="ascii")
    return RecordKeys(tmp_path)


def digest(keys: RecordKeys, **more: object) -> str:
    return digest_of(keys, SessionHeld.parse_written(json.dumps(MINIMAL | more)))


def test_a_new_optional_field_changes_no_digest_that_stands(keys: RecordKeys) -> None:
    assert digest(keys)[:8] == STANDING


def test_what_is_said_by_default_is_the_same_content(keys: RecordKeys) -> None:
    assert digest(keys, stands=[], place=None, organisers=[]) == digest(keys)


def test_other_content_is_another_digest(keys: RecordKeys) -> None:
    assert digest(keys, minutes=61) != digest(keys)
    assert digest(keys, title="Les métaux") != digest(keys)
