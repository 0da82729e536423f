"""What every fact of this package is: a struct that reads as the contract's model of the same name."""

from abc import ABCMeta, abstractmethod
from datetime import date

from msgspec import Struct, StructMeta

from services.reporting.wire.checks import Irregular, Version, check_day


class Part(Struct, gc=False):
    """Part of a fact. `__post_init__` raises `Irregular`; without circles, nothing is left for the collector."""


class _Abstract(StructMeta, ABCMeta):
    """A struct that may leave something to those below it."""


class Fact(Part, metaclass=_Abstract):
    """A whole event."""

    version: Version

    @property
    @abstractmethod
    def aggregate(self) -> str:
        """As `contracts.base.Event.aggregate`."""


class Span(Part):
    """Half-open stretch of dates, in order."""

    starts_on: date
    ends_on: date | None = None

    def __post_init__(self) -> None:
        check_day(self.starts_on)
        check_day(self.ends_on)
        if self.ends_on is not None and self.ends_on <= self.starts_on:
            raise Irregular
