"""Histories by seed: what everybody said at first, and then changes of every kind, one lot for each partition."""

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta

from contracts.base import Event
from contracts.topics import REGISTRY_TOPIC, SESSIONS_TOPIC, Topic, topic_of
from contracts.vocabulary import Activity, Category, Gender, Level
from tests.services.reporting.bonds import convention
from tests.services.reporting.facts import (
    APRIL,
    BELLEVUE,
    LA_SALLE,
    LA_SALLE_PRO,
    MARCH,
    RENTREE,
    absent,
    assigned,
    at,
    attributes,
    cancelled,
    counted,
    engaged,
    enrolled,
    held,
    member_of,
    organisation,
    present,
    profiled,
    programme,
    run_by,
    school,
    tutor,
)

Said = Event | str
"""An event, or the key of an aggregate that is removed."""

PUPILS = [f"r-{n}" for n in range(8)]
VOLUNTEERS = [f"v-{n}" for n in range(4)]
PROGRAMMES = ("ales", "albi")
SCHOOLS = (BELLEVUE, LA_SALLE, LA_SALLE_PRO)
LEVELS = (Level.SECONDE_GT, Level.PREMIERE_G, Level.TERMINALE_G)
GENDERS = (Gender.FEMININ, Gender.MASCULIN, Gender.NON_RENSEIGNE)
STUDENT_OR_STAFF = (Category.ETUDIANT, Category.DOCTORANT)
KINDS = (Activity.TUTORAT, Activity.SPORT, Activity.FORUM)

Place = tuple[str, int]
"""A topic by its name, and a partition."""


@dataclass(frozen=True)
class History:
    """`before` is committed; `lots` are written side by side, each by the one who has that partition."""

    before: Sequence[Said]
    lots: Mapping[Place, Sequence[Said]]

    @property
    def everything(self) -> Sequence[Said]:
        return [*self.before, *(one for lot in self.lots.values() for one in lot)]


def place_of(one: Said, known: Mapping[str, Topic]) -> Place:
    """Any function of the key will do. The registry has one partition, the others have two: five, in 120 orders."""
    key = one if isinstance(one, str) else one.key
    topic = known[one] if isinstance(one, str) else topic_of(type(one))
    return topic.name, 0 if topic == REGISTRY_TOPIC else sum(key.encode()) % 2


def history(seed: int) -> History:
    """The same one for the same seed."""
    chance = random.Random(seed)
    before = [*_registry(chance), *_people(chance), *_rolls(chance)]
    changes = [*_registry_moves(chance), *_people_moves(chance), *_corrections(chance, before)]
    known = {event.key: topic_of(type(event)) for event in before}
    lots: dict[Place, list[Said]] = {}
    for one in changes:
        lots.setdefault(place_of(one, known), []).append(one)
    return History(before, lots)


def _registry(chance: random.Random) -> Sequence[Event]:
    return (
        organisation("mines"),
        organisation("albi", member_of("mines")),
        *(programme(name, organisers=[run_by(name)]) for name in PROGRAMMES),
        organisation("ales"),
        *(school(uai) for uai in SCHOOLS),
        convention("c-1", chance.choice(SCHOOLS)),
        convention("c-2", chance.choice(SCHOOLS), of="albi"),
    )


def _registry_moves(chance: random.Random) -> Sequence[Event]:
    """Who belongs to whom, who runs what, where a school is: of this year, and of any record on a roll."""
    moves = (
        organisation("ales", member_of("mines", starts_on=chance.choice((RENTREE, APRIL))), version=2),
        programme("albi", organisers=[run_by("albi", ends_on=APRIL), run_by("ales", starts_on=APRIL)], version=2),
        school(LA_SALLE_PRO, site=LA_SALLE_PRO, academie="16", version=2),
        convention("c-1", chance.choice(SCHOOLS), starts_on=APRIL, version=2),
        convention("c-3", chance.choice(SCHOOLS)),
    )
    return chance.sample(moves, k=3)


def _people(chance: random.Random) -> Sequence[Event]:
    pupils = [_profile(chance, record, 1) for record in PUPILS]
    enrolments = [enrolled(record, starts_on=chance.choice((RENTREE, APRIL))) for record in PUPILS[:-2]]
    volunteers = [engaged(record, at_school=chance.choice(PROGRAMMES)) for record in VOLUNTEERS[:-1]]
    joined = [assigned(record, "p-0") for record in PUPILS[:2]]
    return (*pupils, *enrolments, *volunteers, *joined)


def _profile(chance: random.Random, record: str, version: int) -> Event:
    gender = chance.choice(GENDERS)
    span = attributes(establishment=chance.choice(SCHOOLS), level=chance.choice(LEVELS), gender=gender)
    return profiled(record, span, version=version)


def _people_moves(chance: random.Random) -> Sequence[Said]:
    """A profile that moves, a join, a split, an enrolment that ends, a new volunteer, and an erasure."""
    moved, joined, enrolment, erased = chance.sample(PUPILS[2:], k=4)
    return (
        _profile(chance, moved, 2),
        assigned(joined, "p-0"),
        assigned(chance.choice(PUPILS[:2]), "p-9", version=2),
        enrolled(enrolment, ends_on=APRIL, version=2),
        engaged(VOLUNTEERS[-1], at_school="ales", category=Category.ETUDIANT),
        engaged(
            VOLUNTEERS[0], at_school="albi", category=chance.choice((Category.ETUDIANT, Category.DOCTORANT)), version=2
        ),
        f"profile/{erased}",
        _profile(chance, f"residue-{erased}", 1),
        assigned(f"residue-{erased}", f"residue-{erased}"),
        assigned(erased, f"residue-{erased}", version=2),
    )


def _rolls(chance: random.Random) -> Sequence[Event]:
    return [_roll(chance, f"s-{n}", 1, PROGRAMMES[n % 2]) for n in range(10)]


def _roll(chance: random.Random, session: str, version: int, of: str) -> Event:
    """Some pupils, some of them absent, who acts, and now and then a class that is only counted."""
    there = [present(one, chance.choice((None, 30))) for one in chance.sample(PUPILS, k=3)]
    missing = [absent(one) for one in PUPILS if one not in {line.record for line in there}][:1]
    acting = [tutor(one, chance.choice((None, 45))) for one in chance.sample(VOLUNTEERS, k=2)]
    classes = [counted(chance.randint(5, 20), chance.choice(SCHOOLS))] if chance.random() < 0.3 else []
    day = chance.choice((MARCH, APRIL)) + timedelta(days=chance.randint(0, 40))
    said = {"programme": of, "activity": chance.choice(KINDS), "starts_at": at(day), "minutes": chance.choice((60, 90))}
    return held(session, *there, *missing, *acting, *classes, version=version, **said)


def _corrections(chance: random.Random, before: Sequence[Event]) -> Sequence[Event]:
    """Rolls that are corrected, one session that is cancelled, and a new one, in each programme."""
    sessions = [one for one in before if topic_of(type(one)) == SESSIONS_TOPIC]
    found: list[Event] = []
    for n, of in enumerate(PROGRAMMES):
        mine = chance.sample([one.aggregate for one in sessions[n::2]], k=3)
        found += [_roll(chance, one, 2, of) for one in mine[:2]]
        found += [cancelled(mine[2], version=2, programme=of), _roll(chance, f"new-{n}", 1, of)]
    return found
