"""Pupils and their hours, counted in small worlds by hand: each edge of a definition once."""

import pytest

from tests.examples.spoken import (
    REGISTERED,
    asked,
    cells,
    declares,
    enrolled,
    establishment,
    held,
    organisation,
    profiled,
    programme,
)

AUTUMN = "2018-10-03"
NEXT_YEAR = "2019-10-02"


def test_only_activities_of_information_inform() -> None:
    kinds = ("information", "forum", "decouverte_campus", "conference", "tutorat", "visite_ecole")
    facts = [each for kind in kinds for each in (profiled(f"{kind}1"), held(kind, f"{kind}1", activity=kind))]

    assert asked(facts, "I01")["value"] == 4
    assert asked(facts, "I04")["value"] == 6


@pytest.mark.parametrize("kind", ["soutien_scolaire", "cours", "stage_sciences", "stage_cpge"])
def test_support_is_one_of_four_kinds_and_leaves_nobody_out_of_tutoring(kind: str) -> None:
    facts = [profiled("a1"), profiled("b1"), enrolled("a1"), held("s1", "a1", "b1"),
             held("s2", "a1", activity=kind, subject_taught="physique"), held("s3", "a1", activity=kind)]  # fmt: skip

    found = asked(facts, "I03", by="subject")

    assert found["value"] == 1
    assert cells(found) == {"physique": 1, "non_renseigne": 1}
    assert asked(facts, "I02")["value"] == 1


@pytest.mark.parametrize(
    ("status", "value"),
    [("present", 1), ("distance", 1), ("retard", 1), ("depart_anticipe", 1),
     ("absent_justifie", 0), ("absent_non_justifie", 0), ("non_renseigne", 0)],
)  # fmt: skip
def test_four_words_of_a_roll_count(status: str, value: int) -> None:
    assert asked([profiled("a1"), held("s1", presences=[{"record": "a1", "status": status}])], "I04")["value"] == value


def test_absent_pupils_and_headcounts_support_nobody() -> None:
    absent = [{"record": "a1", "status": "absent_justifie"}]

    assert asked([profiled("a1"), declares("s1", 9, activity="cours", presences=absent)], "I03")["value"] == 0


def test_attributes_are_those_of_the_first_activity_in_any_programme() -> None:
    first = {"level": "2GT", "qpv": "oui", "rural": "non"}
    second = {"level": "1G", "qpv": "non", "track": "sti2d"}
    spans = [{"starts_on": "2018-09-01", "ends_on": "2019-02-01", **first},
             {"starts_on": "2019-02-01", "ends_on": "2019-09-01", **second}]  # fmt: skip
    pupil = {**profiled("a1"), "spans": spans}
    elsewhere = held("s0", "a1", on=AUTUMN, programme="other", activity="sport")
    tutoring = [pupil, enrolled("a1"), held("s1", "a1")]

    assert cells(asked(tutoring, "I02", by="level")) == {"1G": 1}
    assert cells(asked([*tutoring, elsewhere], "I02", by="level", programme="ales")) == {"2GT": 1}
    assert cells(asked([*tutoring, elsewhere], "I02", by="qpv")) == {"oui": 1}
    assert cells(asked([*tutoring, elsewhere], "I02", by="track")) == {"non_renseigne": 1}
    assert cells(asked([*tutoring, elsewhere], "I02", "2018-11-01/2019-09-01", by="rural")) == {"non_renseigne": 1}


@pytest.mark.parametrize("name", ["scholarship", "qpv", "rural"])
def test_who_did_not_say_is_a_cell_of_its_own(name: str) -> None:
    facts = [profiled("a1", **{name: "oui"}), profiled("b1", **{name: "non_renseigne"}), profiled("c1", **{name: None})]

    assert cells(asked([*facts, held("s1", "a1", "b1", "c1")], "I11", by=name)) == {"oui": 1, "non_renseigne": 2}


@pytest.mark.parametrize(("name", "cell"), [("departement", "30"), ("place", "0300077W"), ("edition", "2019-03-06")])
def test_pupils_are_told_by_place_and_day(name: str, cell: str) -> None:
    assert cells(asked([profiled("a1"), held("s1", "a1", place="0300077W")], "I04", by=name)) == {cell: (1, 1)}


def test_an_absence_is_no_first_activity_unless_there_is_no_other() -> None:
    spans = [{"starts_on": "2018-09-01", "ends_on": "2019-02-01", "level": "2GT"},
             {"starts_on": "2019-02-01", "ends_on": "2019-09-01", "level": "1G"}]  # fmt: skip
    pupil = {**profiled("a1"), "spans": spans}
    missed = held("s0", on=AUTUMN, presences=[{"record": "a1", "status": "absent_justifie"}])

    assert cells(asked([pupil, enrolled("a1"), missed, held("s1", "a1")], "I02_inscrits", by="level")) == {"1G": 1}
    assert cells(asked([pupil, enrolled("a1"), missed], "I02_inscrits", by="level")) == {"2GT": 1}
    assert cells(asked([pupil, enrolled("a1")], "I02_inscrits", by="level")) == {"2GT": 1}
    assert cells(asked([pupil, enrolled("a1", starts_on="2019-02-01")], "I02_inscrits", by="level")) == {"1G": 1}
    assert cells(asked([pupil, enrolled("a1")], "I02_inscrits", "2019-02-01/2019-03-01", by="level")) == {"1G": 1}


def test_enrolled_pupils_are_those_of_the_programme_on_a_day_of_the_period() -> None:
    facts = [enrolled("a1"), enrolled("b1", programme="inside"), enrolled("c1", programme="other"),
             enrolled("d1", status="asked"), enrolled("e1", year=2019)]  # fmt: skip
    entries = [*REGISTERED, programme("inside", "y", parent="ales"), programme("other"), organisation("y")]

    found = asked(facts, "I02_inscrits", programme="ales", by="programme", entries=entries)

    assert (found["value"], cells(found)) == (2, {"ales": 1, "inside": 1})
    assert asked(facts, "I02_inscrits", organisation="y", entries=entries)["value"] == 1


def test_another_kind_of_activity_makes_no_tutee() -> None:
    assert asked([enrolled("a1"), held("s1", "a1", activity="cours")], "I02")["value"] == 0


def test_enrolled_pupils_stand_at_the_school_of_their_first_day_enrolled() -> None:
    facts = [profiled("a1"), profiled("b1", uai=None), profiled("c1"), held("s1", "a1", "b1")]
    facts += [enrolled(name) for name in ("a1", "b1", "c1")]

    assert cells(asked(facts, "I02_inscrits", by="establishment")) == {"0300077W": 2, "non_renseigne": 1}
    assert cells(asked(facts, "I02_inscrits", by="type")) == {"lycee_gt": 2, "non_renseigne": 1}

    moved = [{"starts_on": "2018-09-01", "ends_on": "2019-02-01", "establishment": "0300077W"},
             {"starts_on": "2019-02-01", "ends_on": "2019-09-01", "establishment": "0301498R"}]  # fmt: skip
    mover = [{**profiled("a1"), "spans": moved}, enrolled("a1"), held("s1", "a1")]
    later = [mover[0], enrolled("a1", starts_on="2019-02-01"), mover[2]]

    assert cells(asked(mover, "I02_inscrits", by="establishment")) == {"0300077W": 1}
    assert cells(asked(mover, "I02_inscrits", "2019-02-01/2019-09-01", by="establishment")) == {"0301498R": 1}
    assert cells(asked(later, "I02_inscrits", by="establishment")) == {"0301498R": 1}
    again = enrolled("a1", starts_on="2019-03-01", programme="other")
    # Each enrolment has its own first day: one in each school, once in the whole.
    found = asked([*mover, again], "I02_inscrits", by="establishment")
    assert (found["value"], cells(found)) == (1, {"0300077W": 1, "0301498R": 1})
    assert cells(asked([*mover, again], "I02_inscrits", by="programme")) == {"ales": 1, "other": 1}


def test_the_reinforced_have_as_many_hours_as_asked_for() -> None:
    facts = [profiled("a1"), profiled("b1"), enrolled("a1"), enrolled("b1"), held("s1", "a1", "b1", minutes=540),
             held("s2", "a1", on=AUTUMN), held("s3", "b1", activity="cours")]  # fmt: skip

    assert asked(facts, "I02_renforces")["value"] == 1
    assert asked(facts, "I02_renforces", threshold_hours=9)["value"] == 2
    assert asked(facts, "I02_renforces", threshold_hours=11)["value"] == 0


def test_the_reinforced_reach_the_hours_in_all_their_schools_together() -> None:
    spans = [{"starts_on": "2018-09-01", "ends_on": "2019-02-01", "establishment": "0300077W"},
             {"starts_on": "2019-02-01", "ends_on": "2019-09-01", "establishment": "0301498R"}]  # fmt: skip
    facts = [{**profiled("a1"), "spans": spans}, profiled("b1"), enrolled("a1"), enrolled("b1", starts_on="2019-03-01"),
             held("s1", "a1", "b1", on=AUTUMN, minutes=300), held("s2", "a1", "b1", minutes=300),
             held("s3", "b1", minutes=30, programme="other")]  # fmt: skip
    entries = [*REGISTERED[:2], establishment("0300077W", academie="11"), programme("other"),
               establishment("0301498R", academie="16", nature="lycee_professionnel")]  # fmt: skip

    def told(by: str, **more: object) -> dict[str, object]:
        return cells(asked(facts, "I02_renforces", by=by, entries=entries, **more))

    # a1: five hours in each school. b1: ten hours in the first one, enrolled for half of them.
    assert told("establishment") == {"0300077W": 2, "0301498R": 1}
    assert told("academie") == {"11": 2, "16": 1}
    assert told("type") == {"lycee_gt": 2, "lycee_professionnel": 1}
    assert told("rep") == {"aucune": 2}
    assert told("establishment", threshold_hours=11) == {}
    assert told("programme") == {"ales": 2}


def test_a_pupil_who_moved_counts_in_both_schools_and_once_in_the_whole() -> None:
    spans = [{"starts_on": "2018-09-01", "ends_on": "2019-02-01", "establishment": "0300077W"},
             {"starts_on": "2019-02-01", "ends_on": "2019-09-01", "establishment": "0301498R"}]  # fmt: skip
    pupil = {**profiled("a1"), "spans": spans}
    entries = [*REGISTERED[:2], establishment("0300077W"),
               establishment("0301498R", site="0300125Y", nature="lycee_professionnel", academie="16")]  # fmt: skip
    facts = [pupil, held("s0", "a1", on=AUTUMN, minutes=30), held("s1", "a1")]

    found = asked(facts, "I04", by="establishment", entries=entries)

    assert (found["value"], cells(found)) == (1, {"0300077W": (1, 1), "0301498R": (1, 1)})
    assert cells(asked(facts, "I11", by="type", entries=entries)) == {"lycee_gt": 0.5, "lycee_professionnel": 1}
    assert cells(asked(facts, "I11", by="academie", entries=entries)) == {"11": 0.5, "16": 1}


def test_priority_is_that_of_the_latest_list_not_later_than_the_school_year() -> None:
    lists = [
        {"rentree": 2022, "status": "aucune"},
        {"rentree": 2018, "status": "REP+"},
        {"rentree": 2015, "status": "REP"},
    ]
    entries = [*REGISTERED[:2], establishment("0300077W", nature="college", priority=lists), establishment("0301498R")]
    pupils = [profiled("a1", year=year) for year in (2014, 2017, 2021, 2022)]
    pupils += [profiled("b1", uai="0301498R", year=2017), profiled("c1", uai="0300125Y", year=2017)]

    def status(year: int, *present: str) -> dict[str, object]:
        facts = [*pupils, held("s1", *present, on=f"{year + 1}-03-03")]
        return cells(asked(facts, "I04", f"{year}-{year + 1}", by="rep", entries=entries))

    assert status(2014, "a1") == {"aucune": (1, 1)}
    assert status(2017, "a1", "b1", "c1") == {"REP": (1, 1), "aucune": (1, 1), "non_renseigne": (1, 1)}
    assert status(2021, "a1") == {"REP+": (1, 1)}
    assert status(2022, "a1") == {"aucune": (1, 1)}


def test_the_share_of_girls_is_among_those_who_are_known() -> None:
    genders = {"a1": "F", "b1": "F", "c1": "M", "d1": "X", "e1": "non_renseigne"}
    pupils = [profiled(record, gender=gender) for record, gender in genders.items()]

    found = asked([*pupils, declares("s1", 30), held("s2", *genders, activity="sport")], "I17")

    assert found["value"] == pytest.approx(200 / 3)
    assert found["details"] == {"girls": 2, "boys": 1, "other": 2, "coverage_percent": 60}


def test_there_is_no_share_of_girls_where_nobody_is_known_and_a_nought_where_all_are_boys() -> None:
    boy = [profiled("a1", gender="M"), held("s1", "a1")]

    assert asked([profiled("a1"), held("s1", "a1")], "I17")["value"] is None
    assert cells(asked(boy, "I17", by="level")) == {"2GT": 0}


def test_preparatory_pupils_are_tutees_of_these_levels() -> None:
    levels = {"a1": ("CPGE1", "pcsi"), "b1": ("CPGE2", "pc"), "c1": ("TG", None), "d1": ("CPGE1", "pcsi")}
    pupils = [profiled(record, level=level, track=track) for record, (level, track) in levels.items()]
    facts = [*pupils, *(enrolled(record) for record in ("a1", "b1", "c1")), held("s1", *levels)]

    found = asked(facts, "I33", by="track")

    assert (found["value"], cells(found)) == (2, {"pcsi": 1, "pc": 1})
    assert cells(asked(facts, "I33", by="level")) == {"CPGE1": 1, "CPGE2": 1}
    assert cells(asked(facts, "I33", by="establishment")) == {"0300077W": 2}


def test_hours_are_minutes_of_those_present_and_headcounts_stand_apart() -> None:
    half = {"record": "b1", "status": "depart_anticipe", "minutes": 15}
    zero = {"record": "c1", "status": "retard", "minutes": 0}
    whole = {"record": "a1", "status": "present", "minutes": None}
    pupils = [profiled("a1"), profiled("b1", level="1G"), profiled("c1")]

    found = asked([*pupils, declares("s1", 10, minutes=90, presences=[half, whole, zero])], "I11", by="level")

    assert found["value"] == 1.75
    assert found["details"]["headcount_hours"] == 15
    assert cells(found) == {"2GT": 1.5, "1G": 0.25}


def test_hours_per_tutee_of_a_cell_are_its_pupils_hours() -> None:
    facts = [profiled("a1"), profiled("b1"), profiled("c1", level="1G"), enrolled("a1"), enrolled("c1"),
             held("s1", "a1", "b1", "c1"), held("s2", "c1", on=AUTUMN)]  # fmt: skip

    found = asked(facts, "I32", by="level")

    assert (found["value"], cells(found)) == (2, {"2GT": 2, "1G": 2})
    assert found["details"]["median_minutes"] == 90
