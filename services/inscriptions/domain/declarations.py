"""The rules of declared indicators: whole states like the rest of the registry, but no former value is ever lost."""

from contracts.declarations import DeclaredValue, EarlierDeclaration, IndicatorDeclared
from services.inscriptions.commands import DeclareIndicator
from services.inscriptions.domain.refusals import CorrectedTooOften, PartPeriodDiffers, PartUnitDiffers, ReasonNeeded
from services.inscriptions.domain.registry import Surroundings, named, next_version, refuse_unknown, settle
from services.inscriptions.domain.tree import Tie, refuse_cycle

_MOST_EARLIER = 100  # as the contract says


def declare_indicator(
    known: IndicatorDeclared | None, declaration: str, wish: DeclareIndicator, around: Surroundings
) -> IndicatorDeclared:
    """Parts are measured like the whole, which is not among their own parts; a corrected value has a reason."""
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
    """What was said before, oldest first. A change of anything but the value adds nothing."""
    if known is None:
        return ()
    if known.value == DeclaredValue(**wish.value.model_dump()):
        return known.earlier
    if wish.reason is None:
        raise ReasonNeeded("reason")
    if len(known.earlier) >= _MOST_EARLIER:
        raise CorrectedTooOften("value")
    before = EarlierDeclaration(
        value=known.value, declarant=known.declarant, declared_on=known.declared_on, reason=wish.reason
    )
    return (*known.earlier, before)


def _refuse_other_measure(fact: IndicatorDeclared, around: Surroundings) -> None:
    """Both ways: neither does a part change what it measures while a whole rests on it."""
    beside = [(f"parts[{i}]", f"parts[{i}]", around.parts[part]) for i, part in enumerate(fact.parts)]
    above = [("unit", "period", whole) for whole in around.wholes]
    for unit, period, other in (*beside, *above):
        if other.unit != fact.unit:
            raise PartUnitDiffers(unit)
        if other.period != fact.period:
            raise PartPeriodDiffers(period)
