"""A reader of today meets words of tomorrow: they are `unknown` to it, and nothing is counted twice or lost."""

import json
from typing import Any

import pytest

from contracts.registry import ConventionSigned
from contracts.sessions import SessionHeld
from contracts.vocabulary import ActingRole, Activity, Attendance, Level, PartyRole, StandStatus
from tests.contracts.documents import validator

HELD: dict[str, Any] = {
    "version": 1,
    "session": "s-1",
    "programme": "ales",
    "activity": "tutorat",
    "starts_at": "2019-01-07T17:00:00+01:00",
    "minutes": 60,
}


def read(**more: Any) -> SessionHeld:
    assert validator(SessionHeld.type, "reader").is_valid({**HELD, **more})
    return SessionHeld.parse_read(json.dumps({**HELD, **more}))


@pytest.mark.parametrize("word", ["atelier_robotique", "unknown", ""])
def test_a_new_word_is_unknown_to_a_reader_and_refused_from_a_writer(word: str) -> None:
    assert read(activity=word).activity is Activity.UNKNOWN
    assert not validator(SessionHeld.type, "writer").is_valid({**HELD, "activity": word})
    with pytest.raises(ValueError, match="must be one of: information, "):
        SessionHeld.parse_written(json.dumps({**HELD, "activity": word}))


def test_a_new_word_in_a_roll_is_unknown_too() -> None:
    held = read(presences=[{"record": "b1", "status": "en_avance", "avec": "parent"}])

    assert held.presences[0].status is Attendance.UNKNOWN


def test_a_new_word_for_a_stand_or_a_role_is_unknown_too() -> None:
    held = read(stands=[{"organisation": "enac", "status": "reporte"}, {"organisation": "isae-supaero"}])
    signed = {"version": 1, "convention": "c", "programme": "ales", "organisation": "enac", "role": "mecene"}
    convention = ConventionSigned.parse_read(json.dumps({**signed, "valid": {"starts_on": "2019-01-01"}}))

    assert [stand.status for stand in held.stands] == [StandStatus.UNKNOWN, StandStatus.CONFIRME]
    assert convention.party_role is PartyRole.UNKNOWN


@pytest.mark.parametrize(
    ("party", "role"),
    [({"establishment": "0300002P"}, PartyRole.ENCORDE), ({"organisation": "enac"}, PartyRole.PARTENAIRE)],
)
def test_a_convention_without_a_role_says_what_its_party_is(party: dict[str, str], role: PartyRole) -> None:
    signed = {"version": 1, "convention": "c", "programme": "ales", "valid": {"starts_on": "2019-01-01"}, **party}

    assert ConventionSigned.parse_read(json.dumps(signed)).party_role is role


def test_two_new_levels_of_one_establishment_are_one_cell_with_all_their_pupils() -> None:
    cells = [("BTS_A", 4, 2), ("2GT", 10, 5), ("BTS_B", 6, 1)]
    held = read(
        headcounts=[{"establishment": "0300002P", "level": lvl, "pupils": n, "girls": g} for lvl, n, g in cells]
    )

    assert {(cell.level, cell.pupils, cell.girls) for cell in held.headcounts} == {
        (Level.UNKNOWN, 10, 3),
        (Level.SECONDE_GT, 10, 5),
    }


def test_girls_are_unknown_when_one_of_the_new_levels_does_not_say() -> None:
    cells = [{"establishment": "0300002P", "level": "BTS_A", "pupils": 4, "girls": 2}]
    cells.append({"establishment": "0300002P", "level": "BTS_B", "pupils": 1})

    assert [(cell.pupils, cell.girls) for cell in read(headcounts=cells).headcounts] == [(5, None)]


@pytest.mark.parametrize(("first", "second", "kept"), [(20, 50, 50), (50, 20, 50), (50, None, None), (None, 50, None)])
def test_a_person_in_two_new_roles_is_there_once_for_the_longer_time(
    first: int | None, second: int | None, kept: int | None
) -> None:
    roles = [("mentor", first), ("parrain", second)]
    held = read(acting=[{"record": "t1", "role": role, "minutes": minutes} for role, minutes in roles])

    assert [(person.role, person.minutes) for person in held.acting] == [(ActingRole.UNKNOWN, kept)]


def test_the_same_known_cell_twice_is_refused_from_everybody() -> None:
    twice = [{"establishment": "0300002P", "level": "2GT", "pupils": n} for n in (1, 2)]

    with pytest.raises(ValueError, match="establishment and level twice"):
        read(headcounts=twice)
