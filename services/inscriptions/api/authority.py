"""Who may do what: operators everything, coordinators what concerns their programmes, everybody reads the registry."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import Depends

from chassis.errors import Forbidden
from chassis.identity import Principal, Role, allow
from chassis.transaction import Transaction
from contracts.declarations import IndicatorDeclared
from contracts.registry import ConventionSigned
from services.inscriptions.commands import DeclareIndicator, OpenProgramme, SignConvention
from services.inscriptions.storage import registry as rows

Writer = Annotated[Principal, Depends(allow(Role.COORDINATOR, Role.OPERATOR))]
Reader = Annotated[Principal, Depends(allow())]


def require_every(principal: Principal, programmes: Iterable[str]) -> None:
    """Raise `Forbidden` for a coordinator unless all of these are its programmes."""
    if Role.OPERATOR not in principal.roles:
        for programme in programmes:
            principal.require_programme(programme)


def require_about(principal: Principal, programmes: Iterable[str | None]) -> None:
    """The same where a programme may be left out: without one, only operators speak."""
    if Role.OPERATOR not in principal.roles:
        for programme in programmes:
            if programme is None:
                raise Forbidden("programme")
            principal.require_programme(programme)


def may_open(principal: Principal, programme: str, body: OpenProgramme) -> None:
    """A coordinator opens and changes its programmes, and places one only inside another of its own."""
    require_every(principal, [programme, *([body.parent] if body.parent else [])])


async def may_sign(tx: Transaction, principal: Principal, convention: str, body: SignConvention) -> None:
    """The programme of the body, and the one that the convention binds to so far."""
    known = await rows.load(tx, ConventionSigned, convention)
    require_every(principal, {body.programme, known.programme if known else body.programme})


async def may_declare(tx: Transaction, principal: Principal, declaration: str, body: DeclareIndicator) -> None:
    """The programme of the body, and the one that the declaration is about so far; without one, operators alone."""
    known = await rows.load(tx, IndicatorDeclared, declaration)
    require_about(principal, {body.programme, known.programme if known else body.programme})


def require_any(principal: Principal, programmes: Iterable[str]) -> None:
    """Raise `Forbidden` for a coordinator unless one of these is its programme."""
    if Role.OPERATOR not in principal.roles and not any(map(principal.may_speak_of, programmes)):
        raise Forbidden("programme")
