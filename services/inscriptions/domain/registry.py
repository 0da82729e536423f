"""The rules of the registry: each takes the entry as it stands and a wish, and answers with the fact or refuses.

The same wish again answers with the fact that already stands: no new version.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from contracts.base import Event, Span
from contracts.declarations import IndicatorDeclared
from contracts.registry import ConventionSigned, EstablishmentRegistered, OrganisationRegistered, ProgrammeOpened
from contracts.vocabulary import PartyRole
from services.inscriptions.commands import (
    DeclareIndicator,
    OpenProgramme,
    RegisterEstablishment,
    RegisterOrganisation,
    SignConvention,
)
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


RegistryFact = OrganisationRegistered | EstablishmentRegistered | ProgrammeOpened | ConventionSigned | IndicatorDeclared
Wish = RegisterOrganisation | RegisterEstablishment | OpenProgramme | SignConvention | DeclareIndicator


@dataclass(frozen=True)
class Term:
    """When, and as what, a convention binds its party."""

    role: PartyRole
    valid: Span


@dataclass(frozen=True)
class Surroundings:
    """What of the registry a wish touches."""

    known: frozenset[str] = frozenset()
    """Subjects that exist, of those that the wish names."""
    above: tuple[Tie, ...] = ()
    """Ties of everything above the entries that the wish names, between subjects."""
    has_below: bool = False
    """Other entries stand under this one."""
    terms: tuple[Term, ...] = ()
    """Those of the other conventions between the same party and programme."""
    parts: Mapping[str, IndicatorDeclared] = field(default_factory=dict)
    """Declarations that the wish names as its parts, by id."""
    wholes: tuple[IndicatorDeclared, ...] = ()
    """Declarations of which this one is a part."""


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
        case DeclareIndicator():
            return _subjects(
                programme=("programme", wish.programme), organisation=("organisation", wish.organisation)
            ) | {f"parts[{i}]": f"declaration/{part}" for i, part in enumerate(wish.parts)}


def _subjects(**fields: tuple[str, str | None]) -> dict[str, str]:
    return {field: f"{kind}/{entry}" for field, (kind, entry) in fields.items() if entry}


def ties_of(
    fact: OrganisationRegistered | EstablishmentRegistered | ProgrammeOpened | IndicatorDeclared,
) -> tuple[Tie, ...]:
    """What the entry stands under: parents, site, organisers; the parts on which a declared sum rests.

    The database keeps equal ties apart in time.
    """
    child = fact.subject
    match fact:
        case OrganisationRegistered():
            return tuple(tie(child, f"organisation/{m.parent}", m) for m in fact.memberships)
        case EstablishmentRegistered():
            return () if fact.site == fact.establishment else (Tie(child, f"establishment/{fact.site}"),)
        case ProgrammeOpened():
            organisers = tuple(tie(child, f"organisation/{o.organisation}", o) for o in fact.organisers)
            return (*organisers, Tie(child, f"programme/{fact.parent}")) if fact.parent else organisers
        case IndicatorDeclared():
            return tuple(Tie(child, f"declaration/{part}") for part in fact.parts)


def register_organisation(
    known: OrganisationRegistered | None, organisation: str, wish: RegisterOrganisation, around: Surroundings
) -> OrganisationRegistered:
    """The tree of organisations has no circle at any date, and a membership of the same parent is there once a day."""
    child = f"organisation/{organisation}"
    refuse_unknown(named(wish), {*around.known, child})
    refuse_overlap("memberships", [(m.parent, m) for m in wish.memberships])
    refuse_cycle(
        {f"memberships[{i}].parent": tie(child, f"organisation/{m.parent}", m) for i, m in enumerate(wish.memberships)},
        around.above,
    )
    # The same memberships in another order are the same state.
    in_order = sorted(wish.memberships, key=lambda m: (m.starts_on, m.parent))
    said = wish.model_dump() | {"memberships": [m.model_dump() for m in in_order]}
    return settle(known, OrganisationRegistered(version=next_version(known), organisation=organisation, **said))


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
    return settle(known, EstablishmentRegistered(version=next_version(known), establishment=uai, **said))


def open_programme(
    known: ProgrammeOpened | None, programme: str, wish: OpenProgramme, around: Surroundings
) -> ProgrammeOpened:
    """A programme is never inside itself, however many steps away, and has each label once a day."""
    child = f"programme/{programme}"
    refuse_unknown(named(wish), {*around.known, child})
    refuse_overlap("organisers", [(o.organisation, o) for o in wish.organisers])
    refuse_overlap("labels", [(label.label, label) for label in wish.labels])
    if wish.parent:
        refuse_cycle({"parent": Tie(child, f"programme/{wish.parent}")}, around.above)
    said = wish.model_dump() | {
        "organisers": [o.model_dump() for o in sorted(wish.organisers, key=lambda o: (o.starts_on, o.organisation))],
        "labels": [one.model_dump() for one in sorted(wish.labels, key=lambda one: (one.starts_on, one.label))],
    }
    return settle(known, ProgrammeOpened(version=next_version(known), programme=programme, **said))


def sign_convention(
    known: ConventionSigned | None, convention: str, wish: SignConvention, around: Surroundings
) -> ConventionSigned:
    """One party is bound to one programme by one convention a day and role: else nobody could say which one holds."""
    refuse_unknown(named(wish), around.known)
    fact = ConventionSigned(version=next_version(known), convention=convention, **wish.model_dump())
    if any(term.role == fact.party_role and overlap(fact.valid, term.valid) for term in around.terms):
        raise ConventionOverlaps("valid")
    return settle(known, fact)


def refuse_unknown(named_entries: dict[str, str], known: Container[str]) -> None:
    """Raise `EntryUnknown` for the first subject that is not known, naming its field."""
    for name, subject in named_entries.items():
        if subject not in known:
            raise EntryUnknown(name)


def _refuse_rentree_twice(wish: RegisterEstablishment) -> None:
    years = [span.rentree for span in wish.priority]
    for position, year in enumerate(years):
        if year in years[:position]:
            raise RentreeTwice(f"priority[{position}].rentree")


def _refuse_site(uai: str, wish: RegisterEstablishment, around: Surroundings) -> None:
    if wish.site in (None, uai):
        return
    refuse_unknown(named(wish), around.known)
    if around.above:
        raise SiteIsAnnex("site")
    if around.has_below:
        raise SiteHasAnnexes("site")


def next_version(known: Event | None) -> int:
    """Versions of an entry count from 1."""
    return known.version + 1 if known else 1


def settle(known: E | None, fact: E) -> E:
    """`known` itself when the fact says nothing new."""
    return known if known and known.model_copy(update={"version": fact.version}) == fact else fact
