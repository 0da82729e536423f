"""The catalogue (domain definitions I01…): each indicator is data and one function. Every list of codes reads it."""

from collections.abc import Mapping

from chassis.errors import DomainError
from services.reporting.indicators.activities import ACTIVITIES
from services.reporting.indicators.careers import CAREERS
from services.reporting.indicators.certificates import CERTIFICATES
from services.reporting.indicators.declared import DECLARED
from services.reporting.indicators.events import EVENTS
from services.reporting.indicators.indicator import Indicator
from services.reporting.indicators.partners import PARTNERS
from services.reporting.indicators.pupils import PUPILS
from services.reporting.indicators.schools import SCHOOLS
from services.reporting.indicators.volunteers import VOLUNTEERS

_ALL = (
    *PUPILS,
    *SCHOOLS,
    *VOLUNTEERS,
    *ACTIVITIES,
    *PARTNERS,
    *CERTIFICATES,
    *CAREERS,
    *DECLARED,
    *EVENTS,
)

CATALOGUE: Mapping[str, Indicator] = {
    indicator.code: indicator for indicator in sorted(_ALL, key=lambda indicator: indicator.code)
}


class UnknownIndicator(DomainError):
    """Aucun indicateur ne porte ce code ; GET /indicators donne le catalogue."""

    field = "code"


def find_indicator(code: str) -> Indicator:
    """Raises `UnknownIndicator`."""
    try:
        return CATALOGUE[code]
    except KeyError:
        raise UnknownIndicator from None
