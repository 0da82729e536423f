"""Organisations as a dated tree, and persons with several records, in the independent count (R4, R11)."""

import pytest

from tests.examples.spoken import (
    REGISTERED,
    acting,
    asked,
    cells,
    engaged,
    held,
    joined,
    member_of,
    organisation,
    profiled,
    programme,
)

AUTUMN = "2018-10-03"
NEXT_YEAR = "2019-10-02"


def test_an_organisation_and_all_above_it_count_each_for_itself() -> None:
    entries = [organisation("ipp", "centre"), organisation("x", "ecole", member_of("ipp", "2010-09-01", "2019-03-01")),
               organisation("y", "ecole", member_of("ipp")), programme("ales", "x"), *REGISTERED[2:]]  # fmt: skip
    facts = [profiled("a1"), profiled("b1"), held("s1", "a1", on=AUTUMN), held("s2", "a1", "b1", organisers=["y"]),
             held("s3", "b1", on="2019-03-01")]  # fmt: skip

    found = asked(facts, "I04", by="organisation", entries=entries)

    # s3 is of x alone, which had left by then; both pupils were at something of ipp all the same.
    assert cells(found) == {"ipp": (2, 2), "x": (2, 2), "y": (2, 2)}
    assert asked(facts, "I11", organisation="ipp", entries=entries)["value"] == 3
    assert asked(facts, "I11", organisation="x", entries=entries)["value"] == 2
    assert cells(asked(facts, "I11", organisation="ipp", by="organisation", entries=entries)) == {
        "ipp": 3, "x": 1, "y": 2
    }  # fmt: skip


def test_cells_of_organisations_stand_within_the_one_asked_for() -> None:
    entries = [organisation("ipp", "centre"), organisation("x", "ecole", member_of("ipp")), programme("ales", "x")]
    facts = [profiled("a1"), held("s1", "a1", organisers=["x", "y"])]

    assert cells(asked(facts, "I02", by="organisation", organisation="x", entries=entries)) == {}
    assert cells(asked(facts, "I11", by="organisation", organisation="x", entries=entries)) == {"x": 1}
    assert cells(asked(facts, "I11", by="organisation", entries=entries)) == {"ipp": 1, "x": 1, "y": 1}


def test_vector_e_the_same_students_count_once_above_both_organisers() -> None:
    entries = [organisation("ipp", "centre"), organisation("x", "ecole", member_of("ipp")),
               organisation("telecom", "ecole", member_of("ipp")), programme("ales", "ipp")]  # fmt: skip
    students = [engaged(f"t{number}") for number in range(500)]
    lines = acting(*(f"t{number}" for number in range(500)), role="animateur")
    facts = [*students, held("s1", acting=lines, organisers=["x"]), held("s2", acting=lines, organisers=["telecom"])]

    found = asked(facts, "I08", organisation="ipp", by="organisation", entries=entries)

    assert (found["value"], cells(found)) == (500, {"ipp": 500, "x": 500, "telecom": 500})


def test_two_records_of_one_person_are_one_in_a_roll_and_in_every_cell() -> None:
    lines = [{"record": "a1", "status": "absent_non_justifie"}, {"record": "b1", "status": "retard", "minutes": 20}]
    one = joined(("app", "a1", 2018), ("app", "b1", 2018))
    facts = [profiled("a1", level="2GT"), one, held("s1", presences=lines)]

    assert asked(facts, "I04")["value"] == 1
    assert cells(asked(facts, "I11", by="level")) == {"2GT": pytest.approx(1 / 3)}


def test_an_activity_without_organisers_is_of_those_of_its_programme_that_day() -> None:
    runs = [{"organisation": "x", "starts_on": "2018-09-01", "ends_on": "2019-03-06"},
            {"organisation": "y", "starts_on": "2019-03-06"}]  # fmt: skip
    entries = [organisation("x"), organisation("y"), programme("ales", *runs)]
    facts = [
        held("s1", on="2019-03-05"),
        held("s2", on="2019-03-06", minutes=30),
        held("s3", organisers=["x"], minutes=5),
    ]

    assert asked(facts, "I13", organisation="x", entries=entries)["details"]["minutes"] == 65
    assert asked(facts, "I13", organisation="y", entries=entries)["details"]["minutes"] == 30
