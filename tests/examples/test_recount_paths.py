"""Tutees who became tutors, pupils who became students: the paths of persons over the years, counted by hand."""

import pytest

from examples.recount.facts import Data
from tests.examples.spoken import (
    IPP,
    acting,
    asked,
    cells,
    declared,
    engaged,
    enrolled,
    held,
    profiled,
    studying,
)


def _turned(name: str, *, tutee: str = "2016-11-02", year: int = 2016, **engagement: str) -> list[Data]:
    """A tutee of an earlier school year, in another programme, who is a tutor in 2018-2019."""
    return [
        profiled(name, year=year),
        enrolled(name, year=year, programme="other"),
        held(f"{name}-1", name, on=tutee, programme="other"),
        engaged(name, **engagement),
        held(f"{name}-2", acting=acting(name), activity="cours"),
    ]


def test_tutees_turned_tutors_were_tutees_in_an_earlier_school_year() -> None:
    same_year = _turned("b1", tutee="2018-10-03", year=2018)
    unenrolled = _turned("c1")
    del unenrolled[1]
    another = _turned("d1")
    another[4] = held("d1-2", acting=acting("d1", role="animateur"))
    again = [enrolled("a1", year=2018, programme="other"), held("a1-3", "a1", on="2018-09-05")]
    twice = [profiled("a1", year=2015), enrolled("a1", year=2015), held("a1-4", "a1", on="2015-11-04")]
    facts = [*_turned("a1"), *same_year, *unenrolled, *another, *again, *twice]

    found = asked(facts, "I25", stable=["app"], by="years_between", programme="ales", entries=IPP)

    # a1 was a tutee in 2015, 2016 and once more in the year of the first day as tutor: the last earlier year is 2016.
    assert (found["value"], cells(found)) == (1, {"2": 1})
    assert cells(asked(facts, "I25", stable=["app"], by="school", entries=IPP)) == {"x": 1}
    assert asked(facts, "I25", stable=["app"], programme="other", entries=IPP)["value"] == 0


def test_a_tutor_of_any_category_may_have_been_a_tutee_and_has_no_school_then() -> None:
    teacher = _turned("a1")
    teacher[3] = engaged("a1", "enseignant")

    assert cells(asked(teacher, "I25", stable=["app"], by="school", entries=IPP)) == {"non_renseigne": 1}


def test_students_from_pathways_are_flagged_or_were_there_as_pupils_before() -> None:
    pupil = [profiled("a1", year=2016), held("s1", "a1", on="2016-11-02", programme="other")]
    late = [profiled("b1", year=2018), held("s2", "b1", on="2018-09-01")]
    students = [studying("a1", "x"), studying("b1", "x"), studying("c1", "x", pathway="oui"),
                studying("d1", "x", pathway="non"), studying("e1", "z", pathway="oui")]  # fmt: skip
    facts = [*pupil, *late, *students, engaged("f1", school="y"), engaged("g1", "enseignant")]

    found = asked(facts, "I22", organisation="ipp", by="school", stable=["app"], entries=IPP)

    assert found["value"] == 40
    assert found["details"] == {
        "flagged": 2, "enrolled": 5, "students": 5, "target_percent": 20, "progress_percent": 200
    }  # fmt: skip
    assert cells(found) == {"x": 50, "y": 0}


def test_a_student_of_two_schools_is_enrolled_in_both_and_one_person() -> None:
    facts = [studying("a1", "x", pathway="oui"), engaged("a1", school="y"), studying("b1", "y")]

    found = asked(facts, "I22", organisation="ipp", by="school", entries=IPP)

    assert [found["details"][name] for name in ("flagged", "enrolled", "students")] == [1, 2, 3]
    assert cells(found) == {"x": 100, "y": 0}


def test_a_declared_number_of_students_stands_for_those_who_are_known() -> None:
    entries = [*IPP, declared("x-18", "effectif", organisation="x", number=40),
               declared("x-17", "effectif", organisation="x", number=7, year=2017),
               declared("x-early", "effectif", organisation="x", number=10, declared_on="2018-10-01"),
               declared("z-18", "effectif", organisation="z", number=1000)]  # fmt: skip
    facts = [studying("a1", "x", pathway="oui"), *(studying(f"b{each}", "y") for each in range(10))]

    found = asked(facts, "I22", organisation="ipp", entries=entries)

    assert found["value"] == 2
    assert found["details"] == {
        "flagged": 1, "enrolled": 11, "students": 50, "target_percent": 20, "progress_percent": 10
    }  # fmt: skip


def test_a_school_has_at_least_the_students_who_are_known_whatever_it_declares() -> None:
    entries = [*IPP, declared("x-18", "effectif", organisation="x", number=3),
               declared("y-18", "effectif", organisation="y", number=2)]  # fmt: skip
    facts = [studying("a1", "x", pathway="oui"), *(studying(f"b{each}", "x") for each in range(4)),
             studying("c1", "y"), studying("c2", "y")]  # fmt: skip

    found = asked(facts, "I22", organisation="ipp", by="school", entries=entries)

    # x says 3 and has 5, y says 2 and has them.
    assert (found["value"], cells(found)) == (pytest.approx(100 / 7), {"x": 20, "y": 0})
    assert (found["details"]["students"], found["details"]["declared_too_low"]) == (7, 1)


def test_there_is_no_share_of_no_students() -> None:
    # y was a member in the year before the spring only, and its student came after.
    came = {**studying("a1", "y", pathway="oui")}
    came["spans"] = [{**came["spans"][0], "starts_on": "2019-03-01"}]

    found = asked([came], "I22", organisation="ipp", entries=IPP)

    assert (found["value"], found["details"]["progress_percent"], found["details"]["students"]) == (None, None, 0)


def test_former_beneficiaries_are_students_who_were_there_before_by_cohort() -> None:
    pupils = [
        each for name in ("a1", "b1", "c1", "d1") for each in (profiled(name, year=2016), profiled(name, year=2017))
    ]
    there = [held("s1", "a1", "b1", "c1", on="2016-11-02"), held("s2", "b1", "c1", on="2017-11-08"),
             held("s3", "d1", on="2017-11-08", programme="other")]  # fmt: skip
    facts = [*pupils, *there, studying("a1", "x"), engaged("b1", school="y"), studying("d1", "x"), studying("e1", "x")]

    found = asked(facts, "I26", programme="ales", organisation="ipp", by="cohort", stable=["app"], entries=IPP)

    assert (found["value"], found["details"]) == (2, {"beneficiaries": 3, "rate_percent": pytest.approx(200 / 3)})
    assert found["cells"] == {
        "2016-2017": {"value": 1, "details": {"beneficiaries": 1, "rate_percent": 100}},
        "2017-2018": {"value": 1, "details": {"beneficiaries": 2, "rate_percent": 50}},
    }
    assert cells(asked(facts, "I26", organisation="ipp", by="school", stable=["app"], entries=IPP)) == {"x": 1, "y": 1}
    assert asked(facts, "I26", stable=["app"], entries=IPP)["value"] == 3


def test_a_cohort_of_whom_nobody_was_admitted_is_told_with_its_beneficiaries() -> None:
    facts = [profiled("a1", year=2016), profiled("b1", year=2016), profiled("c1", year=2017),
             held("s1", "a1", "b1", on="2016-11-02"), held("s2", "c1", on="2017-11-08"),
             studying("c1", "x")]  # fmt: skip

    found = asked(facts, "I26", by="cohort", stable=["app"], entries=IPP)

    assert found["cells"] == {
        "2016-2017": {"value": 0, "details": {"beneficiaries": 2, "rate_percent": 0}},
        "2017-2018": {"value": 1, "details": {"beneficiaries": 1, "rate_percent": 100}},
    }
    assert cells(asked(facts, "I26", by="school", stable=["app"], entries=IPP)) == {"x": 1}


def test_a_beneficiary_of_the_day_of_enrolment_or_later_was_none_before() -> None:
    facts = [profiled("a1"), held("s1", "a1", on="2018-09-01"), held("s2", "a1"), studying("a1", "x"),
             profiled("b1", year=2019), held("s3", "b1", on="2019-09-01")]  # fmt: skip

    found = asked(facts, "I26", entries=IPP)

    assert (found["value"], found["details"]["beneficiaries"]) == (0, 1)


def test_a_study_without_spans_is_withdrawn() -> None:
    gone = {**studying("a1", "x"), "spans": [], "version": 2}

    assert asked([studying("a1", "x"), gone], "I22", organisation="ipp", entries=IPP)["value"] is None
