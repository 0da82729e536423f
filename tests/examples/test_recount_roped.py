"""Conventions with schools, and priority education among them, counted in small worlds by hand."""

import pytest

from tests.examples.spoken import (
    REGISTERED,
    SCHOOLS,
    asked,
    cells,
    convention,
    establishment,
    member_of,
    organisation,
    programme,
)

GT, PRO, FAR = "0300125Y", "0301498R", "0300077W"


def test_a_roped_school_has_a_convention_on_a_day_of_the_period() -> None:
    entries = [
        *REGISTERED,
        convention("a", "2015-09-01", "2018-09-01", establishment=FAR),
        convention("b", "2015-09-01", "2018-09-02", establishment=GT),
        convention("c", "2019-08-31", establishment="0300002P"),
        convention("d", "2019-09-01", establishment="0301778V"),
        convention("e", "2018-09-01", establishment=FAR, role="tete"),
        convention("f", "2018-09-01", establishment=FAR, programme="other"),
        programme("other", "x"),
    ]

    assert asked([], "I06", entries=entries, programme="ales")["value"] == 2
    assert asked([], "I06", entries=entries)["value"] == 3


def test_a_roped_site_counts_once_in_the_type_of_the_school_that_signed() -> None:
    entries = [
        *REGISTERED[:2],
        establishment(GT),
        establishment(PRO, site=GT, nature="lycee_professionnel"),
        convention("a", establishment=GT),
        convention("b", establishment=PRO),
        convention("over", "2010-09-01", "2015-09-01", establishment=PRO),
        convention("c", establishment=PRO, role="encorde", programme="inside"),
        programme("inside", parent="ales"),
    ]

    found = asked([], "I06", by="type", entries=entries, programme="ales")

    assert (found["value"], cells(found)) == (1, {"lycee_gt": 1, "lycee_professionnel": 1})


def test_a_site_joins_with_its_first_convention_and_leaves_with_its_last() -> None:
    entries = [
        *REGISTERED,
        convention("old", "2015-09-01", "2018-09-01", establishment=GT),
        convention("again", "2018-09-01", "2020-06-01", establishment=PRO),
        convention("new", "2019-01-01", establishment=FAR),
        convention("gone", "2015-09-01", "2018-09-01", establishment="0301778V"),
        convention("one", "2015-09-01", "2019-09-01", establishment="0300002P"),
    ]

    found = asked([], "I06", entries=entries)

    # The last day of `gone` is the one before the period, that of `one` its last. Next year: 3 - 1 + 0.
    assert (found["value"], found["details"]) == (3, {"joined": 1, "left": 1})
    again = asked([], "I06", "2019-2020", entries=entries)
    assert (again["value"], again["details"]) == (2, {"joined": 0, "left": 1})


def test_an_organisation_ropes_a_school_while_it_runs_the_programme() -> None:
    runs = {"organisation": "y", "starts_on": "2018-09-01", "ends_on": "2019-01-01"}
    entries = [
        organisation("ipp", "centre"),
        organisation("y", "ecole", member_of("ipp", "2018-11-01")),
        organisation("z"),
        programme("ales", runs),
        *SCHOOLS,
        convention("a", "2018-09-01", "2018-11-02", establishment=GT),
        convention("b", "2018-09-01", "2018-11-01", establishment=FAR),
        convention("c", "2019-01-01", establishment="0300002P"),
    ]

    assert asked([], "I06", entries=entries, organisation="y")["value"] == 2
    assert asked([], "I06", entries=entries, organisation="ipp")["value"] == 1
    assert asked([], "I06", entries=entries, organisation="z")["value"] == 0


def test_who_joins_and_leaves_does_so_by_conventions_of_the_scope() -> None:
    runs = {"organisation": "y", "starts_on": "2016-09-01", "ends_on": "2019-01-01"}
    entries = [
        organisation("x"),
        organisation("y"),
        programme("ales", runs),
        programme("other", "x"),
        *SCHOOLS,
        convention("mine", "2018-10-01", "2019-06-01", establishment=GT),
        convention("theirs", "2015-09-01", programme="other", establishment=GT),
        convention("new", "2018-10-01", "2019-06-01", programme="other", establishment=FAR),
        convention("after", "2019-01-01", "2019-06-01", establishment="0300002P"),
    ]

    found = asked([], "I06", entries=entries, organisation="y")

    # y has GT since October until June; it never ran `other`, nor `ales` on a day of `after`.
    assert (found["value"], found["details"]) == (1, {"joined": 1, "left": 1})
    assert asked([], "I06", entries=entries, programme="other")["details"] == {"joined": 1, "left": 1}
    whole = asked([], "I06", entries=entries)
    assert (whole["value"], whole["details"]) == (3, {"joined": 2, "left": 2})


def test_roped_sites_are_told_by_the_programme_of_their_convention() -> None:
    entries = [*REGISTERED, programme("inside", "x", parent="ales"), convention("a", establishment=GT),
               convention("b", establishment=PRO, programme="inside"), convention("c", establishment=FAR),
               convention("d", "2019-09-01", establishment=FAR, programme="inside")]  # fmt: skip

    found = asked([], "I06", entries=entries, programme="ales", by="programme")

    assert (found["value"], cells(found)) == (2, {"ales": 2, "inside": 1})


def test_the_share_in_priority_education_is_of_colleges_when_their_time_in_the_period_starts() -> None:
    def college(code: str, *lists: tuple[int, str]) -> dict[str, object]:
        priority = [{"rentree": year, "status": status} for year, status in lists]
        return establishment(code, nature="college", priority=priority)

    entries = [
        *REGISTERED[:2],
        college("0300077W", (2015, "REP"), (2019, "aucune")),
        college("0300125Y", (2019, "REP+")),
        college("0300002P", (2015, "REP"), (2018, "aucune")),
        establishment("0301778V"),
        convention("a", "2018-09-01", establishment="0300077W"),
        convention("b", "2019-10-01", establishment="0300125Y"),
        convention("c", "2018-09-01", establishment="0300002P"),
        convention("d", "2018-09-01", establishment="0301778V"),
    ]

    found = asked([], "I18b", "2019", entries=entries)

    assert found["details"] == {"priority": 2, "colleges": 3}
    assert found["value"] == pytest.approx(200 / 3)
    again = convention("e", "2019-10-01", establishment="0300077W")
    assert asked([], "I18b", "2019", entries=[*entries, again])["details"] == {"priority": 2, "colleges": 3}
    assert asked([], "I18b", "2019-2020", entries=entries)["details"] == {"priority": 1, "colleges": 3}
    assert asked([], "I18b", "2017-2018", entries=entries)["value"] is None


def test_the_first_day_is_that_of_whoever_ran_the_programme_first() -> None:
    lists = [{"rentree": 2015, "status": "REP"}, {"rentree": 2019, "status": "aucune"}]
    runs = [
        {"organisation": "x", "starts_on": f"2019-{month}-01", "ends_on": f"2019-{month}-20"} for month in ("10", "03")
    ]
    entries = [organisation("x"), programme("ales", *runs), establishment(FAR, nature="college", priority=lists),
               convention("a", establishment=FAR)]  # fmt: skip

    assert asked([], "I18b", "2019", entries=entries, organisation="x")["value"] == 100
    assert cells(asked([], "I06", "2019", entries=entries, organisation="x", by="rep")) == {"REP": 1}


def test_the_priority_is_that_of_the_convention_s_first_day_whoever_ran_the_programme_then() -> None:
    lists = [{"rentree": 2018, "status": "REP"}, {"rentree": 2019, "status": "aucune"}]
    runs = {"organisation": "y", "starts_on": "2019-10-01"}
    entries = [organisation("y"), programme("ales", runs), convention("a", establishment=FAR),
               establishment(FAR, nature="college", priority=lists)]  # fmt: skip

    # Period and convention meet in January, in the school year 2018; y came in the autumn.
    assert asked([], "I18b", "2019", entries=entries, organisation="y")["value"] == 100
    assert asked([], "I18b", "2018-2019", entries=entries, organisation="y")["value"] is None


def test_there_is_no_share_of_colleges_that_no_list_names() -> None:
    silent = [*REGISTERED[:2], establishment(FAR, nature="college"), convention("a", establishment=FAR)]
    left = establishment(GT, nature="college", priority=[{"rentree": 2018, "status": "aucune"}])

    found = asked([], "I18b", entries=silent)

    assert (found["value"], found["details"]) == (None, {"priority": 0, "colleges": 1})
    assert asked([], "I18b", entries=[*silent, left])["value"] is None
    known = asked([], "I18b", entries=[*silent, left, convention("b", establishment=GT)])
    assert (known["value"], known["details"]) == (0, {"priority": 0, "colleges": 2})


def test_the_share_in_priority_education_is_told_by_place_and_by_programme() -> None:
    rep = [{"rentree": 2015, "status": "REP"}]
    none = [{"rentree": 2015, "status": "aucune"}]
    entries = [
        *REGISTERED[:2],
        programme("inside", "x", parent="ales"),
        establishment(FAR, nature="college", academie="11", departement="30", priority=rep),
        establishment(GT, nature="college", academie="11", departement="34", priority=none),
        establishment("0300002P", nature="college", academie="16"),
        convention("a", establishment=FAR),
        convention("b", establishment=GT, programme="inside"),
        convention("c", establishment="0300002P"),
    ]

    def told(by: str) -> dict[str, object]:
        return cells(asked([], "I18b", programme="ales", entries=entries, by=by))

    assert asked([], "I18b", programme="ales", entries=entries)["value"] == pytest.approx(100 / 3)
    assert told("academie") == {"11": 50}
    assert told("departement") == {"30": 50, "34": 0}
    assert told("programme") == {"ales": 50, "inside": 0}
