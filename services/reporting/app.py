"""The reporting service put together."""

from pathlib import Path

from chassis.context import Service
from services.reporting.answers import BreakdownNotOffered, NotAShare, UnknownOrganisation, UnknownProgramme
from services.reporting.api import OnlyPublications, RepeatedParameter, UnknownParameter, router
from services.reporting.declarations_api import UnknownDeclaration
from services.reporting.declarations_api import router as declarations
from services.reporting.engine.following import following
from services.reporting.engine.parked_api import router as parked
from services.reporting.explanations import UnknownCursor
from services.reporting.gathering.background import gathering
from services.reporting.indicators import UnknownIndicator
from services.reporting.parts import PartNeedsCells, UnknownDetail, UnknownPart
from services.reporting.periods import UnknownPeriod
from services.reporting.storage import NoLiveVersion
from services.reporting.watermarks import UnknownWatermark
from services.reporting.wording import UnknownWording

STATUS = {
    OnlyPublications: 403,
    UnknownIndicator: 404,
    UnknownProgramme: 404,
    UnknownOrganisation: 404,
    UnknownDeclaration: 404,
    UnknownPeriod: 422,
    BreakdownNotOffered: 422,
    UnknownWording: 422,
    NotAShare: 422,
    UnknownParameter: 422,
    RepeatedParameter: 422,
    UnknownPart: 422,
    PartNeedsCells: 422,
    UnknownDetail: 422,
    UnknownWatermark: 422,
    UnknownCursor: 422,
    NoLiveVersion: 503,
}

router.include_router(declarations)
router.include_router(parked)

SERVICE = Service(
    name="reporting",
    description="Des faits aux chiffres : indicateurs exacts, à jour et expliqués jusqu'au fait.",
    migrations=Path(__file__).parent / "migrations",
    router=router,
    status=STATUS,
    publishes=False,
    background=lambda context: (*following(context), gathering(context)),
)
