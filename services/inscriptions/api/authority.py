"""Who may do what: operators everything, coordinators what concerns their programmes, everybody reads the registry."""

from collections.abc import Iterable
from typing import Annotated

from fastapi import Depends

from chassis.errors import Forbidden
from chassis.identity import Principal, Role, allow

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


def require_any(principal: Principal, programmes: Iterable[str]) -> None:
    """Raise `Forbidden` for a coordinator unless one of these is its programme."""
    if Role.OPERATOR not in principal.roles and not any(map(principal.may_speak_of, programmes)):
        raise Forbidden("programme")
