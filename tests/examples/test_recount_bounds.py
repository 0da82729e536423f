"""Pupils of whom some were named and others only declared by number (R12), counted in small worlds by hand."""

import random

import pytest

from tests.examples.spoken import (
    asked,
    cells,
    declares,
    held,
    profiled,
)

NEXT_YEAR = "2019-10-02"


def test_bounds_in_a_cell_are_those_of_its_own_headcounts() -> None:
    there = profiled("a1"), profiled("b1", level="1G"), held("s1", "a1", "b1", activity="forum")

    found = asked([*there, declares("s2", 30), declares("s3", 5, level="1G")], "I01", by="level")

    assert (found["low"], found["high"], found["value"]) == (2 + 29 + 4, 2 + 35, None)
    assert cells(found) == {"2GT": (30, 31), "1G": (5, 6)}


def test_a_headcount_without_level_is_a_cell_of_its_own() -> None:
    found = asked([profiled("a1"), declares("s1", 30, level=None, presences=[{"record": "a1", "status": "present"}])],
                  "I01", by="level")  # fmt: skip

    # a1 was there and may be one of the thirty, whom nobody told by level; R12 takes off whoever is named once more.
    assert cells(found) == {"2GT": (1, 1), "non_renseigne": (28, 30)}
    assert (found["low"], found["high"]) == (29, 31)


def test_pupils_declared_without_level_may_be_those_of_all_levels_of_their_school() -> None:
    there = profiled("a1"), held("s0", "a1", activity="forum")
    levels = [declares("s1", 10), declares("s2", 8, level="1G")]

    # 2GT: 9 beyond a1; 1G: 8; without level: 19 beyond a1, or 14.
    many = asked([*there, *levels, declares("s3", 20, level=None)], "I01")
    few = asked([*there, *levels, declares("s3", 15, level=None)], "I01")

    assert (many["low"], many["high"]) == (1 + 19, 1 + 10 + 8 + 20)
    assert (few["low"], few["high"]) == (1 + 17, 1 + 10 + 8 + 15)


def test_pupils_declared_without_level_are_no_others_of_their_school_alone() -> None:
    elsewhere = {"establishment": "0300125Y", "pupils": 4}
    facts = [declares("s1", 10), declares("s2", 12, level=None), held("s3", activity="forum", headcounts=[elsewhere]),
             declares("s4", 5, on=NEXT_YEAR)]  # fmt: skip

    assert asked(facts, "I01")["low"] == 12 + 4
    assert asked(facts, "I01", "2019")["low"] == 12 + 4
    assert cells(asked(facts, "I01", by="establishment")) == {"0300077W": (12, 22), "0300125Y": (4, 4)}


@pytest.mark.parametrize(
    ("uai", "level", "low", "high"),
    [
        ("0300077W", "2GT", 4 + 7 + 6, 4 + 10 + 6),
        ("0300077W", None, 4 + 7 + 3, 4 + 10 + 6),
        (None, "2GT", 4 + 7 + 6, 4 + 10 + 6),
        (None, None, 4 + 7 + 3, 4 + 10 + 6),
        ("0300125Y", None, 4 + 10 + 6, 4 + 10 + 6),
        (None, "3E", 4 + 10 + 6, 4 + 10 + 6),
    ],
)
def test_whoever_is_named_may_be_declared_wherever_nothing_speaks_against_it(
    uai: str | None, level: str, low: int, high: int
) -> None:
    strangers = [profiled(name, uai=uai, level=level) for name in ("a1", "b1", "c1")]
    facts = [*strangers, profiled("d1", uai="0300125Y", level="TG"), held("s0", "a1", "b1", "c1", "d1"),
             declares("s1", 10), declares("s2", 6, level="1G")]  # fmt: skip

    found = asked(facts, "I04")

    assert (found["low"], found["high"]) == (low, high)


def test_only_who_is_known_to_be_of_the_class_is_taken_off_the_top() -> None:
    strangers = [profiled("a1", level=None), profiled("b1", uai=None), profiled("c1")]
    roll = [{"record": name, "status": "present"} for name in ("a1", "b1", "c1")]

    found = asked([*strangers, declares("s1", 10, presences=roll)], "I01")
    without = asked([*strangers, declares("s1", 10, level=None, presences=roll)], "I01")

    # All three may be among the ten: seven are left, less the three who are named (R12). Only c1 must be.
    assert (found["low"], found["high"]) == (3 + 4, 3 + 9)
    assert (without["low"], without["high"]) == (3 + 4, 3 + 10)


@pytest.mark.parametrize("seed", range(60))
def test_the_truth_lies_within_the_bounds_whatever_is_left_out(seed: int) -> None:
    chance = random.Random(seed)
    pupils = {f"p{each}": (chance.choice(["0300077W", "0300125Y"]), chance.choice(["2GT", "1G"])) for each in range(12)}
    told = {
        name: profiled(name, uai=chance.choice([uai, None]), level=chance.choice([level, None]))
        for name, (uai, level) in pupils.items()
    }
    truth, facts = set[str](), list(told.values())
    for number in range(4):
        there = {name for name in pupils if chance.random() < 0.4}
        group = chance.choice(sorted(pupils.values()))
        declared = {name for name in there if pupils[name] == group}
        named = {name for name in there if name not in declared or chance.random() < 0.3}
        line = {"establishment": group[0], "level": chance.choice([group[1], None]), "pupils": len(declared)}
        facts.append(held(f"s{number}", *sorted(named), headcounts=[line]))
        truth |= there

    found = asked(facts, "I04")

    assert found["low"] <= len(truth) <= found["high"]


def test_whoever_was_named_without_a_school_may_be_among_those_declared_in_any() -> None:
    facts = [profiled("a1", uai=None), held("s1", "a1", activity="forum"), declares("s2", 10)]

    assert cells(asked(facts, "I01", by="establishment")) == {"0300077W": (9, 10), "non_renseigne": (1, 1)}
    assert cells(asked(facts, "I01", by="type")) == {"lycee_gt": (9, 10), "non_renseigne": (1, 1)}


def test_a_breakdown_that_no_headcount_answers_widens_only_the_top() -> None:
    there = profiled("a1", qpv="oui"), profiled("b1", qpv="non"), held("s1", "a1", "b1", activity="forum")

    assert cells(asked([*there, declares("s2", 30)], "I01", by="qpv")) == {
        "oui": (1, 31), "non": (1, 31), "non_renseigne": (0, 30)
    }  # fmt: skip


def test_girls_who_were_counted_are_girls() -> None:
    there = profiled("a1", gender="F"), profiled("b1", gender="M"), held("s1", "a1", "b1", activity="forum")

    # Of the ten girls one may be a1; the twenty others are not girls, and nobody said what they are.
    assert cells(asked([*there, declares("s2", 30, girls=10)], "I01", by="gender")) == {
        "F": (10, 11), "M": (1, 21), "X": (0, 20), "non_renseigne": (0, 20)
    }  # fmt: skip


def test_a_headcount_alone_opens_the_cells_that_it_can_answer() -> None:
    counted, uncounted = declares("s1", 30, girls=10), declares("s1", 30)

    assert cells(asked([counted], "I01", by="gender")) == {"F": (10, 10)} | dict.fromkeys(
        ("M", "X", "non_renseigne"), (0, 20)
    )
    anybody = dict.fromkeys(("F", "M", "X", "non_renseigne"), (0, 30))
    assert cells(asked([uncounted], "I01", by="gender")) == anybody
    for name in ("qpv", "scholarship", "rural"):
        assert cells(asked([counted], "I04", by=name)) == dict.fromkeys(("oui", "non", "non_renseigne"), (0, 30))
    assert cells(asked([declares("s1", 30, girls=30)], "I01", by="gender")) == {"F": (30, 30)}


def test_pupils_declared_may_be_of_any_track_that_is_known() -> None:
    tutored = profiled("a1", track="pcsi"), profiled("b1"), held("s1", "a1", "b1")
    informed = profiled("c1", track="pc"), held("s2", "c1", activity="forum"), declares("s3", 30)

    assert cells(asked([*tutored, *informed], "I04", by="track")) == {
        "pcsi": (1, 31), "pc": (1, 31), "non_renseigne": (1, 31)
    }  # fmt: skip
    assert cells(asked([*tutored, *informed], "I01", by="track")) == {"pc": (1, 31), "non_renseigne": (0, 30)}
    assert cells(asked(tutored, "I04", by="track")) == {"pcsi": (1, 1), "non_renseigne": (1, 1)}


def test_who_was_named_at_the_same_activity_is_not_declared_again() -> None:
    named = [{"record": "a1", "status": "present"}]
    girl = profiled("a1", gender="F", qpv="oui")

    # Nine remain to be declared, and the lower bound takes the one who is named off once more (R12).
    assert cells(asked([girl, declares("s1", 30, girls=10, presences=named)], "I01", by="gender"))["F"] == (9, 10)
    assert cells(asked([girl, declares("s1", 30, presences=named)], "I01", by="qpv"))["oui"] == (1, 30)


def test_a_girl_who_is_named_is_none_of_those_who_are_not_girls() -> None:
    genders = {"a1": "F", "b1": "M", "c1": None, "d1": "X"}
    people = [profiled(name, gender=gender) for name, gender in genders.items()]
    roll = [{"record": name, "status": "present"} for name in genders]

    found = cells(asked([*people, declares("s1", 30, girls=10, presences=roll)], "I01", by="gender"))

    # Of the twenty who are not girls b1 and d1 are two; c1 may be one, or not.
    assert (found["M"], found["X"], found["non_renseigne"]) == ((1, 19), (1, 19), (1, 19))


def test_a_level_that_changed_in_the_period_is_compared_with_the_level_of_the_day() -> None:
    facts = [profiled("a1", level="3E"), profiled("a1", year=2019), held("s1", "a1", activity="forum"),
             held("s2", "a1", activity="forum", on=NEXT_YEAR), declares("s3", 30, on=NEXT_YEAR)]  # fmt: skip

    found = asked(facts, "I01", "2019", by="level", stable=["app"])

    assert cells(found) == {"3E": (1, 1), "2GT": (29, 30)}
    assert (found["low"], found["high"]) == (30, 31)
