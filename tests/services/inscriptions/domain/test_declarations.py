"""Declared indicators: a corrected value keeps what was said before, and a sum rests on parts measured like itself."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest

from contracts.declarations import DeclaredValue, IndicatorDeclared
from contracts.vocabulary import DeclaredWording
from services.inscriptions.commands import DeclareIndicator
from services.inscriptions.domain.declarations import declare_indicator
from services.inscriptions.domain.refusals import (
    AbovePercent,
    CorrectedTooOften,
    Cycle,
    EntryUnknown,
    FieldRefused,
    HeadsNotCounted,
    PartPeriodDiffers,
    PartUnitDiffers,
    ReasonNeeded,
    UnitOfIndicator,
)
from services.inscriptions.domain.registry import Surroundings, named, ties_of

BODY: dict[str, Any] = {
    "indicator": "boursiers",
    "label": "Élèves boursiers",
    "organisation": "imt-mines-ales",
    "period": {"starts_on": "2018-09-01", "ends_on": "2019-09-01"},
    "unit": "percent",
    "value": {"number": 28},
    "sentence": "28 % d’élèves boursiers",
    "document": "Rapport annuel",
    "declarant": "Direction des études",
    "declared_on": "2019-10-01",
}
CORRECTED = {"value": {"numerator": 29, "denominator": 100}, "reason": "Une élève de plus"}


def wish(**changes: Any) -> DeclareIndicator:
    return DeclareIndicator.model_validate(BODY | changes)


def around(asked: DeclareIndicator, *others: IndicatorDeclared, wholes: Iterable[str] = ()) -> Surroundings:
    """Everything is known; of the other declarations, those that the wish names are its parts."""
    return Surroundings(
        known=frozenset(named(asked).values()),
        above=tuple(tie for other in others for tie in ties_of(other)),
        parts={other.declaration: other for other in others if other.declaration in asked.parts},
        wholes=tuple(other for other in others if other.declaration in wholes),
    )


def declared(
    known: IndicatorDeclared | None = None, declaration: str = "boursiers", **changes: Any
) -> IndicatorDeclared:
    asked = wish(**changes)
    parts = [declared(declaration=part) for part in asked.parts]
    return declare_indicator(known, declaration, asked, around(asked, *parts))


def test_a_declaration_is_said_as_it_was_wished() -> None:
    fact = declared(reason="Sans effet")

    assert (fact.declaration, fact.version, fact.earlier) == ("boursiers", 1, ())
    assert fact.value == DeclaredValue(number=28)
    assert (fact.period.starts_on, fact.period.ends_on) == (date(2018, 9, 1), date(2019, 9, 1))


def test_the_same_again_is_the_fact_that_stands() -> None:
    first = declared()

    assert declared(first) is first
    assert declared(first, reason="Un motif pour rien") is first


def test_a_corrected_value_keeps_the_former_one_with_its_declarant_and_the_reason() -> None:
    first = declared()

    fact = declared(first, **CORRECTED, declarant="Secrétariat général", declared_on="2019-11-04")

    assert (fact.version, fact.value) == (2, DeclaredValue(numerator=29, denominator=100))
    assert fact.declarant == "Secrétariat général"
    (before,) = fact.earlier
    assert (before.value, before.declarant) == (DeclaredValue(number=28), "Direction des études")
    assert (before.declared_on, before.reason) == (date(2019, 10, 1), "Une élève de plus")
    assert (before.unit, before.period) == (first.unit, first.period)


def test_the_same_correction_again_changes_nothing() -> None:
    second = declared(declared(), **CORRECTED)

    assert declared(second, **CORRECTED) is second


def test_what_was_said_stands_oldest_first_even_when_a_value_comes_back() -> None:
    second = declared(declared(), **CORRECTED)
    third = declared(second, reason="C’était bien 28")

    assert [before.reason for before in third.earlier] == ["Une élève de plus", "C’était bien 28"]
    assert [before.value for before in third.earlier] == [
        DeclaredValue(number=28),
        DeclaredValue(numerator=29, denominator=100),
    ]


def test_another_label_scope_or_sum_needs_no_reason_and_keeps_nothing() -> None:
    changes = {"programme": "ales", "organisation": None, "parts": ["une"]}

    fact = declared(declared(), label="Part des élèves boursiers", **changes)

    assert (fact.version, fact.label, fact.earlier) == (2, "Part des élèves boursiers", ())
    assert (fact.programme, fact.organisation, fact.parts) == ("ales", None, ("une",))


@pytest.mark.parametrize(
    "changes",
    [
        {"value": {"number": 29}},
        {"unit": "items"},
        {"period": {"starts_on": "2018-09-01", "ends_on": "2020-09-01"}},
        {"indicator": "I21"},
        {"sentence": "28 % d’élèves boursiers, à peu près"},
        {"document": "Rapport de l’an passé"},
        {"declarant": "Secrétariat général"},
        {"declared_on": "2019-10-02"},
    ],
)
def test_whatever_is_answered_for_changes_with_a_reason_and_what_stood_is_kept(changes: dict[str, Any]) -> None:
    first = declared()
    (name,) = changes

    with pytest.raises(ReasonNeeded) as refused:
        declared(first, **changes)
    second = declared(first, **changes, reason="Une erreur")

    assert refused.value.field == "reason"
    assert second.version == 2
    assert getattr(second, name) != getattr(first, name)
    (before,) = second.earlier
    kept = ("value", "unit", "period", "declarant", "declared_on")
    assert {one: getattr(before, one) for one in kept} == {one: getattr(first, one) for one in kept}
    assert declared(second, **changes, reason="Une erreur") is second


@pytest.mark.parametrize(
    ("changes", "refusal", "field"),
    [
        ({"value": {"number": 101}}, AbovePercent, "value.number"),
        ({"value": {"number": 101, "wording": "environ"}}, AbovePercent, "value.number"),
        *[({"indicator": code, "unit": "persons"}, UnitOfIndicator, "unit") for code in ("I19", "I20", "I21", "I22")],
        ({"indicator": "effectif"}, UnitOfIndicator, "unit"),
        ({"indicator": "effectif", "unit": "persons", "value": {"number": 0}}, HeadsNotCounted, "value.number"),
        (
            {"indicator": "effectif", "unit": "persons", "value": {"numerator": 1, "denominator": 2}},
            HeadsNotCounted,
            "value.number",
        ),
    ],
)
def test_what_an_indicator_could_not_use_is_refused(
    changes: dict[str, Any], refusal: type[FieldRefused], field: str
) -> None:
    with pytest.raises(refusal) as refused:
        declared(**changes)

    assert refused.value.field == field


@pytest.mark.parametrize(
    "changes",
    [
        {"value": {"number": 100}},
        {"value": {"number": 101}, "unit": "persons"},
        {"indicator": "I20", "value": {"numerator": 244, "denominator": 812}},
        {"indicator": "effectif", "unit": "persons", "value": {"number": 1}},
    ],
)
def test_what_an_indicator_can_use_is_declared(changes: dict[str, Any]) -> None:
    assert declared(**changes).version == 1


def test_another_wording_is_another_value() -> None:
    asked = {"value": {"number": 28, "wording": "plus_de"}}

    with pytest.raises(ReasonNeeded):
        declared(declared(), **asked)
    fact = declared(declared(), **asked, reason="Le rapport dit « plus de »")

    assert fact.value.wording is DeclaredWording.PLUS_DE


def test_a_corrected_value_without_a_reason_is_refused_by_its_field_and_the_value_is_not_repeated() -> None:
    with pytest.raises(ReasonNeeded) as refused:
        declared(declared(), value={"number": 77})

    assert refused.value.field == "reason"
    assert not {"77", "28"} & set(str(refused.value).split())


def test_a_declaration_is_not_corrected_without_end() -> None:
    fact = declared()
    for number in range(100):
        fact = declared(fact, value={"number": number % 2}, reason="Encore")

    with pytest.raises(CorrectedTooOften) as refused:
        declared(fact, value={"number": 1}, document="Un autre rapport", reason="Encore")
    assert (len(fact.earlier), refused.value.field) == (100, "document")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"programme": "ales"}, "programme"),
        ({}, "organisation"),
        ({"organisation": None, "programme": "ales", "parts": ["x"]}, "parts[0]"),
    ],
)
def test_what_is_named_must_be_known(changes: dict[str, Any], field: str) -> None:
    asked = wish(**changes)
    known = frozenset(subject for name, subject in named(asked).items() if name != field)

    with pytest.raises(EntryUnknown) as refused:
        declare_indicator(None, "boursiers", asked, Surroundings(known=known))

    assert refused.value.field == field


def test_a_sum_rests_on_parts_of_its_own_unit_and_period() -> None:
    fact = declared(declaration="somme", parts=["une", "autre"])

    assert fact.parts == ("une", "autre")


@pytest.mark.parametrize(
    ("part", "refusal"),
    [
        ({"unit": "persons"}, PartUnitDiffers),
        ({"period": {"starts_on": "2018-09-01", "ends_on": "2019-08-31"}}, PartPeriodDiffers),
    ],
)
def test_a_part_measured_otherwise_is_refused_from_both_sides(
    part: dict[str, Any], refusal: type[PartUnitDiffers | PartPeriodDiffers]
) -> None:
    one, other = declared(declaration="une"), declared(declaration="autre", **part)
    asked, changed = wish(parts=["une", "autre"]), wish(**part, reason="Mesuré autrement")
    whole = declared(declaration="somme", parts=["une"])

    with pytest.raises(refusal) as refused:
        declare_indicator(None, "somme", asked, around(asked, one, other))
    with pytest.raises(refusal) as moved:
        declare_indicator(one, "une", changed, around(changed, whole, wholes=["somme"]))

    assert (refused.value.field, moved.value.field) == ("parts[1]", next(iter(part)))


def test_a_whole_is_no_part_of_itself_at_any_depth() -> None:
    b, c = declared(declaration="b", parts=["c"]), declared(declaration="c", parts=["a"])
    itself, deep = wish(parts=["a"]), wish(parts=["z", "b"])

    with pytest.raises(Cycle) as own:
        declare_indicator(None, "a", itself, around(itself))
    with pytest.raises(Cycle) as far:
        declare_indicator(None, "a", deep, around(deep, declared(declaration="z"), b, c))

    assert (own.value.field, far.value.field) == ("parts[0]", "parts[1]")
