"""What comes after the figures are out: a corrected roll and a cancelled session move hours, and nobody."""

import json
from collections import Counter
from typing import Any

import pytest

from tests.examples.conftest import PROGRAMMES, Generated
from tests.examples.heard import listen


@pytest.mark.parametrize("programme", PROGRAMMES)
def test_the_second_act_moves_hours_and_activities_and_nobody(generated: Generated, programme: str) -> None:
    file = PROGRAMMES[programme]
    folder = generated(1, file=file)
    named = json.loads((folder / "second_act.json").read_text(encoding="utf-8"))

    before, after = listen(folder, file), listen(folder, file, "second_act.ndjson")

    minutes, seen = zip(*(tally(heard.standing["session.held"], heard) for heard in (before, after)), strict=True)
    assert len(named["corrected"]["absent"]) == 3
    assert len(before.standing["session.held"]) == len(after.standing["session.held"]) + 1
    assert sum(minutes[0].values()) > sum(minutes[1].values()) + 180
    assert seen[0] == seen[1]


def tally(rolls: list[dict[str, Any]], heard: Any) -> tuple[Counter[Any], set[Any]]:
    """Minutes of pupils; and who is there or acts, in which school year and kind of activity."""
    minutes, there = Counter[Any](), set[Any]()
    for held in rolls:
        year = int(held["starts_at"][:4]) - (held["starts_at"][5:7] < "09")
        acting = {heard.person(held["source"], line["record"], year): 0 for line in held["acting"]}
        for person, attended in {**acting, **heard.there(held)}.items():
            minutes[person, year, held["activity"]] += attended
            there.add((person, year, held["activity"]))
    return minutes, there


@pytest.mark.parametrize(("programme", "role"), [("x", "pupil"), ("albi", "tutor")])
def test_the_second_act_takes_ten_hours_of_tutoring_from_nobody(
    generated: Generated, programme: str, role: str
) -> None:
    file = PROGRAMMES[programme]
    long_enough = []
    for more in ((), ("second_act.ndjson",)):
        heard, minutes = listen(generated(1, file=file), file, *more), Counter[Any]()
        for year in (2022, 2023):
            for held in heard.held(year, tutoring=True):
                tutors = {
                    (heard.person(held["source"], line["record"], year), year): line.get("minutes", held["minutes"])
                    for line in held["acting"]
                }
                pupils = {(person, year): attended for person, attended in heard.there(held).items()}
                minutes.update(tutors if role == "tutor" else pupils)
        long_enough.append({who for who, attended in minutes.items() if attended >= 600})

    assert len(long_enough[0]) > 50
    assert long_enough[0] == long_enough[1]
