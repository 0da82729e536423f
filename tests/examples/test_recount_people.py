"""Students, tutors, staff and certificates, counted by hand."""

import pytest

from examples.recount.facts import Data
from tests.examples.spoken import (
    IPP,
    REGISTERED,
    acting,
    asked,
    cells,
    certified,
    declared,
    engaged,
    enrolled,
    held,
    joined,
    organisation,
    profiled,
    programme,
    trained,
)


def test_a_student_acts_in_one_of_three_roles_on_a_day_as_a_student() -> None:
    roles = ["tuteur", "animateur", "accompagnateur", "intervenant", "organisateur"]
    facts = [engaged("e1", "enseignant"), engaged("l1", year=2017)]
    facts += [engaged(f"{role}1") for role in roles]
    facts += [held(role, acting=acting(f"{role}1", "e1", "l1", role=role)) for role in roles]

    found = asked(facts, "I08", by="role")

    assert (found["value"], cells(found)) == (3, {"tuteur": 1, "animateur": 1, "accompagnateur": 1})


def test_a_student_of_two_schools_counts_in_both_and_once_in_the_whole() -> None:
    twice = engaged("t1", school="x")
    twice["spans"] += engaged("t1", school="y")["spans"] + engaged("t1", "alumni", school="z")["spans"]
    facts = [twice, engaged("u1", school="x"), held("s1", acting=acting("t1", "u1"))]

    found = asked(facts, "I08", by="school")

    assert (found["value"], cells(found)) == (2, {"x": 2, "y": 1})


def test_the_gender_of_a_student_is_that_of_the_first_time_there() -> None:
    spans = [{"starts_on": "2018-09-01", "ends_on": "2019-01-01", "organisation": "x", "category": "etudiant"},
             {"starts_on": "2019-01-01", "organisation": "x", "category": "etudiant", "gender": "F"}]  # fmt: skip
    student = {**engaged("t1"), "spans": spans}
    early = held("s0", acting=acting("t1"), on="2018-11-07", programme="other")
    late = held("s1", acting=acting("t1"))

    assert cells(asked([student, late], "I08", by="gender")) == {"F": 1}
    assert cells(asked([student, late, early], "I08", by="gender", programme="ales")) == {"non_renseigne": 1}
    assert cells(asked([student, late, early], "I08", "2019", by="gender")) == {"F": 1}


def test_student_tutors_tutor_and_some_were_trained_before_the_period_ended() -> None:
    people = [engaged(f"{name}1") for name in "tuvwn"]
    trainings = [trained("t1", "c"), trained("u1", "c", completed_on="2019-09-01"), trained("v1", "c"),
                 trained("v1", "c", version=2, completed_on=None), trained("w1", "c", training="cours_electif"),
                 trained("n1", "c", programme="other")]  # fmt: skip
    there = [held("s1", "a1", acting=acting("t1", "u1", "v1", "w1")), held("s2", acting=acting("n1"), activity="cours")]
    facts = [*people, *trainings, *there, profiled("a1"), enrolled("a1")]

    found = asked(facts, "I09")

    assert (found["value"], found["details"]) == (4, {"trained": 1, "pupils_per_tutor": 0.25})
    assert asked(facts, "I09_formes", by="school")["cells"] == {"x": {"value": 1}}
    assert asked([], "I09")["details"]["pupils_per_tutor"] is None


def test_staff_count_once_in_the_whole_and_in_each_of_their_categories() -> None:
    both = engaged("b1", "chercheur", "enseignant")
    people = [both, engaged("a1", "alumni", "etudiant"), engaged("p1", "professionnel"), engaged("d1", "doctorant")]
    facts = [*people, held("s1", acting=acting("b1", "a1", "p1", role="conferencier"))]

    found = asked(facts, "I10", by="category")

    assert (found["value"], cells(found)) == (2, {"chercheur": 1, "enseignant": 1, "alumni": 1})


@pytest.mark.parametrize("category", ["enseignant", "chercheur", "doctorant", "alumni", "personnel"])
def test_each_of_five_categories_is_staff(category: str) -> None:
    assert asked([engaged("a1", category), held("s1", acting=acting("a1"))], "I10")["value"] == 1


def test_hours_of_those_who_act_are_told_by_role_and_by_school() -> None:
    lines = [*acting("t1", minutes=50, preparation_minutes=30), *acting("t1", role="animateur"), *acting("e1")]
    facts = [engaged("t1"), engaged("e1", "enseignant", school="y"), held("s1", acting=lines)]

    found = asked(facts, "I12", by="role")

    assert found["details"]["minutes"] == 170
    assert cells(found) == {"tuteur": pytest.approx(110 / 60), "animateur": 1}
    assert cells(asked(facts, "I12", by="school")) == {"x": pytest.approx(110 / 60), "y": 1}


def test_schools_involved_are_members_on_a_day_on_which_one_of_theirs_acts() -> None:
    people = [engaged("x1", "enseignant"), engaged("y1", school="y"), engaged("z1", school="z"),
              engaged("l1", "professionnel", school="lab")]  # fmt: skip
    facts = [*people, held("s1", acting=acting("x1", "z1", "l1", "nobody1"), on="2019-02-06"),
             held("s2", acting=acting("y1"))]  # fmt: skip
    before = held("s3", acting=acting("y1"), on="2019-02-28")

    # y left on 1 March, z never was a member, and the laboratory is no school.
    assert cells(asked(facts, "I34", organisation="ipp", by="school", entries=IPP)) == {"x": 1}
    assert asked([*facts, before], "I34", organisation="ipp", entries=IPP)["value"] == 2
    assert asked([*facts, before], "I34", programme="ales", entries=IPP)["value"] == 1
    assert asked([*facts, before], "I34", entries=IPP)["value"] == 3


def test_schools_involved_are_told_by_the_programme_of_what_they_act_in() -> None:
    people = [engaged("x1"), engaged("y1", school="y")]
    facts = [*people, held("s1", acting=acting("x1")), held("s2", acting=acting("y1"), on="2019-02-06"),
             held("s3", acting=acting("x1"), programme="other")]  # fmt: skip

    found = asked(facts, "I34", organisation="ipp", by="programme", entries=[*IPP[:5], *IPP[7:], programme("ales", "x"),
                                                                             programme("other", "x")])  # fmt: skip

    assert (found["value"], cells(found)) == (2, {"ales": 2, "other": 1})


@pytest.mark.parametrize(("nature", "value"), [("ecole", 1), ("universite", 1), ("lycee", 0), ("centre", 0)])
def test_member_schools_are_of_higher_education(nature: str, value: int) -> None:
    entries = [organisation("it", nature), programme("ales", "it")]

    assert (
        asked([engaged("a1", school="it"), held("s1", acting=acting("a1"))], "I34", entries=entries)["value"] == value
    )


def test_a_school_is_a_member_through_the_organisers_of_a_programme_while_they_run_it() -> None:
    runs = {"organisation": "ipp", "starts_on": "2018-09-01", "ends_on": "2019-03-06"}
    entries = [*IPP[:5], programme("ales"), programme("inside", runs, parent="ales")]
    facts = [engaged("x1"), held("s1", acting=acting("x1"))]
    before = held("s2", acting=acting("x1"), on="2019-03-05")

    assert asked(facts, "I34", programme="ales", entries=entries)["value"] == 0
    assert asked([*facts, before], "I34", programme="ales", entries=entries)["value"] == 1


def test_certificates_count_once_for_a_person_unless_they_were_withdrawn() -> None:
    facts = [certified("t1"), certified("u1"), joined(("app", "t1", 2018), ("app", "u1", 2018)),
             certified("t1", certificate="autre", issued_on="2019-09-01"), certified("v1", programme="other"),
             certified("w1"), certified("w1", version=2, withdrawn_on="2030-01-01")]  # fmt: skip

    found = asked(facts, "I23", programme="ales", entries=IPP)

    assert (found["value"], found["details"]) == (1, {"holders": 1})
    assert asked(facts, "I23", "2018-09-01/2020-09-01", entries=IPP)["value"] == 3
    assert cells(asked(facts, "I23", "2019", by="year", entries=IPP)) == {"2018-2019": 2, "2019-2020": 1}
    assert cells(asked(facts, "I23", "2019", by="programme", entries=IPP)) == {"ales": 2, "other": 1}


def test_certificates_are_of_the_organisation_that_issued_them_that_day() -> None:
    facts = [certified("t1", organisation="y"), certified("u1", organisation="y", issued_on="2019-02-01"),
             certified("v1", certificate="autre"), certified("w1", organisation="z")]  # fmt: skip

    found = asked(facts, "I23", organisation="ipp", by="school", entries=IPP)

    assert (found["value"], cells(found)) == (2, {"x": 1, "y": 1})


def _tutor(name: str, *, minutes: int = 600, before: int = 600, course: int = 900, **more: str) -> list[Data]:
    """A tutor of two school years, the elective in the first; systems keep the references."""
    return [
        engaged(name, year=2017),
        engaged(name),
        held(f"{name}-1", on="2018-03-07", minutes=before, acting=acting(name)),
        held(f"{name}-2", minutes=minutes, acting=acting(name)),
        trained(name, "elective", year=2017, training="cours_electif", minutes=course, **more),
    ]


def test_an_eligible_tutor_has_two_years_of_enough_hours_and_the_elective() -> None:
    facts = [*_tutor("ok1"), *_tutor("short1", before=599), *_tutor("light1", course=899),
             *_tutor("late1", completed_on="2019-09-01"), *_tutor("none1", minutes=1, course=1)]  # fmt: skip

    found = asked(facts, "I24", stable=["app"], by="condition")

    assert (found["value"], found["details"]) == (1, {"candidates": 5, "missing_years": 2, "missing_course": 3})
    assert cells(found) == {"eligible": 1, "annees_manquantes": 2, "cours_manquant": 3}
    assert asked(facts, "I24", stable=["app"], threshold_hours=9)["value"] == 2
    assert cells(asked(facts, "I24", stable=["app"], by="school")) == {"x": 1}


def test_only_tutoring_of_the_scope_before_the_end_makes_a_year() -> None:
    elsewhere = _tutor("a1")
    elsewhere[2] |= {"programme": "other"}
    course = _tutor("b1")
    course[2] |= {"activity": "cours"}
    late = [*_tutor("c1", before=1), engaged("c1", year=2019), held("c1-3", on="2019-10-02", minutes=600,
                                                                    acting=acting("c1"))]  # fmt: skip
    facts = [*elsewhere, *course, *late]

    found = asked(facts, "I24", stable=["app"], programme="ales", entries=IPP)

    assert (found["value"], found["details"]["missing_years"]) == (0, 3)
    assert asked(facts, "I24", stable=["app"], entries=IPP)["value"] == 1
    assert asked(facts, "I24", "2018-09-01/2020-09-01", stable=["app"],
                 programme="ales", entries=IPP)["value"] == 1  # fmt: skip


def test_a_session_on_the_first_day_out_makes_no_year() -> None:
    next_day = [*_tutor("a1", before=1), engaged("a1", year=2019),
                held("a1-3", on="2019-09-01", minutes=600, acting=acting("a1"))]  # fmt: skip

    assert asked(next_day, "I24", stable=["app"])["value"] == 0


def test_an_eligible_tutor_stands_at_the_schools_of_the_days_as_tutor() -> None:
    moved = _tutor("a1")
    moved[1] = {**moved[1], "spans": [
        {"starts_on": "2018-09-01", "ends_on": "2019-01-01", "organisation": "y", "category": "etudiant"},
        {"starts_on": "2019-01-01", "organisation": "x", "category": "etudiant"},
    ]}  # fmt: skip
    before = held("a1-3", on="2018-11-07", acting=acting("a1", role="animateur"))
    course = held("a1-4", on="2018-11-07", acting=acting("a1"), activity="cours")

    assert cells(asked([*moved, before, course], "I24", stable=["app"], by="school")) == {"x": 1}


def test_declared_shares_of_schools_are_added_as_fractions() -> None:
    said = [declared("x", "I20", organisation="x", unit="percent", numerator=39, denominator=100),
            declared("y", "I20", organisation="y", unit="percent", numerator=1, denominator=60)]  # fmt: skip
    entries = [*REGISTERED, *IPP[2:4], *said]

    found = asked([], "I20", by="school", entries=entries)

    assert (found["value"], cells(found)) == (25, {"x": 39, "y": pytest.approx(100 / 60)})
    assert asked([], "I20", programme="ales", entries=entries)["value"] == 39
    none = declared("y", "I21", organisation="y", unit="percent", numerator=0, denominator=60)
    assert cells(asked([], "I21", by="school", entries=[*entries, {**none, "id": "none"}])) == {"y": 0}
    assert asked([], "I20", "2019-2020", entries=entries)["value"] is None
    assert asked([], "I21", entries=entries)["value"] is None


def test_one_declared_number_stands_with_the_bounds_of_its_wording() -> None:
    entries = [
        *REGISTERED,
        *IPP[2:4],
        declared("x", "I21", organisation="x", unit="percent", number=32, wording="pres_de"),
    ]
    other = declared("y", "I21", organisation="y", unit="percent", number=30)

    found = asked([], "I21", entries=entries)

    assert (found["value"], found["low"], found["high"]) == (None, 30.4, 32)
    assert asked([], "I21", entries=[*entries, other])["value"] is None


def test_a_school_declares_as_a_member_of_the_first_day() -> None:
    said = [declared(name, "I20", organisation=name, unit="percent", numerator=1, denominator=2, period={
        "starts_on": "2019-03-01", "ends_on": "2019-09-01"}) for name in ("x", "y")]  # fmt: skip

    assert asked([], "I20", "2019-03-01/2019-09-01", organisation="ipp", entries=[*IPP, *said])["details"] == {
        "numerator": 1, "denominator": 2, "declarations": 1
    }  # fmt: skip
