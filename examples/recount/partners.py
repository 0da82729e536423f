"""Indicators about the organisations around a programme: partners, and sponsors among them."""

from examples.recount.acting import professionals
from examples.recount.answer import Answer, exactly
from examples.recount.offer import organisations_by_kind
from examples.recount.scope import Scope
from examples.recount.spans import span_of

_ROLES = frozenset({"partenaire", "financeur", "soutien", "parrain"})


def active_partners(scope: Scope) -> tuple[Answer, dict[str, Answer]]:
    """I27: with a convention, or organiser of a held activity who runs its programme neither itself nor from above."""
    found = _bound(scope, _ROLES) | {
        organiser
        for activity in scope.held
        for organiser in activity.named
        if not scope.registry.above(organiser, activity.day)
        & scope.registry.organisers(activity.programme, activity.day)
    }
    return exactly(len(found)), organisations_by_kind(found, scope)


def sponsors(scope: Scope) -> tuple[Answer, dict[str, Answer]]:
    """I28, with the professionals who act."""
    found = _bound(scope, {"parrain"})
    return (
        exactly(len(found), professionals=len(professionals(scope.held, scope))),
        organisations_by_kind(found, scope),
    )


def _bound(scope: Scope, roles: frozenset[str] | set[str]) -> set[str]:
    return {
        each["organisation"]
        for each in scope.conventions("organisation", roles)
        if scope.running(each["programme"], span_of(each["valid"]), scope.period.span)
    }
