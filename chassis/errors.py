"""Two kinds of errors: `DomainError` is refused and never worth a retry; anything else is a fault.

The docstring of a subclass is its message. Problems are RFC 9457; a 422 never echoes what was sent.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import structlog
from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from sqlalchemy.exc import DBAPIError, InterfaceError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.exceptions import HTTPException

log = structlog.get_logger()

_SNAKE = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_FIELD = re.compile(r"[A-Za-z_][A-Za-z0-9_-]{0,40}")


# SQLSTATE classes after which the same request will do: connection, rollback (deadlock), resources, shutdown.
_PASSING = frozenset({"08", "40", "53", "57"})
CANCELLED = "57014"
"""A statement took longer than it may, or somebody has ended it: the same one may well take as long again."""


class DomainError(Exception):
    """Refused."""

    code: ClassVar[str] = "refused"
    field: str | None = None

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if "code" not in cls.__dict__:
            cls.code = _SNAKE.sub("_", cls.__name__).lower()

    @property
    def message(self) -> str:
        """The docstring, on one line."""
        return " ".join((self.__doc__ or self.code).split())

    def __str__(self) -> str:
        """The message; what was given besides is appended, and must not be a person's data."""
        return f"{self.message} ({'; '.join(map(str, self.args))})" if self.args else self.message


class Refused(DomainError):
    """The record is refused."""

    field: str

    def __init__(self, reason: str, field: str, rule: str) -> None:
        super().__init__(reason, field, rule)
        self.reason, self.field, self.rule = reason, field, rule


class NotKnownYet(DomainError):
    """The record speaks of a registry entry that is not known here yet."""

    def __init__(self, subject: str) -> None:
        super().__init__(subject)
        self.subject = subject


class Forbidden(DomainError):
    """The token does not allow this."""


class EventTooLarge(DomainError):
    """The event would be larger than a record may be."""


def field_path(location: Sequence[int | str]) -> str:
    """`('presences', 3, 'minutes')` → `presences[3].minutes`; a name that is not one of ours is not repeated."""
    path = ""
    for part in location:
        if isinstance(part, int):
            path += f"[{part}]"
        else:
            path += f".{part}" if _FIELD.fullmatch(part) else ".?"
    return path.lstrip(".")


def fault_of(error: Mapping[str, Any]) -> tuple[str, str, str]:
    """Field, rule and message of one pydantic error. The name of a field that is not ours may be anything: left out."""
    if error["type"] == "extra_forbidden":
        return field_path(error["loc"][:-1]), "unknown_field", "a field that the schema does not know"
    if error["type"] == "union_tag_invalid":
        # Pydantic's own message repeats what was sent.
        return field_path(error["loc"]), error["type"], f"must be one of: {error['ctx']['expected_tags']}"
    return field_path(error["loc"]), error["type"], error["msg"]


def state_of(error: Exception) -> str:
    """PostgreSQL's SQLSTATE, through SQLAlchemy or not; empty where the error is another one."""
    return str(getattr(getattr(error, "orig", error), "sqlstate", None) or "")


def named(error: Exception) -> str:
    """What it is, for logs and people. Never its text, which may hold a person's data."""
    return f"{type(error).__name__} {state_of(error)}".strip()


def is_passing(error: Exception) -> bool:
    """Whether a dependency was away, so that nothing was committed and the same request may be repeated."""
    if isinstance(error, DBAPIError):
        away = error.connection_invalidated or isinstance(error, InterfaceError)
        return away or state_of(error)[:2] in _PASSING
    return isinstance(error, OSError | TimeoutError | PoolTimeout)


def problem(status: int, code: str, detail: str, **more: Any) -> Response:
    """One problem document; `type` is a stable name, not an address to fetch."""
    body = {"type": f"urn:cordees:problem:{code}", "title": code, "status": status, "detail": detail, **more}
    return JSONResponse(body, status_code=status, media_type="application/problem+json")


def install_errors(app: FastAPI, status: Mapping[type[DomainError], int]) -> None:
    """Give the application its handlers; `status` is the service's one table from refusals to HTTP."""
    table: dict[type[DomainError], int] = {Forbidden: 403, EventTooLarge: 413, **status}

    @app.exception_handler(DomainError)
    async def refuse(_: Request, error: DomainError) -> Response:
        code = next((table[kind] for kind in type(error).__mro__ if kind in table), 409)
        more = {"field": error.field} if error.field else {}
        return problem(code, error.code, str(error), **more)

    @app.exception_handler(RequestValidationError)
    async def explain(_: Request, error: RequestValidationError) -> Response:
        errors = [dict(zip(("field", "rule", "message"), fault_of(item), strict=True)) for item in error.errors()]
        return problem(422, "validation", "La demande ne respecte pas le schéma.", errors=errors)

    @app.exception_handler(HTTPException)
    async def answer(_: Request, error: HTTPException) -> Response:
        response = problem(error.status_code, "http", str(error.detail))
        response.headers.update(error.headers or {})
        return response

    @app.exception_handler(Exception)
    async def fail(request: Request, error: Exception) -> Response:
        # The text of a fault may hold SQL parameters: it goes to the log as a type, never to the caller.
        log.error("http.fault", error=type(error).__name__, route=getattr(request.scope.get("route"), "path", None))
        if state_of(error) == CANCELLED:
            response = problem(
                503,
                "too_long",
                "La base de données a interrompu un calcul trop long : restreignez la demande (période, dispositif), "
                "ou répétez-la quand la base sera moins chargée.",
            )
        elif is_passing(error):
            response = problem(503, "away", "Une dépendance ne répond pas ; la demande peut être répétée.")
            response.headers["Retry-After"] = "5"
        else:
            response = problem(500, "fault", "Erreur interne ; la demande peut être répétée.")
        # The fault goes on to the server, which ends the connection: who does not know would ask again on it.
        response.headers["Connection"] = "close"
        return response
