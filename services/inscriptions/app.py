"""Inscriptions as the chassis runs it, and its one table from refusals to HTTP."""

from pathlib import Path

from chassis.context import Context, Service
from chassis.inbox import PartnerHandler
from chassis.references import NoRecordKey
from services.inscriptions.api import router
from services.inscriptions.consumers import PartnerEvents
from services.inscriptions.domain import refusals
from services.inscriptions.references import References

STATUS = {
    refusals.EntryNotFound: 404,
    refusals.RecordNotFound: 404,
    refusals.JoinNotFound: 404,
    refusals.RentreeTwice: 422,
    refusals.NoSuchDepartement: 422,
    refusals.DepartementDiffers: 422,
    refusals.AcademieDiffers: 422,
    refusals.ReasonNeeded: 422,
    refusals.AbovePercent: 422,
    refusals.UnitOfIndicator: 422,
    refusals.HeadsNotCounted: 422,
    # What the registry already holds stands against it: the same wish may be granted later.
    refusals.FieldRefused: 409,
    NoRecordKey: 409,
}


def _on_partner_event(context: Context) -> PartnerHandler:
    return PartnerEvents(References(context.record_keys, context.partners)).on_partner_event


SERVICE = Service(
    name="inscriptions",
    description="Qui : organisations, établissements, programmes, conventions, élèves, bénévoles.",
    migrations=Path(__file__).parent / "migrations",
    router=router,
    status=STATUS,
    on_partner_event=_on_partner_event,
)
