"""Indicators about the organisations around a programme: partners, and sponsors among them."""

from collections import defaultdict

from examples.recount.acting import professionals
from examples.recount.answer import Answer, exactly
from examples.recount.offer import organisations_by_kind
from examples.recount.scope import Scope
from examples.recount.spans import span_of

_ROLES = frozenset({"partenaire", "financeur", "soutien", "parrain"})
Bound = set[tuple[str, str]]
"""An organisation, and the programme of its convention or activity."""


def active_partners(scope: Scope) -> tuple[Answer, dict[str, Answer]]:
    """I27: with a convention, or organiser of a held activity who runs its programme neither itself nor from above."""
    found = _bound(scope, _ROLES) | {
        (organiser, activity.programme)
        for activity in scope.held
        for organiser in activity.named
        if not scope.registry.above(organiser, activity.day)
        & scope.registry.organisers(activity.programme, activity.day)
    }
    return exactly(len(_organisations(found))), _cells(found, scope)


def sponsors(scope: Scope) -> tuple[Answer, dict[str, Answer]]:
    """I28, with the professionals who act."""
    found = _bound(scope, {"parrain"})
    whole = exactly(len(_organisations(found)), professionals=len(professionals(scope.held, scope)))
    return whole, _cells(found, scope)


def _bound(scope: Scope, roles: frozenset[str] | set[str]) -> Bound:
    return {
        (each["organisation"], each["programme"])
        for each in scope.conventions("organisation", roles)
        if scope.running(each["programme"], span_of(each["valid"]), scope.period.span)
    }


def _organisations(bound: Bound) -> set[str]:
    return {organisation for organisation, _ in bound}


def _cells(bound: Bound, scope: Scope) -> dict[str, Answer]:
    if scope.question.by != "programme":
        return organisations_by_kind(_organisations(bound), scope)
    cells: dict[str, set[str]] = defaultdict(set)
    for organisation, programme in bound:
        cells[programme].add(organisation)
    return {programme: exactly(len(own)) for programme, own in cells.items()}
