"""R15: what a figure says of a printed wording; and R1: how a period is written."""

from datetime import date
from fractions import Fraction

import pytest

from services.reporting.periods import UnknownPeriod, parse_period
from services.reporting.wording import UnknownWording, Verdict, judge, parse_wording

YES, MAYBE, NO = Verdict.ESTABLISHED, Verdict.COMPATIBLE, Verdict.CONTRADICTED


@pytest.mark.parametrize(
    ("wording", "value", "verdict"),
    [
        ("plus de 130", "130", YES),
        ("plus de 130", "155.99", YES),
        ("plus de 130", "156", NO),
        ("plus de 130", "129", NO),
        ("Plus de 25 000", "25001", YES),
        ("plus de 25\u202f000", "24999", NO),
        ("près de 1 500", "1425", YES),
        ("près de 1 500", "1424", NO),
        ("près de 1 500", "1500", NO),
        ("près d'1", "0.97", YES),
        ("près d\u2019une".replace("une", "1"), "1", NO),
        ("environ 4 000", "3999.67", YES),
        ("environ 4 000", "3800", YES),
        ("environ 4 000", "4200", YES),
        ("environ 4 000", "4201", NO),
        ("44", "44", YES),
        ("44", "45", NO),
        ("exactement 44", "44", YES),
        ("30,8", "30.8", YES),
        ("la plupart", "50.1", YES),
        ("la plupart", "50", NO),
        ("au moins 44", "44", YES),
        ("au moins 44", "440", YES),
        ("au moins 44", "43.9", NO),
    ],
)
def test_a_value_bears_a_wording_out_or_not(wording: str, value: str, verdict: Verdict) -> None:
    exact = Fraction(value)

    assert judge(parse_wording(wording), exact, exact) is verdict


@pytest.mark.parametrize(
    ("wording", "low", "high", "verdict"),
    [
        ("plus de 30", 30, 35, YES),
        ("plus de 30", 30, 36, MAYBE),
        ("plus de 30", 20, 30, MAYBE),
        ("plus de 30", 36, 60, NO),
        ("près de 30", 30, 60, NO),
        ("près de 30", 29, 60, MAYBE),
        ("45", 30, 60, MAYBE),
        ("61", 30, 60, NO),
        ("la plupart", 0, 100, MAYBE),
        ("au moins 40", 30, 60, MAYBE),
    ],
)
def test_an_interval_establishes_allows_or_contradicts(wording: str, low: int, high: int, verdict: Verdict) -> None:
    assert judge(parse_wording(wording), Fraction(low), Fraction(high)) is verdict


def test_verdicts_have_a_french_label() -> None:
    assert [verdict.label for verdict in (YES, MAYBE, NO)] == ["établi", "compatible", "contredit"]


@pytest.mark.parametrize("text", ["", "beaucoup", "plus de", "moins de 3", "plus de douze", "-3", "1 00"])
def test_another_wording_is_refused(text: str) -> None:
    with pytest.raises(UnknownWording):
        parse_wording(text)


@pytest.mark.parametrize(
    ("text", "starts_on", "ends_on"),
    [
        ("2019", date(2019, 1, 1), date(2020, 1, 1)),
        ("2018-2019", date(2018, 9, 1), date(2019, 9, 1)),
        ("2019-01-01/2019-07-01", date(2019, 1, 1), date(2019, 7, 1)),
    ],
)
def test_a_period_is_half_open(text: str, starts_on: date, ends_on: date) -> None:
    period = parse_period(text)

    assert (period.starts_on, period.ends_on) == (starts_on, ends_on)


@pytest.mark.parametrize(
    "text",
    ["", "19", "2018-2020", "2019-2018", "2019-07-01/2019-07-01", "2019-02-30/2019-03-01", "1789", "9999", "2019/2020"],
)
def test_another_period_is_refused(text: str) -> None:
    with pytest.raises(UnknownPeriod):
        parse_period(text)


@pytest.mark.parametrize(
    ("wording", "low", "high", "verdict"),
    [
        ("près de 40", 38, 40, YES),
        ("40", 38, 40, NO),
        ("plus de 40", 40, 48, YES),
        ("environ 39", 38, 40, YES),
        ("plus de 40", 38, 41, MAYBE),
        ("au moins 40", 40, None, YES),
        ("plus de 40", 40, None, MAYBE),
        ("39", 40, None, NO),
    ],
)
def test_a_declared_wording_ends_before_its_high_bound(
    wording: str, low: int, high: int | None, verdict: Verdict
) -> None:
    bound = None if high is None else Fraction(high)

    assert judge(parse_wording(wording), Fraction(low), bound, high_in=False) is verdict


def test_without_a_value_there_is_nothing_to_judge() -> None:
    assert judge(parse_wording("44"), None, None) is Verdict.UNKNOWN
