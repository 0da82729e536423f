"""Short ways to write what binds a programme beyond one roll: conventions, studies, certificates, declarations."""

from datetime import date
from typing import Any

from contracts.base import Span
from contracts.declarations import DeclaredValue, EarlierDeclaration, IndicatorDeclared
from contracts.people import CertificateIssued, StudentEnrolled, StudySpan, TrainingCompleted
from contracts.registry import (
    ConventionSigned,
    EstablishmentRegistered,
    Membership,
    OrganisationRegistered,
    PrioritySpan,
)
from contracts.sessions import Stand
from contracts.vocabulary import (
    Answer,
    DeclaredUnit,
    DeclaredWording,
    EstablishmentKind,
    OrganisationKind,
    PartyRole,
    PriorityStatus,
    StandStatus,
    TrainingKind,
)
from tests.services.reporting.facts import END, MARCH, RENTREE, organisation, school, trained


def college(uai: str, **priority: PriorityStatus) -> EstablishmentRegistered:
    """A collège; `y2022=PriorityStatus.REP` is what the list of the rentrée 2022 says."""
    spans = tuple(PrioritySpan(rentree=int(year[1:]), status=status) for year, status in priority.items())
    return school(uai).model_copy(update={"nature": EstablishmentKind.COLLEGE, "priority": spans})


def body(name: str, nature: OrganisationKind, *memberships: Membership) -> OrganisationRegistered:
    """An organisation that is no school."""
    return organisation(name, *memberships).model_copy(update={"nature": nature})


def convention(  # noqa: PLR0913 - each by name
    name: str,
    establishment: str | None = None,
    *,
    organisation: str | None = None,
    role: PartyRole | None = None,
    of: str = "ales",
    starts_on: date = RENTREE,
    ends_on: date | None = None,
    version: int = 1,
) -> ConventionSigned:
    """Since the rentrée and still in force, unless said otherwise."""
    return ConventionSigned(
        convention=name,
        version=version,
        programme=of,
        establishment=establishment,
        organisation=organisation,
        valid=Span(starts_on=starts_on, ends_on=ends_on),
        role=role,
    )


def studying(  # noqa: PLR0913 - each by name
    record: str,
    at_school: str = "imt-mines-ales",
    *,
    starts_on: date = RENTREE,
    ends_on: date | None = END,
    pathway: Answer = Answer.NON_RENSEIGNE,
    version: int = 1,
) -> StudentEnrolled:
    """A student for the year unless said otherwise."""
    span = StudySpan(organisation=at_school, starts_on=starts_on, ends_on=ends_on, pathway=pathway)
    return StudentEnrolled(record=record, version=version, school_year=starts_on.year, spans=(span,))


def elective(
    record: str, completed_on: date | None = MARCH, *, minutes: int = 900, version: int = 1
) -> TrainingCompleted:
    """The elective of fifteen hours unless said otherwise."""
    course = {"course": "diversite", "kind": TrainingKind.COURS_ELECTIF}
    return trained(record, completed_on=completed_on, minutes=minutes, version=version, **course)


def certified(  # noqa: PLR0913 - each by name
    record: str,
    issued_on: date = MARCH,
    *,
    by: str = "imt-mines-ales",
    of: str = "ales",
    certificate: str = "management-diversite",
    withdrawn_on: date | None = None,
    version: int = 1,
) -> CertificateIssued:
    """A certificate."""
    return CertificateIssued(
        record=record,
        version=version,
        school_year=2018,
        programme=of,
        certificate=certificate,
        organisation=by,
        issued_on=issued_on,
        withdrawn_on=withdrawn_on,
    )


def said(
    number: int | None = None,
    of: int | None = None,
    wording: DeclaredWording = DeclaredWording.EXACT,
) -> DeclaredValue:
    """`said(155)` or the fraction `said(12, of=30)`."""
    if of is None:
        return DeclaredValue(wording=wording, number=number)
    return DeclaredValue(wording=wording, numerator=number, denominator=of)


def declares(name: str, value: DeclaredValue, **more: Any) -> IndicatorDeclared:
    """About IMT Mines Alès and the school year 2018-2019 unless said otherwise."""
    usual: dict[str, Any] = {
        "version": 1,
        "indicator": name,
        "label": f"Déclaration {name}",
        "organisation": "imt-mines-ales",
        "period": Span(starts_on=RENTREE, ends_on=END),
        "unit": DeclaredUnit.PERSONS,
        "sentence": "Une phrase du document.",
        "document": "Rapport (démonstration)",
        "declarant": "Direction (démonstration)",
        "declared_on": END,
    }
    return IndicatorDeclared(declaration=name, value=value, **(usual | more))


def earlier(value: DeclaredValue, reason: str = "Faute de frappe.", **more: Any) -> EarlierDeclaration:
    """What was said before a correction, in persons and of the school year 2018-2019 unless said otherwise."""
    usual: dict[str, Any] = {
        "unit": DeclaredUnit.PERSONS,
        "period": Span(starts_on=RENTREE, ends_on=END),
        "declarant": "Direction (démonstration)",
        "declared_on": MARCH,
    }
    return EarlierDeclaration(value=value, reason=reason, **(usual | more))


def stand(organisation: str, status: StandStatus = StandStatus.CONFIRME) -> Stand:
    """At a forum."""
    return Stand(organisation=organisation, status=status)
