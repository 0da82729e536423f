"""R15 the other way round: what could be printed for a figure."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.reporting.suggestion import suggested_wording
from services.reporting.wording import Verdict, judge, parse_wording


@pytest.mark.parametrize(
    ("value", "wording"),
    [
        ("0", "0"),
        ("44", "44"),
        ("101", "plus de 100"),
        ("105", "plus de 100"),
        ("131", "plus de 130"),
        ("195", "près de 200"),
        ("395", "près de 400"),
        ("140", "140"),
        ("296", "près de 300"),
        ("517", "près de 520"),
        ("1483", "près de 1\u202f500"),
        ("3979.2", "près de 4\u202f000"),
        ("24812", "près de 25\u202f000"),
        ("38.9", "près de 39"),
        ("1/3", "plus de 0,33"),
    ],
)
def test_a_number_is_printed_as_it_is_or_as_the_nearest_round_one(value: str, wording: str) -> None:
    exact = Fraction(value)

    assert suggested_wording(exact, exact) == wording


@pytest.mark.parametrize(
    ("low", "high", "wording"),
    [
        (24000, 25500, "environ 25\u202f000"),
        (25100, 26000, "environ 26\u202f000"),
        (131, 133, "plus de 130"),
        (145, 149, "près de 150"),
        (30, 60, "au moins 30"),
        (37, None, "au moins 37"),
        (None, None, None),
        (0, 30, None),
    ],
)
def test_an_interval_has_what_every_value_in_it_bears_out(
    low: int | None, high: int | None, wording: str | None
) -> None:
    bounds = [None if bound is None else Fraction(bound) for bound in (low, high)]

    assert suggested_wording(*bounds) == wording


@pytest.mark.parametrize(
    ("value", "wording"),
    [("0", None), ("1/3", None), ("0.97", None), ("1", "1"), ("100/81", "plus de 1,2"), ("38.9", "près de 39")],
)
def test_a_share_below_one_percent_is_not_printed(value: str, wording: str | None) -> None:
    assert suggested_wording(Fraction(value), Fraction(value), share=True) == wording


@pytest.mark.parametrize(("value", "wording"), [("0.0126", "au moins 0,01"), ("1/300", None), ("0.05", "0,05")])
def test_there_are_at_most_two_decimals(value: str, wording: str | None) -> None:
    assert suggested_wording(Fraction(value), Fraction(value)) == wording


values = st.fractions(min_value=0, max_value=10**7, max_denominator=60)


@given(values, values)
def test_what_is_suggested_is_established(one: Fraction, other: Fraction) -> None:
    low, high = sorted((one, other))

    wording = suggested_wording(low, high)

    assert (wording is None) <= (low < Fraction(1, 100))
    assert wording is None or judge(parse_wording(wording), low, high) is Verdict.ESTABLISHED
