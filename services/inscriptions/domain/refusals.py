"""What the registry and the joins refuse to whoever waits for an answer. The docstring is the message."""

from chassis.errors import DomainError


class FieldRefused(DomainError):
    """A field of the body cannot be granted."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class EntryUnknown(FieldRefused):
    """The body names an entry that the registry does not hold."""


class SpansOverlap(FieldRefused):
    """Two spans of the same entry share a day."""


class Cycle(FieldRefused):
    """At some date the entry would stand above itself."""


class RentreeTwice(FieldRefused):
    """The same rentrée stands twice."""


class ConventionOverlaps(FieldRefused):
    """Another convention binds this party to this programme in this role on one of these days."""


class ReasonNeeded(FieldRefused):
    """The value of a declaration is corrected with a reason."""


class CorrectedTooOften(FieldRefused):
    """The former values of a declaration are kept, and this one has as many as can be."""


class PartUnitDiffers(FieldRefused):
    """A part has the same unit as the whole."""


class PartPeriodDiffers(FieldRefused):
    """A part has the same period as the whole."""


class NoSuchDepartement(FieldRefused):
    """The UAI begins with no département of an académie."""


class DepartementDiffers(FieldRefused):
    """The département is not the one of the UAI."""


class AcademieDiffers(FieldRefused):
    """The académie is not the one of the UAI's département."""


class SiteIsAnnex(FieldRefused):
    """The mother establishment stands on the site of another one."""


class SiteHasAnnexes(FieldRefused):
    """Other establishments name this one as their site: it stays its own site."""


class EntryNotFound(DomainError):
    """The registry does not hold this entry."""


class RecordNotFound(DomainError):
    """No such record."""


class JoinNotFound(DomainError):
    """No such join."""
