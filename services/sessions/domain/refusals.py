"""Why a wish is refused. The docstring is the message; `app.STATUS` says which answer it gives over HTTP."""

from chassis.errors import DomainError


class UnknownSession(DomainError):
    """Cette séance n'existe pas : planifiez-la d'abord."""


class SessionIsCancelled(DomainError):
    """La séance est annulée. Planifiez-en une autre sous un nouvel identifiant."""


class NotStartedYet(DomainError):
    """Une séance n'a pas eu lieu avant d'avoir commencé."""

    field = "starts_at"


class ProgrammeNeverChanges(DomainError):
    """Une séance ne change pas de programme. Annulez-la et planifiez-en une autre sous un nouvel identifiant."""

    field = "programme"


class AnotherSource(DomainError):
    """La séance appartient à une autre source."""

    field = "source"


class SourceNeeded(DomainError):
    """Des références ne veulent rien dire sans la source à laquelle elles appartiennent."""

    field = "source"


class ReservedId(DomainError):
    """Les identifiants de version 8 viennent des références des partenaires. Choisissez-en un d'une autre version."""

    field = "session_id"


class RollOfAnotherYear(DomainError):
    """Une séance dont l'appel est fait ne change pas d'année scolaire : ses dossiers sont ceux d'une seule année."""

    field = "starts_at"


class UnknownEntry(DomainError):
    """Cette entrée n'est pas dans le registre."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field
