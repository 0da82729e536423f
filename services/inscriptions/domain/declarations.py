"""The rules of declared indicators: whole states like the rest of the registry, but no former value is ever lost."""

from contracts.declarations import EarlierDeclaration, IndicatorDeclared
from contracts.vocabulary import DeclaredUnit
from services.inscriptions.commands import DeclareIndicator
from services.inscriptions.domain.refusals import (
    AbovePercent,
    CorrectedTooOften,
    HeadsNotCounted,
    PartPeriodDiffers,
    PartUnitDiffers,
    ReasonNeeded,
    UnitOfIndicator,
)
from services.inscriptions.domain.registry import Surroundings, named, next_version, refuse_unknown, settle
from services.inscriptions.domain.tree import Tie, refuse_cycle

_MOST_EARLIER = 100  # as the contract says
_WHOLE = 100
_SHARES = frozenset({"I19", "I20", "I21", "I22"})
_HEADS = "effectif"

_ANSWERED_FOR = ("value", "unit", "period", "indicator", "sentence", "document", "declarant", "declared_on")
"""What is never lost when it changes: the number, what it measures, and who said it where."""
_KEPT = {"value", "unit", "period", "declarant", "declared_on"}


def declare_indicator(
    known: IndicatorDeclared | None, declaration: str, wish: DeclareIndicator, around: Surroundings
) -> IndicatorDeclared:
    """Parts are measured like the whole, which is not among their own parts; a correction has a reason."""
    _refuse_unusable(wish)
    child = f"declaration/{declaration}"
    refuse_unknown(named(wish), {*around.known, child})
    refuse_cycle({f"parts[{i}]": Tie(child, f"declaration/{part}") for i, part in enumerate(wish.parts)}, around.above)
    fact = IndicatorDeclared(
        version=next_version(known),
        declaration=declaration,
        earlier=_earlier(known, wish),
        **wish.model_dump(exclude={"reason"}),
    )
    _refuse_other_measure(fact, around)
    return settle(known, fact)


def _earlier(known: IndicatorDeclared | None, wish: DeclareIndicator) -> tuple[EarlierDeclaration, ...]:
    """What was said before, oldest first. Another label, scope or sum adds nothing: the number is the same."""
    if known is None:
        return ()
    stood, said = (one.model_dump(include=set(_ANSWERED_FOR)) for one in (known, wish))
    corrected = next((name for name in _ANSWERED_FOR if stood[name] != said[name]), None)
    if corrected is None:
        return known.earlier
    if wish.reason is None:
        raise ReasonNeeded("reason")
    if len(known.earlier) >= _MOST_EARLIER:
        raise CorrectedTooOften(corrected)
    return (*known.earlier, EarlierDeclaration(**known.model_dump(include=_KEPT), reason=wish.reason))


def _refuse_unusable(wish: DeclareIndicator) -> None:
    """What the indicators that read declarations could not use (I20 to I22, and their denominator `effectif`)."""
    number = wish.value.number
    if wish.unit == DeclaredUnit.PERCENT and number is not None and number > _WHOLE:
        raise AbovePercent("value.number")
    if wish.indicator in _SHARES and wish.unit != DeclaredUnit.PERCENT:
        raise UnitOfIndicator("unit")
    if wish.indicator == _HEADS:
        if wish.unit != DeclaredUnit.PERSONS:
            raise UnitOfIndicator("unit")
        if not number:
            raise HeadsNotCounted("value.number")


def _refuse_other_measure(fact: IndicatorDeclared, around: Surroundings) -> None:
    """Both ways: neither does a part change what it measures while a whole rests on it."""
    beside = [(f"parts[{i}]", f"parts[{i}]", around.parts[part]) for i, part in enumerate(fact.parts)]
    above = [("unit", "period", whole) for whole in around.wholes]
    for unit, period, other in (*beside, *above):
        if other.unit != fact.unit:
            raise PartUnitDiffers(unit)
        if other.period != fact.period:
            raise PartPeriodDiffers(period)
