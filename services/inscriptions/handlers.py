"""Load, decide, save, publish. Nothing here commits: only the edge does."""

from collections.abc import Iterable, Sequence
from typing import TypeVar

from chassis.errors import NotKnownYet
from chassis.transaction import Transaction
from contracts.declarations import IndicatorDeclared
from contracts.registry import ConventionSigned, EstablishmentRegistered, OrganisationRegistered, ProgrammeOpened
from services.inscriptions.commands import (
    DeclareIndicator,
    OpenProgramme,
    RegisterEstablishment,
    RegisterOrganisation,
    SignConvention,
)
from services.inscriptions.domain import declarations, facts, persons, registry
from services.inscriptions.domain.facts import PersonFact, Reported, Standing
from services.inscriptions.domain.persons import NamedRecord, Statement
from services.inscriptions.domain.refusals import JoinNotFound
from services.inscriptions.storage import facts as fact_rows
from services.inscriptions.storage import persons as person_rows
from services.inscriptions.storage import registry as registry_rows

R = TypeVar("R", OrganisationRegistered, EstablishmentRegistered, ProgrammeOpened, ConventionSigned, IndicatorDeclared)


async def register_organisation(
    tx: Transaction, organisation: str, wish: RegisterOrganisation
) -> tuple[OrganisationRegistered, bool]:
    """The entry as it stands now, and whether it is new; so for the four below."""
    known = await registry_rows.load(tx, OrganisationRegistered, organisation)
    around = await registry_rows.surroundings(tx, f"organisation/{organisation}", wish)
    return await _enter(tx, known, registry.register_organisation(known, organisation, wish, around))


async def register_establishment(
    tx: Transaction, uai: str, wish: RegisterEstablishment
) -> tuple[EstablishmentRegistered, bool]:
    """A UAI with its site, département and académie."""
    known = await registry_rows.load(tx, EstablishmentRegistered, uai)
    around = await registry_rows.surroundings(tx, f"establishment/{uai}", wish)
    return await _enter(tx, known, registry.register_establishment(known, uai, wish, around))


async def open_programme(tx: Transaction, programme: str, wish: OpenProgramme) -> tuple[ProgrammeOpened, bool]:
    """A programme with its parent and organisers."""
    known = await registry_rows.load(tx, ProgrammeOpened, programme)
    around = await registry_rows.surroundings(tx, f"programme/{programme}", wish)
    return await _enter(tx, known, registry.open_programme(known, programme, wish, around))


async def sign_convention(tx: Transaction, convention: str, wish: SignConvention) -> tuple[ConventionSigned, bool]:
    """An establishment or organisation bound to a programme."""
    known = await registry_rows.load(tx, ConventionSigned, convention)
    around = await registry_rows.surroundings(tx, f"convention/{convention}", wish)
    return await _enter(tx, known, registry.sign_convention(known, convention, wish, around))


async def declare_indicator(
    tx: Transaction, declaration: str, wish: DeclareIndicator
) -> tuple[IndicatorDeclared, bool]:
    """A number that somebody answers for, beside what was said before."""
    known = await registry_rows.load(tx, IndicatorDeclared, declaration)
    around = await registry_rows.surroundings(tx, f"declaration/{declaration}", wish)
    return await _enter(tx, known, declarations.declare_indicator(known, declaration, wish, around))


async def _enter(tx: Transaction, known: R | None, fact: R) -> tuple[R, bool]:
    if fact is not known:
        await registry_rows.save(tx, fact)
        await tx.publish(fact)
        await tx.announce(fact.subject)
    return fact, known is None


async def record_fact(tx: Transaction, fact: PersonFact, named: NamedRecord, digest: str) -> Standing:
    """A partner's fact: newer than what it said before, older, or the same. Raises `Refused` and `NotKnownYet`."""
    registered = await person_rows.lock_record(tx, named.id)
    known = await fact_rows.load(tx, facts.subject_of(fact, named.id))
    standing = facts.compare(known, fact.version, digest)
    if standing is Standing.NEWER:
        await _require_known(tx, facts.subjects_named(fact))
        if not registered:
            await _register_record(tx, named)
        ours = facts.record_fact(known, fact, named.id)
        await fact_rows.save(tx, ours, Reported(ours.version, fact.version, digest), facts.remarks(ours))
        await tx.publish(ours)
    return standing


async def _require_known(tx: Transaction, subjects: Sequence[str]) -> None:
    known = await registry_rows.known(tx, subjects) if subjects else ()
    for subject in subjects:
        if subject not in known:
            raise NotKnownYet(subject)


async def _register_record(tx: Transaction, named: NamedRecord) -> None:
    await person_rows.see(tx, [named], registered=True)
    await _assign_records(tx, [named.id])


async def join_records(
    tx: Transaction, statement: Statement, records: Sequence[NamedRecord], reported_version: int | None, digest: str
) -> Standing:
    """These records are one person, and no others by this statement; none withdraws it.

    A statement over HTTP has no version of its own: other content is newer.
    """
    await person_rows.lock_links(tx)
    known = await person_rows.load_statement(tx, statement)
    version = reported_version or facts.version_for(known, digest)
    standing = facts.compare(known, version, digest)
    if standing is Standing.NEWER:
        await person_rows.see(tx, records)
        reported = Reported(facts.next_version(known), version, digest)
        await person_rows.save_statement(tx, statement, reported)
        held = await person_rows.replace_links(tx, statement, persons.links_of(record.id for record in records))
        await _assign_records(tx, {*held, *(record.id for record in records)})
    return standing


async def withdraw_join(tx: Transaction, statement: Statement, digest: str) -> None:
    """Over HTTP: the statement holds nothing together any more. Raises `JoinNotFound`."""
    if await person_rows.load_statement(tx, statement) is None:
        raise JoinNotFound
    await join_records(tx, statement, (), None, digest)


async def _assign_records(tx: Transaction, seeds: Iterable[str]) -> None:
    records, links = await person_rows.load_around(tx, seeds)
    for event in persons.assign_records(records, links):
        await person_rows.save_assignment(tx, event)
        await tx.publish(event)
