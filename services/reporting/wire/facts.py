"""What every fact of this package is: a struct that reads as the contract's model of the same name."""

from datetime import date

from msgspec import Struct

from services.reporting.wire.checks import Irregular, Version, check_day


class Part(Struct, gc=False):
    """Part of a fact. `__post_init__` raises `Irregular`; without circles, nothing is left for the collector."""


class Fact(Part):
    """A whole event."""

    version: Version

    @property
    def aggregate(self) -> str:
        """As `contracts.base.Event.aggregate`."""
        raise NotImplementedError  # every fact answers


class Span(Part):
    """Half-open stretch of dates, in order."""

    starts_on: date
    ends_on: date | None = None

    def __post_init__(self) -> None:
        check_day(self.starts_on)
        check_day(self.ends_on)
        if self.ends_on is not None and self.ends_on <= self.starts_on:
            raise Irregular
