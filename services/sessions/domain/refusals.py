"""Why a wish is refused. The docstring is the message; `app.STATUS` says which answer it gives over HTTP."""

from chassis.errors import DomainError


class UnknownSession(DomainError):
    """There is no such session: plan it first."""


class SessionIsCancelled(DomainError):
    """The session is cancelled. Plan another one under a new id."""


class NotStartedYet(DomainError):
    """A session is not held before it starts."""

    field = "starts_at"


class ProgrammeNeverChanges(DomainError):
    """A session never changes programme. Cancel it and plan another one under a new id."""

    field = "programme"


class AnotherSource(DomainError):
    """The session belongs to another source."""

    field = "source"


class SourceNeeded(DomainError):
    """References mean nothing without the source that they belong to."""

    field = "source"


class ReservedId(DomainError):
    """Ids of version 8 are made from partners' references. Choose an id of another version."""

    field = "session_id"


class RollOfAnotherYear(DomainError):
    """A session with a roll does not move to another school year: the records on its roll belong to one year."""

    field = "starts_at"


class UnknownEntry(DomainError):
    """This entry is not in the registry."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field
