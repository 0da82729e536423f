"""Numbers that no event carries: what somebody declares of a period, as a value or as the bounds of its wording."""

from datetime import date

from examples.recount.answer import Answer, exactly, share, worded
from examples.recount.facts import Data
from examples.recount.registry import Registry
from examples.recount.scope import Scope
from examples.recount.spans import span_of

HEADCOUNT = "effectif"


def declaration(registry: Registry, name: str) -> Answer:
    """One declaration. `parts_sum` is what its parts add up to, None where one of them is no number."""
    if name not in registry.declarations:
        message = f"nobody declared {name}"
        raise ValueError(message)
    said = registry.declarations[name]
    parts = [registry.declarations.get(part, {"value": {}})["value"].get("number") for part in said.get("parts") or ()]
    details = {"unit": said["unit"], "wording": _wording(said), "earlier": len(said.get("earlier") or ())}
    if parts:
        total = None if None in parts else sum(parts)
        details |= {"parts_sum": total, "parts_agree": total == said["value"].get("number")}
    return worded(_wording(said), _number(said), **details)


def _wording(said: Data) -> str:
    return said["value"].get("wording") or "exact"


def _number(said: Data) -> float:
    """Of a fraction its percentage."""
    value = said["value"]
    if value.get("number") is not None:
        return int(value["number"])
    return float(100 * value["numerator"] / value["denominator"])


def share_in_schools(scope: Scope) -> tuple[Answer, dict[str, Answer]]:
    """I20 and I21: what member schools declare of exactly this period. Fractions are added; a number stands alone."""
    found = [each for each in _declared(scope.question.indicator, scope) if _is_of_member(each, scope)]
    schools = sorted({each["organisation"] for each in found})
    return _together(found), {
        school: _together([e for e in found if e["organisation"] == school]) for school in schools
    }


def _together(found: list[Data]) -> Answer:
    if len(found) == 1 and found[0]["value"].get("number") is not None:
        return worded(_wording(found[0]), _number(found[0]), declarations=1)
    fractions = [each["value"] for each in found if each["value"].get("denominator")]
    numerator = sum(each["numerator"] for each in fractions)
    denominator = sum(each["denominator"] for each in fractions)
    return exactly(share(numerator, denominator), numerator=numerator, denominator=denominator, declarations=len(found))


def _declared(indicator: str, scope: Scope) -> list[Data]:
    """Declarations of this indicator by organisations, about exactly the period of the question."""
    return [
        each
        for each in scope.registry.declarations.values()
        if each["indicator"] == indicator and each.get("organisation") and span_of(each["period"]) == scope.period.span
    ]


def _is_of_member(said: Data, scope: Scope) -> bool:
    return scope.is_member(said["organisation"], date.fromisoformat(said["period"]["starts_on"]))


def headcount_of(school: str, scope: Scope) -> int | None:
    """How many students the school declares for the period, by whoever said it last; None where nobody does."""
    said = [
        each
        for each in _declared(HEADCOUNT, scope)
        if each["organisation"] == school and each["value"].get("number") is not None
    ]
    last = max(said, key=lambda each: (each["declared_on"], each["id"]), default=None)
    return None if last is None else int(last["value"]["number"])
