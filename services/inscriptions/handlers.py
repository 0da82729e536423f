"""Load, decide, save, publish. Nothing here commits: only the edge does."""

from collections.abc import Sequence
from typing import TypeVar

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
from services.inscriptions.domain.facts import Standing
from services.inscriptions.domain.people import FactReport, JoinReport, People, Report
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


async def load_people(tx: Transaction, reports: Sequence[Report]) -> People:
    """What the reports touch, locked until the commit: the links where one joins or registers, then the records."""
    told = [report for report in reports if isinstance(report, FactReport)]
    statements = {report.statement for report in reports if isinstance(report, JoinReport)}
    registered = await person_rows.lock(tx, {report.named.id for report in told}, joins=bool(statements))
    return People(
        known=await registry_rows.known(tx, {name for report in told for name in facts.subjects_named(report.fact)}),
        registered=set(registered),
        facts=await fact_rows.load(tx, {report.subject for report in told}),
        statements=await person_rows.load_statements(tx, statements),
    )


async def record_fact(tx: Transaction, people: People, report: FactReport) -> Standing:
    """A partner's fact: newer than what it said before, older, or the same. Raises `Refused` and `NotKnownYet`."""
    standing, ours = people.weigh_fact(report)
    if ours is not None:
        # First, because a fact that is too large to be published is refused here and changes nothing.
        await tx.publish(ours)
        people.record_fact(report, ours, tx.correlation)
    return standing


async def save_people(tx: Transaction, people: People) -> None:
    """Write what the reports have changed, and publish whose each record is now, once for each that moved."""
    await person_rows.see(tx, list(people.named.values()), people.registered)
    split = await _save_statements(tx, people)
    await fact_rows.save(tx, [(fact, people.facts[subject]) for subject, fact in people.recorded.items()])
    if not people.named and not split:
        return
    records, links = await person_rows.load_around(tx, {*people.named, *split})
    assigned = persons.assign_records(records, links)
    await person_rows.save_assignments(tx, assigned)
    causes = persons.causes_of(records, assigned, split | people.causes)
    for event in assigned:
        await tx.on_behalf_of(causes.get(event.person)).publish(event)


async def _save_statements(tx: Transaction, people: People) -> dict[str, str]:
    """Replace their links; record that one held before → correlation id of what replaced it."""
    if not people.joined:
        return {}
    links = {
        statement: persons.links_of(record.id for record in joined.records)
        for statement, joined in people.joined.items()
    }
    reported = {statement: people.statements[statement] for statement in people.joined}
    held = await person_rows.replace_links(tx, reported, links)
    return {record: people.joined[statement].correlation for record, statement in held.items()}


async def join_records(
    tx: Transaction, statement: Statement, records: Sequence[NamedRecord], reported_version: int | None, digest: str
) -> Standing:
    """These records are one person, and no others by this statement; none withdraws it.

    A statement over HTTP has no version of its own: other content is newer.
    """
    report = JoinReport(statement, tuple(records), reported_version, digest)
    people = await load_people(tx, [report])
    standing = people.join_records(report, tx.correlation)
    await save_people(tx, people)
    return standing


async def withdraw_join(tx: Transaction, statement: Statement, digest: str) -> None:
    """Over HTTP: the statement holds nothing together any more. Raises `JoinNotFound`."""
    await person_rows.lock_links(tx)
    if not await person_rows.load_statements(tx, {statement}):
        raise JoinNotFound
    await join_records(tx, statement, (), None, digest)
