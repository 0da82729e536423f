"""What stands on `cordees.registry`: organisations, schools, programmes and conventions."""

from collections.abc import Iterator
from random import Random

from bench.year.calendar import LAST_DAY, SCHOOL_YEAR, day_at
from bench.year.draws import stream
from bench.year.programmes import Country, Programme
from bench.year.wire import Record, Stamp, moment
from contracts.base import Event, Span
from contracts.registry import (
    ConventionSigned,
    EstablishmentRegistered,
    Label,
    Membership,
    OrganisationRegistered,
    Organiser,
    PrioritySpan,
    ProgrammeOpened,
)
from contracts.vocabulary import EstablishmentKind, OrganisationKind, PriorityStatus

_SCHOOLS_PER_CENTRE = 10
_SINCE = day_at(-730)
_GAP = 40_000
"""Microseconds between two records: tens of thousands of them within the first hour of the year."""


def registry_records(country: Country) -> Iterator[Record]:
    """In the order in which entries name one another; every key once, but for duplicates."""
    random = stream(country.sizes.seed, "registry")
    stamps: dict[str, Stamp] = {}
    for number, event in enumerate(_events(country)):
        stamp = stamps.setdefault(event.type, Stamp("inscriptions", event.type))
        record = _record(random, stamp, event, number)
        yield record
        if random.random() < country.sizes.duplicates:
            yield record


def _record(random: Random, stamp: Stamp, event: Event, number: int) -> Record:
    key = event.key.encode()
    # One partition: its number needs no hash.
    return Record(0, key, event.to_data(), stamp.headers(random, event.subject.encode(), key, moment(0, number * _GAP)))


def _events(country: Country) -> Iterator[Event]:
    yield from _organisations(country)
    yield from _establishments(country)
    for programme in country.programmes:
        yield _programme(programme)
        yield from _conventions(programme)


def _organisations(country: Country) -> Iterator[OrganisationRegistered]:
    for number in range(-(-len(country.organisations) // _SCHOOLS_PER_CENTRE)):
        name = f"Centre {number}"
        yield OrganisationRegistered(version=1, organisation=_centre(number), name=name, nature=OrganisationKind.CENTRE)
    for number, organisation in enumerate(country.organisations):
        membership = Membership(starts_on=_SINCE, parent=_centre(number // _SCHOOLS_PER_CENTRE))
        yield OrganisationRegistered(
            version=1,
            organisation=organisation,
            name=f"École {number}",
            nature=OrganisationKind.ECOLE,
            memberships=(membership,),
        )


def _centre(number: int) -> str:
    return f"centre-{number:03}"


def _establishments(country: Country) -> Iterator[EstablishmentRegistered]:
    for school in country.schools:
        listed = PrioritySpan(rentree=SCHOOL_YEAR, status=PriorityStatus(school.priority)) if school.priority else None
        kind = "Collège" if school.nature is EstablishmentKind.COLLEGE else "Lycée"
        yield EstablishmentRegistered(
            version=1,
            establishment=school.uai,
            site=school.site,
            name=f"{kind} {school.number}",
            nature=school.nature,
            academie=school.academie,
            departement=school.departement,
            priority=(listed,) if listed else (),
        )


def _programme(programme: Programme) -> ProgrammeOpened:
    return ProgrammeOpened(
        version=1,
        programme=programme.slug,
        name=f"Cordée {programme.number}",
        organisers=(Organiser(starts_on=_SINCE, organisation=programme.organisation),),
        opened_on=_SINCE,
        labels=(Label(starts_on=_SINCE, label="cordee-de-la-reussite"),),
    )


def _conventions(programme: Programme) -> Iterator[ConventionSigned]:
    for number, school in enumerate(programme.schools):
        yield ConventionSigned(
            version=1,
            convention=f"{programme.slug}-{number:04}",
            programme=programme.slug,
            establishment=school.uai,
            valid=Span(starts_on=day_at(0), ends_on=LAST_DAY),
        )
