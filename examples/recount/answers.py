"""Which rule answers for which indicator, and its breakdowns."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from examples.recount import acting, certificates, declared, offer, partners, paths, pupils, schools
from examples.recount.activities import Activity
from examples.recount.answer import Answer
from examples.recount.cuts import (
    ATTRIBUTES,
    OCCASIONS,
    SCHOOLS,
    Cells,
    cut_acting,
    cut_attributes,
    cut_occasions,
    cut_schools,
)
from examples.recount.facts import Data
from examples.recount.scope import Question, Scope, parse_question
from examples.recount.world import World

Measure = Callable[[Sequence[Activity], Scope], Answer]
Whole = Callable[[Scope], tuple[Answer, dict[str, Answer]]]

_PUPILS = ATTRIBUTES | SCHOOLS | OCCASIONS
_ACTING = frozenset({"school", "role", "category", "gender"})


@dataclass(frozen=True)
class Counted:
    """Counted over activities (of `kinds`, where it names some), and anew over each part.

    `by` is the breakdown where the question names none.
    """

    measure: Measure
    cuts: Collection[str]
    categories: Collection[str] = ()
    by: str | None = None
    kinds: Collection[str] = ()


@dataclass(frozen=True)
class Told:
    """Finds its own cells."""

    measure: Whole
    cuts: Collection[str]


INDICATORS: dict[str, Counted | Told] = {
    "I01": Counted(pupils.informed, _PUPILS, kinds=pupils.INFORMATION),
    "I02": Counted(pupils.tutored, _PUPILS),
    "I02_inscrits": Told(pupils.enrolled, ATTRIBUTES | SCHOOLS | {"programme"}),
    "I02_renforces": Counted(pupils.reinforced, _PUPILS),
    "I03": Counted(pupils.supported, _PUPILS),
    "I04": Counted(pupils.beneficiaries, _PUPILS),
    "I05": Counted(schools.sites_reached, SCHOOLS | OCCASIONS),
    "I05_uai": Counted(schools.codes_reached, SCHOOLS | OCCASIONS),
    "I06": Told(schools.roped_sites, SCHOOLS | {"programme"}),
    "I07": Counted(schools.academies, OCCASIONS),
    "I08": Counted(acting.students, _ACTING | OCCASIONS, acting.STUDENT),
    "I09": Counted(acting.tutors, _ACTING | OCCASIONS, acting.STUDENT),
    "I09_formes": Counted(acting.trained_tutors, _ACTING | OCCASIONS, acting.STUDENT),
    "I10": Counted(acting.staff, _ACTING | OCCASIONS, acting.STAFF),
    "I11": Counted(pupils.pupil_hours, _PUPILS),
    "I12": Counted(acting.volunteer_hours, _ACTING | OCCASIONS),
    "I13": Counted(offer.session_hours, OCCASIONS),
    "I14": Counted(offer.held, OCCASIONS),
    "I16": Counted(offer.by_type, OCCASIONS, by="activity"),
    "I17": Counted(pupils.girls, _PUPILS),
    "I18b": Told(schools.priority_colleges, {"academie", "departement", "programme"}),
    "I20": Told(declared.share_in_schools, {"school"}),
    "I21": Told(declared.share_in_schools, {"school"}),
    "I22": Told(paths.from_pathways, {"school"}),
    "I23": Told(certificates.issued, {"school", "year", "programme"}),
    "I24": Told(certificates.eligible, {"school", "condition"}),
    "I25": Told(paths.tutees_turned_tutors, {"school", "years_between"}),
    "I26": Told(paths.former_beneficiaries, {"school", "cohort"}),
    "I27": Told(partners.active_partners, {"kind", "programme"}),
    "I28": Told(partners.sponsors, {"kind", "programme"}),
    "I29": Told(offer.forum_institutions, {"edition", "kind"}),
    "I30": Counted(offer.conferences, OCCASIONS),
    "I32": Counted(pupils.hours_per_tutee, _PUPILS),
    "I33": Counted(pupils.in_preparatory_class, _PUPILS),
    "I34": Told(acting.schools_involved, {"school", "programme"}),
}
_PERCENT = frozenset({"I17", "I18b", "I20", "I21", "I22"})
"""Of these, a nought is an answer; of the others, it is an empty cell."""


def answer_row(world: World, row: Data) -> dict[str, Any]:
    """One row of a file of questions. Raises ValueError for what nobody can answer."""
    if "declaration" in row:
        return {**declared.declaration(world.registry, row["declaration"]), "cells": {}}
    return answer(world, parse_question(row))


def answer(world: World, question: Question) -> dict[str, Any]:
    """`value`, `low`, `high`, `details`, and `cells` by their names. Raises ValueError for what nobody can answer."""
    rule = INDICATORS.get(question.indicator)
    if rule is None or (question.by and question.by not in rule.cuts):
        message = f"no rule for {question.indicator}" + (f" by {question.by}" if question.by else "")
        raise ValueError(message)
    scope = Scope(world, question)
    if isinstance(rule, Told):
        whole, cells = rule.measure(scope)
        cells = cells if question.by else {}
    else:
        held = [each for each in scope.held if not rule.kinds or each.kind in rule.kinds]
        whole = rule.measure(held, scope)
        by = question.by or rule.by
        parts = _cut(held, by, scope, rule.categories) if by else {}
        cells = {cell: rule.measure(part, scope) for cell, part in parts.items()}
    kept = {cell: _cell(each) for cell, each in sorted(cells.items()) if not _is_empty(each, question.indicator)}
    return {**whole, "cells": kept}


def _cut(held: Sequence[Activity], by: str, scope: Scope, categories: Collection[str]) -> Cells:
    rule = INDICATORS[scope.question.indicator]
    if by in OCCASIONS:
        return cut_occasions(held, by, scope)
    if by in SCHOOLS:
        return cut_schools(held, by, scope)
    if set(rule.cuts) >= _ACTING:
        return cut_acting(held, by, scope, categories)
    return cut_attributes(held, by, scope)


def _is_empty(each: Answer, indicator: str) -> bool:
    if each["low"] is None:
        return True
    return each["low"] == each["high"] == 0 and indicator not in _PERCENT and not _is_rated(each)


def _is_rated(each: Answer) -> bool:
    """Of so many, so many: then a nought is an answer too."""
    return "rate_percent" in each["details"] and "beneficiaries" in each["details"]


def _cell(each: Answer) -> dict[str, Any]:
    """A number, or bounds; and beside it what only some indicators tell of a cell."""
    bounds = "nominative" in each["details"] or each["low"] != each["high"]
    shown: dict[str, Any] = {"low": each["low"], "high": each["high"]} if bounds else {"value": each["value"]}
    if _is_rated(each):
        shown["details"] = each["details"]
    return shown
