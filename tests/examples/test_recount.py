"""The recount against the vectors that stand in the definitions, and against small cases counted by hand."""

import itertools

import pytest

from examples.recount.period import local_day, parse_period
from examples.recount.wording import verdict
from tests.examples.spoken import SITES, cancelled, counted, engaged, enrolled, held, joined, profiled

PUPILS = [profiled("a1"), profiled("b1"), profiled("c1")]
INFORMED = [
    held("s1", "a1", activity="information", starts_at="2019-02-06T14:00:00+01:00"),
    held("s2", "a1", "b1", activity="information", presences=[
        {"record": "a1", "status": "present"},
        {"record": "b1", "status": "present"},
        {"record": "c1", "status": "absent_justifie"},
    ]),
    held("s3", activity="forum", headcounts=[{"establishment": "0300077W", "level": "2GT", "pupils": 30}]),
    held("s4", activity="forum", headcounts=[{"establishment": "0300077W", "level": "2GT", "pupils": 28}]),
]  # fmt: skip


def test_vector_a_headcounts_make_an_interval() -> None:
    assert counted(PUPILS + INFORMED)["I01"] == {"nominative": 2, "low": 30, "high": 60}


def test_vector_b_a_pupil_corrected_to_absent_leaves_the_count() -> None:
    absent = [
        held("s1", activity="information", version=2),
        held("s2", "b1", activity="information", version=2),
    ]

    assert counted(PUPILS + INFORMED + absent)["I01"] == {"nominative": 1, "low": 30, "high": 59}


def test_vector_c_two_records_of_one_person_are_one_person() -> None:
    merged = [joined(("app", "a1", 2018), ("app", "b1", 2018))]

    assert counted(PUPILS + INFORMED + merged)["I01"]["nominative"] == 1


def test_vector_d_hours_and_sites() -> None:
    codes = list(SITES)
    pupils = [profiled(f"p{number}", uai=codes[number % 7]) for number in range(130)]
    # Thirty hours and forty-six minutes each.
    sessions = [held(f"s{number}", *(f"p{each}" for each in range(130)), minutes=923) for number in range(2)]

    found = counted(pupils + sessions)

    assert found["I11"]["minutes"] == 130 * 1846
    assert verdict("environ", 4000, found["I11"]["hours"]) == "established"
    assert (found["I05"]["value"], found["I05_uai"]["value"]) == (4, 7)


def test_vector_e_the_same_students_in_two_activities_count_once() -> None:
    students = [engaged(f"t{number}") for number in range(500)]
    acting = [{"record": f"t{number}", "role": "animateur"} for number in range(500)]

    found = counted(
        [*students, held("s1", acting=acting, organisers=["x"]), held("s2", acting=acting, organisers=["y"])]
    )

    assert found["I08"]["value"] == 500
    assert found["I09"]["value"] == 0


def test_any_order_counts_the_same() -> None:
    facts = [*PUPILS, enrolled("a1"), held("s1", "a1", "b1"), held("s1", "a1", version=3), cancelled("s2", version=2),
             held("s2", "c1")]  # fmt: skip
    expected = counted(facts)

    assert all(counted(order) == expected for order in itertools.islice(itertools.permutations(facts), 0, 5040, 37))
    assert expected["I11"]["minutes"] == 60


def test_only_an_enrolment_active_that_day_makes_a_tutee() -> None:
    facts = [*PUPILS, enrolled("a1"), enrolled("b1", starts_on="2019-03-07"), enrolled("c1", status="asked")]

    found = counted([*facts, held("s1", "a1", "b1", "c1")])

    assert found["I02"]["value"] == 1
    assert found["I02_inscrits"]["value"] == 2
    assert found["I04"]["low"] == 3


def test_a_reference_that_nobody_registered_counts_in_no_figure_of_persons() -> None:
    found = counted([held("s1", "a1", acting=[{"record": "t1", "role": "tuteur"}])])

    assert (found["I04"]["high"], found["I11"]["minutes"], found["I12"]["minutes"], found["I08"]["value"]) == (
        0,
        0,
        0,
        0,
    )
    assert (found["I13"]["minutes"], found["I14"]["value"]) == (60, 1)
    assert found["quality"]["unknown_references"] == 2


def test_a_reference_means_another_pupil_in_another_year_unless_the_system_keeps_it() -> None:
    facts = [profiled("a1"), profiled("a1", year=2019), held("s1", "a1"),
             held("s2", "a1", starts_at="2019-10-02T14:00:00+02:00")]  # fmt: skip

    assert counted(facts, "2019")["I04"]["low"] == 2
    assert counted(facts, "2019", stable=["app"])["I04"]["low"] == 1


def test_a_join_that_is_corrected_parts_the_wrong_ones() -> None:
    wrong = joined(("app", "a1", 2018), ("app", "b1", 2018))
    right = joined(("app", "a1", 2018), ("app", "c1", 2018), version=2)

    found = counted([*PUPILS, held("s1", "a1", "b1", "c1"), right, wrong])

    assert found["I04"]["low"] == 2


def test_of_two_records_of_one_person_on_a_roll_present_beats_absent_then_the_longer_minutes() -> None:
    lines = [
        {"record": "a1", "status": "absent_justifie", "minutes": 0},
        {"record": "b1", "status": "depart_anticipe", "minutes": 25},
        {"record": "c1", "status": "retard", "minutes": 40},
    ]
    one = joined(("app", "a1", 2018), ("app", "b1", 2018), ("app", "c1", 2018))

    found = counted([*PUPILS, one, held("s1", presences=lines)])

    assert (found["I04"]["low"], found["I11"]["minutes"]) == (1, 40)


def test_acting_minutes_leave_preparation_out_and_count_each_role() -> None:
    acting = [
        {"record": "t1", "role": "tuteur", "minutes": 50, "preparation_minutes": 30},
        {"record": "t1", "role": "accompagnateur"},
        {"record": "e1", "role": "tuteur"},
    ]

    found = counted([engaged("t1"), engaged("e1", "enseignant"), held("s1", acting=acting)])

    assert found["I12"]["minutes"] == 50 + 60 + 60
    assert (found["I08"]["value"], found["I09"]["value"]) == (1, 1)


def test_only_what_took_place_counts() -> None:
    planned = {**held("s3"), "said": "session.planned"}

    found = counted([*PUPILS, held("s1", "a1"), held("s2", "b1"), cancelled("s2", version=2), planned])

    assert found["I14"] == {"value": 1, "cancelled": 1, "rate": 0.5}
    assert found["I16"] == {"tutorat": 1}
    assert found["quality"]["missing_rolls"] == 1


def test_the_level_is_that_of_the_first_activity_of_the_period() -> None:
    facts = [profiled("a1"), profiled("a1", year=2019, level="1G"), enrolled("a1"), held("s1", "a1")]
    later = held("s2", "a1", starts_at="2019-10-02T14:00:00+02:00")

    assert counted([*facts, later], "2019", stable=["app"])["I02"]["by_level"] == {"2GT": 1}


def test_hours_per_tutee_are_spread_over_the_tutees() -> None:
    facts = [*PUPILS, *(enrolled(record) for record in ("a1", "b1", "c1"))]
    sessions = [held("s1", "a1", "b1", "c1"), held("s2", "b1", "c1"), held("s3", "c1", minutes=600)]

    spread = counted(facts + sessions)

    assert spread["I32"] == {
        "minutes": 900, "hours": 5, "q1_minutes": 90, "median_minutes": 120, "q3_minutes": 420
    }  # fmt: skip
    assert spread["I02_renforces"]["value"] == 1


def test_without_tutees_there_are_no_hours_per_tutee() -> None:
    assert counted([*PUPILS, held("s1", "a1")])["I32"] == {"value": None}


def test_a_place_or_a_headcount_reaches_a_school_without_a_named_pupil() -> None:
    headcounts = [{"establishment": "0301783A", "pupils": 12}, {"establishment": "0300056Y", "pupils": 0}]

    found = counted([held("s1", place="0301498R", headcounts=headcounts)])

    assert (found["I05"]["value"], found["I05_uai"]["value"]) == (2, 2)
    assert found["I11"]["headcount_minutes"] == 12 * 60


def test_an_activity_with_names_and_a_headcount_counts_only_the_rest_as_declared() -> None:
    headcounts = [{"establishment": "0300077W", "level": "2GT", "pupils": 5}]

    assert counted([*PUPILS, held("s1", "a1", "b1", headcounts=headcounts)])["I04"] == {
        "nominative": 2, "low": 3, "high": 5
    }  # fmt: skip


def test_pupils_declared_in_two_school_years_may_be_the_same_ones() -> None:
    first = held("s1", headcounts=[{"establishment": "0300077W", "pupils": 30}])
    second = held(
        "s2",
        headcounts=[{"establishment": "0300077W", "pupils": 20}],
        starts_at="2019-10-02T14:00:00+02:00",
    )

    assert counted([first, second], "2019")["I04"] == {"nominative": 0, "low": 30, "high": 50}


def test_a_day_is_a_day_in_paris() -> None:
    assert local_day("2018-12-31T23:30:00+00:00").isoformat() == "2019-01-01"


@pytest.mark.parametrize(
    ("text", "start", "end"),
    [
        ("2019", "2019-01-01", "2020-01-01"),
        ("2018-2019", "2018-09-01", "2019-09-01"),
        ("2019-01-01/2019-07-01", "2019-01-01", "2019-07-01"),
    ],
)
def test_a_period_is_written_three_ways(text: str, start: str, end: str) -> None:
    period = parse_period(text)

    assert (period.start.isoformat(), period.end.isoformat()) == (start, end)


@pytest.mark.parametrize("text", ["", "19", "2018-2020", "2019-07-01/2019-01-01", "2019-13-01/2020-01-01"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"period|isoformat|month"):
        parse_period(text)


@pytest.mark.parametrize(
    ("wording", "number", "values", "answer"),
    [
        ("exact", 44, (44,), "established"),
        ("exact", 44, (43,), "contradicted"),
        ("plus de", 130, (130,), "established"),
        ("plus de", 130, (156,), "contradicted"),
        ("près de", 100, (95,), "established"),
        ("près de", 100, (100,), "contradicted"),
        ("environ", 4000, (4200,), "established"),
        ("environ", 4000, (3799,), "contradicted"),
        ("la plupart", 0, (0.5,), "contradicted"),
        ("plus de", 130, (130, 140), "established"),
        ("plus de", 130, (120, 140), "compatible"),
        ("exact", 44, (10, 90), "compatible"),
        ("environ", 4000, (10, 90), "contradicted"),
    ],
)
def test_a_wording_is_judged_by_its_rule(wording: str, number: int, values: tuple[float, ...], answer: str) -> None:
    assert verdict(wording, number, *values) == answer
