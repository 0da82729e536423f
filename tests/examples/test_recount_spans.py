"""From when to when something is said, of whose reference, and who is heard of two: counted by hand."""

from examples.recount.facts import Data
from tests.examples.spoken import (
    acting,
    asked,
    cells,
    counted,
    engaged,
    enrolled,
    held,
    joined,
    profiled,
    studying,
    trained,
)

AUTUMN = "2018-10-03"
NEXT_YEAR = "2019-10-02"


def test_spans_end_on_the_first_day_out() -> None:
    first = {**enrolled("a1"), "spans": [{"kind": "tutorat", "starts_on": "2019-03-06", "ends_on": "2019-03-07"}]}
    assert asked([first, held("s1", "a1")], "I02")["value"] == 1
    assert asked([first, held("s1", "a1", on="2019-03-05")], "I02")["value"] == 0

    last = {**enrolled("a1"), "spans": [{"kind": "tutorat", "starts_on": "2018-09-01", "ends_on": "2019-03-06"}]}
    open_end = {**enrolled("a1"), "spans": [{"kind": "tutorat", "starts_on": "2018-09-01", "ends_on": None}]}

    assert asked([last, held("s1", "a1")], "I02")["value"] == 0
    assert asked([last, held("s1", "a1", on="2019-03-05")], "I02")["value"] == 1
    assert asked([open_end, held("s1", "a1")], "I02")["value"] == 1


def test_a_lasting_reference_is_registered_year_by_year() -> None:
    facts = [profiled("a1"), engaged("t1"), held("s1", "a1", on=NEXT_YEAR, acting=acting("t1"))]
    this_year = [studying("a1", "x", year=2019), trained("t1", "c", year=2019)]
    by_join = [joined(("app", name, 2019), ("else", name, 2019), join=name) for name in ("a1", "t1")]

    def found(*more: Data, stable: str = "app") -> list[float]:
        return [asked([*facts, *more], code, "2019", stable=[stable])["value"] for code in ("I04", "I12")]

    # On the roll alone it is an unknown reference; whatever names it that year makes it the one of the year before.
    assert found() == [0, 0]
    assert counted([*facts], "2019", stable=["app"])["quality"]["unknown_references"] == 2
    assert found(*this_year) == found(*by_join) == [1, 1]
    assert found(*this_year, stable="other") == [0, 0]


def test_of_two_spans_of_one_fact_the_later_in_the_list_decides() -> None:
    spans = [{"starts_on": "2019-01-01", "ends_on": "2019-09-01", "level": "1G", "qpv": "non"},
             {"starts_on": "2018-09-01", "ends_on": "2019-09-01", "level": "2GT"}]  # fmt: skip
    facts = [{**profiled("a1"), "spans": spans}, held("s1", "a1")]

    assert cells(asked(facts, "I04", by="level")) == {"2GT": (1, 1)}
    assert cells(asked(facts, "I04", by="qpv")) == {"non": (1, 1)}
    assert cells(asked([{**facts[0], "spans": spans[::-1]}, facts[1]], "I04", by="level")) == {"1G": (1, 1)}

    earlier = {**profiled("b1", level="3E"), "at": "2018-12-31"}
    one = joined(("app", "a1", 2018), ("app", "b1", 2018))
    assert cells(asked([*facts, earlier, one], "I04", by="level")) == {"2GT": (1, 1)}
    assert cells(asked([*facts, {**earlier, "at": "2019-01-03"}, one], "I04", by="level")) == {"3E": (1, 1)}


def test_of_two_engagements_of_one_fact_the_later_in_the_list_tells_the_gender() -> None:
    spans = [{"starts_on": day, "organisation": "x", "category": "etudiant", "gender": gender}
             for day, gender in (("2019-01-01", "F"), ("2018-09-01", "M"))]  # fmt: skip

    found = asked([{**engaged("t1"), "spans": spans}, held("s1", acting=acting("t1"))], "I08", by="gender")

    assert cells(found) == {"M": 1}


def test_of_two_spans_the_one_recorded_last_decides_in_whatever_time_zone() -> None:
    early = {**profiled("a1", level="2GT"), "at": "2019-01-01T09:00:00+00:00"}
    late = {**profiled("b1", level="1G", qpv="oui"), "at": "2019-01-01T10:00:00+00:00"}
    silent = {**profiled("c1", level="NON_RENSEIGNE", qpv="non_renseigne"), "at": "2019-02-01T10:00:00+00:00"}
    one = joined(("app", "a1", 2018), ("app", "b1", 2018), ("app", "c1", 2018))

    assert cells(asked([late, early, silent, one, held("s1", "a1")], "I04", by="level")) == {"1G": (1, 1)}
    assert cells(asked([late, early, silent, one, held("s1", "a1")], "I04", by="qpv")) == {"oui": (1, 1)}
