"""What the registry and the joins refuse to whoever waits for an answer. The docstring is the message."""

from chassis.errors import DomainError


class FieldRefused(DomainError):
    """Un champ de la demande ne peut être accepté."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class EntryUnknown(FieldRefused):
    """La demande nomme une entrée absente du registre."""


class SpansOverlap(FieldRefused):
    """Deux périodes de la même entrée ont un jour en commun."""


class Cycle(FieldRefused):
    """À une date au moins, l'entrée serait au-dessus d'elle-même."""


class RentreeTwice(FieldRefused):
    """La même rentrée figure deux fois."""


class ConventionOverlaps(FieldRefused):
    """Une autre convention lie déjà cette partie à ce programme dans ce rôle, l'un de ces jours."""


class ReasonNeeded(FieldRefused):
    """Corriger une déclaration demande un motif ; seuls l'intitulé, la portée et les parties changent sans motif."""


class AbovePercent(FieldRefused):
    """Un pourcentage ne dépasse pas 100."""


class UnitOfIndicator(FieldRefused):
    """Cet indicateur se déclare dans son unité : I19, I20, I21 et I22 en pourcentage, `effectif` en personnes."""


class HeadsNotCounted(FieldRefused):
    """Un effectif est un nombre d'élèves, au moins 1, jamais une fraction."""


class CorrectedTooOften(FieldRefused):
    """Les valeurs d'avant d'une déclaration sont gardées, et celle-ci en a autant qu'il est possible."""


class PartUnitDiffers(FieldRefused):
    """Une partie a la même unité que le tout."""


class PartPeriodDiffers(FieldRefused):
    """Une partie a la même période que le tout."""


class NoSuchDepartement(FieldRefused):
    """L'UAI ne commence par aucun département d'une académie."""


class DepartementDiffers(FieldRefused):
    """Le département n'est pas celui de l'UAI."""


class AcademieDiffers(FieldRefused):
    """L'académie n'est pas celle du département de l'UAI."""


class SiteIsAnnex(FieldRefused):
    """L'établissement mère est lui-même sur le site d'un autre."""


class SiteHasAnnexes(FieldRefused):
    """D'autres établissements ont celui-ci pour site : il reste son propre site."""


class EntryNotFound(DomainError):
    """Cette entrée n'est pas dans le registre."""


class RecordNotFound(DomainError):
    """Ce dossier n'existe pas."""


class JoinNotFound(DomainError):
    """Ce rapprochement n'existe pas."""
