"""Every count of one programme and period on one page, for whoever wants to see them together."""

from typing import Any

from examples.recount.answers import answer
from examples.recount.period import Period
from examples.recount.scope import Question, Scope
from examples.recount.world import World

Figures = dict[str, Any]

_PAGE = ("I02_renforces", "I02_inscrits", "I05", "I05_uai", "I08", "I09")


def figures(world: World, period: Period, programme: str | None = None) -> Figures:
    """The counts, by their codes."""

    def asked(indicator: str, by: str | None = None) -> dict[str, Any]:
        return answer(world, Question(indicator, period, programme, by=by))

    return {
        **{code: _bounds(asked(code)) for code in ("I01", "I04")},
        "I02": _tutees(asked("I02", "level")),
        **{code: {"value": asked(code)["value"]} for code in _PAGE},
        **{code: _hours(asked(code)) for code in ("I11", "I12", "I13", "I32")},
        "I14": _held(asked("I14")),
        "I16": {kind: cell["value"] for kind, cell in asked("I16")["cells"].items()},
        "quality": _quality(Scope(world, Question("quality", period, programme))),
    }


def _bounds(found: dict[str, Any]) -> Figures:
    return {"nominative": found["details"]["nominative"], "low": found["low"], "high": found["high"]}


def _tutees(found: dict[str, Any]) -> Figures:
    levels = {level.replace("non_renseigne", "NON_RENSEIGNE"): each["value"] for level, each in found["cells"].items()}
    return {"value": found["value"], "by_level": dict(sorted(levels.items()))}


def _hours(found: dict[str, Any]) -> Figures:
    if found["value"] is None:
        return {"value": None}
    hidden = {"headcount_hours", "tutees"}
    return {"hours": found["value"]} | {name: each for name, each in found["details"].items() if name not in hidden}


def _held(found: dict[str, Any]) -> Figures:
    held, cancelled = found["value"], found["details"]["cancelled"]
    rate = held / (held + cancelled) if held or cancelled else None
    return {"value": held, "cancelled": cancelled, "rate": rate}


def _quality(scope: Scope) -> Figures:
    """Past activities without a roll, and records on rolls that nobody registered (R2, R4b)."""
    return {
        "unknown_references": len({record for activity in scope.held for record in activity.unknown}),
        "missing_rolls": sum(activity.said == "planned" for activity in scope.activities),
    }
