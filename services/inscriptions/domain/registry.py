"""The rules of the registry: each takes the entry as it stands and a wish, and answers with the fact or refuses.

The same wish again answers with the fact that already stands: no new version.
"""

from collections.abc import Container
from dataclasses import dataclass
from typing import TypeVar

from contracts.base import Event, Span
from contracts.registry import ConventionSigned, EstablishmentRegistered, OrganisationRegistered, ProgrammeOpened
from services.inscriptions.commands import OpenProgramme, RegisterEstablishment, RegisterOrganisation, SignConvention
from services.inscriptions.domain.refusals import (
    AcademieDiffers,
    ConventionOverlaps,
    DepartementDiffers,
    EntryUnknown,
    RentreeTwice,
    SiteHasAnnexes,
    SiteIsAnnex,
)
from services.inscriptions.domain.territory import territory_of
from services.inscriptions.domain.tree import Tie, overlap, refuse_cycle, refuse_overlap, tie

E = TypeVar("E", bound=Event)


RegistryFact = OrganisationRegistered | EstablishmentRegistered | ProgrammeOpened | ConventionSigned
Wish = RegisterOrganisation | RegisterEstablishment | OpenProgramme | SignConvention


@dataclass(frozen=True)
class Surroundings:
    """What of the registry a wish touches."""

    known: frozenset[str] = frozenset()
    """Subjects that exist, of those that the wish names."""
    above: tuple[Tie, ...] = ()
    """Ties of everything above the entries that the wish names, between subjects."""
    has_below: bool = False
    """Other entries stand under this one."""
    terms: tuple[Span, ...] = ()
    """Spans of the other conventions between the same party and programme."""


def named(wish: Wish) -> dict[str, str]:
    """Field → subject of every entry that the wish names."""
    match wish:
        case RegisterOrganisation():
            return {f"memberships[{i}].parent": f"organisation/{m.parent}" for i, m in enumerate(wish.memberships)}
        case RegisterEstablishment():
            return _subjects(site=("establishment", wish.site))
        case OpenProgramme():
            return _subjects(parent=("programme", wish.parent)) | {
                f"organisers[{i}].organisation": f"organisation/{o.organisation}" for i, o in enumerate(wish.organisers)
            }
        case SignConvention():
            return _subjects(
                programme=("programme", wish.programme),
                establishment=("establishment", wish.establishment),
                organisation=("organisation", wish.organisation),
            )


def _subjects(**fields: tuple[str, str | None]) -> dict[str, str]:
    return {field: f"{kind}/{entry}" for field, (kind, entry) in fields.items() if entry}


def ties_of(fact: OrganisationRegistered | EstablishmentRegistered | ProgrammeOpened) -> tuple[Tie, ...]:
    """What the entry stands under: parents, site, organisers. The database keeps equal ties apart in time."""
    child = fact.subject
    match fact:
        case OrganisationRegistered():
            return tuple(tie(child, f"organisation/{m.parent}", m) for m in fact.memberships)
        case EstablishmentRegistered():
            return () if fact.site == fact.establishment else (Tie(child, f"establishment/{fact.site}"),)
        case ProgrammeOpened():
            organisers = tuple(tie(child, f"organisation/{o.organisation}", o) for o in fact.organisers)
            return (*organisers, Tie(child, f"programme/{fact.parent}")) if fact.parent else organisers


def register_organisation(
    known: OrganisationRegistered | None, organisation: str, wish: RegisterOrganisation, around: Surroundings
) -> OrganisationRegistered:
    """The tree of organisations has no circle at any date, and a membership of the same parent is there once a day."""
    child = f"organisation/{organisation}"
    _refuse_unknown(named(wish), {*around.known, child})
    refuse_overlap("memberships", [(m.parent, m) for m in wish.memberships])
    refuse_cycle(
        {f"memberships[{i}].parent": tie(child, f"organisation/{m.parent}", m) for i, m in enumerate(wish.memberships)},
        around.above,
    )
    # The same memberships in another order are the same state.
    in_order = sorted(wish.memberships, key=lambda m: (m.starts_on, m.parent))
    said = wish.model_dump() | {"memberships": [m.model_dump() for m in in_order]}
    return _settle(known, OrganisationRegistered(version=_next(known), organisation=organisation, **said))


def register_establishment(
    known: EstablishmentRegistered | None, uai: str, wish: RegisterEstablishment, around: Surroundings
) -> EstablishmentRegistered:
    """Département and académie follow from the UAI; the site is a mother establishment, which is its own site."""
    departement, academie = territory_of(uai)
    if wish.departement not in (None, departement):
        raise DepartementDiffers("departement")
    if wish.academie not in (None, academie):
        raise AcademieDiffers("academie")
    _refuse_rentree_twice(wish)
    _refuse_site(uai, wish, around)
    said = wish.model_dump() | {
        "site": wish.site or uai,
        "departement": departement,
        "academie": academie,
        "priority": [p.model_dump() for p in sorted(wish.priority, key=lambda p: p.rentree)],
    }
    return _settle(known, EstablishmentRegistered(version=_next(known), establishment=uai, **said))


def open_programme(
    known: ProgrammeOpened | None, programme: str, wish: OpenProgramme, around: Surroundings
) -> ProgrammeOpened:
    """A programme is never inside itself, however many steps away."""
    child = f"programme/{programme}"
    _refuse_unknown(named(wish), {*around.known, child})
    refuse_overlap("organisers", [(o.organisation, o) for o in wish.organisers])
    if wish.parent:
        refuse_cycle({"parent": Tie(child, f"programme/{wish.parent}")}, around.above)
    in_order = sorted(wish.organisers, key=lambda o: (o.starts_on, o.organisation))
    said = wish.model_dump() | {"organisers": [o.model_dump() for o in in_order]}
    return _settle(known, ProgrammeOpened(version=_next(known), programme=programme, **said))


def sign_convention(
    known: ConventionSigned | None, convention: str, wish: SignConvention, around: Surroundings
) -> ConventionSigned:
    """One party is bound to one programme by one convention a day: else nobody could say which one holds."""
    _refuse_unknown(named(wish), around.known)
    if any(overlap(wish.valid, term) for term in around.terms):
        raise ConventionOverlaps("valid")
    return _settle(known, ConventionSigned(version=_next(known), convention=convention, **wish.model_dump()))


def _refuse_unknown(named_entries: dict[str, str], known: Container[str]) -> None:
    for field, subject in named_entries.items():
        if subject not in known:
            raise EntryUnknown(field)


def _refuse_rentree_twice(wish: RegisterEstablishment) -> None:
    years = [span.rentree for span in wish.priority]
    for position, year in enumerate(years):
        if year in years[:position]:
            raise RentreeTwice(f"priority[{position}].rentree")


def _refuse_site(uai: str, wish: RegisterEstablishment, around: Surroundings) -> None:
    if wish.site in (None, uai):
        return
    _refuse_unknown(named(wish), around.known)
    if around.above:
        raise SiteIsAnnex("site")
    if around.has_below:
        raise SiteHasAnnexes("site")


def _next(known: Event | None) -> int:
    return known.version + 1 if known else 1


def _settle(known: E | None, fact: E) -> E:
    """`known` itself when the fact says nothing new."""
    return known if known and known.model_copy(update={"version": fact.version}) == fact else fact
