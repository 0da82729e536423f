"""What stands on `cordees.people`: profiles, enrolments and engagements, and whose record is whose, day after day."""

from collections import defaultdict
from collections.abc import Iterator
from random import Random

from bench.year.calendar import TEXTS
from bench.year.draws import stream, uuid8
from bench.year.people_facts import ENDS, Said, assigned, engagement, enrolment, profile, span, stay
from bench.year.programmes import Country
from bench.year.pupils import Pupil, Volunteer, make_pupils, make_volunteer, pupil_record, twin_record
from bench.year.sizes import Sizes
from bench.year.wire import DAY_MICROSECONDS, Record, moment, partition_of
from contracts.topics import PEOPLE_TOPIC

_KINDS = ("tutorat",) * 16 + ("soutien",) * 3 + ("autre",)
_GUESTS_ENROLLED = 50
_VOLUNTEERS_ENGAGED = range(3, 30)


def people_records(country: Country) -> Iterator[Record]:
    """Day after day, all partitions; the versions of one key on days of their own, so that the last is the highest."""
    random = stream(country.sizes.seed, "people")
    diary = _Diary(country)
    for day in range(len(TEXTS)):
        happenings = diary.pop(day)
        gap = DAY_MICROSECONDS // (len(happenings) + 1)
        for number, happening in enumerate(happenings):
            for said in happening:
                yield from _sent(random, country.sizes, said, moment(day, number * gap))


def _sent(random: Random, sizes: Sizes, said: Said, when: bytes) -> Iterator[Record]:
    stamp, key, value = said
    record = Record(partition_of(key, PEOPLE_TOPIC.partitions), key, value, stamp.headers(random, key, key, when))
    yield record
    # At once, as a relay does that died between sending and deleting: an older version must never stand last.
    if random.random() < sizes.duplicates:
        yield record


class _Diary:
    """What happens to whom on which day. Only who and when is kept; records are made when their day comes."""

    def __init__(self, country: Country) -> None:
        self._sizes = country.sizes
        self._days: dict[int, list[Iterator[Said]]] = defaultdict(list)
        for programme in country.programmes:
            random = stream(country.sizes.seed, "diary", programme.number)
            for pupil in make_pupils(country, programme):
                self._plan_pupil(programme.slug, pupil, random.choice(_KINDS))
            for number in programme.guests:
                self._days[_GUESTS_ENROLLED].append(self._guest(programme.slug, number))
            for number in programme.volunteers:
                volunteer = make_volunteer(self._sizes, number, programme.organisation)
                self._plan_volunteer(volunteer, random.choice(_VOLUNTEERS_ENGAGED))

    def pop(self, day: int) -> list[Iterator[Said]]:
        """What happens that day, which is then forgotten."""
        return self._days.pop(day, [])

    def _plan_pupil(self, programme: str, pupil: Pupil, kind: str) -> None:
        days, sizes = self._days, self._sizes
        days[pupil.registered].append(_register(sizes, programme, pupil, kind))
        if pupil.moves_on is not None:
            days[pupil.moves_on].append(_move(pupil))
        if pupil.twin:
            days[pupil.twin.seen].append(_register_twin(sizes, programme, pupil, kind))
            days[pupil.twin.joined].append(_join(sizes, pupil))
            if pupil.twin.split is not None:
                days[pupil.twin.split].append(_split(sizes, pupil))

    def _plan_volunteer(self, volunteer: Volunteer, day: int) -> None:
        self._days[day].append(_engage(self._sizes, volunteer))
        if volunteer.graduates_on is not None:
            self._days[volunteer.graduates_on].append(_graduate(volunteer))

    def _guest(self, programme: str, number: int) -> Iterator[Said]:
        yield enrolment(pupil_record(self._sizes, number).decode(), programme, "tutorat")


# Generators, so that nothing is made before it is asked for.


def _register(sizes: Sizes, programme: str, pupil: Pupil, kind: str) -> Iterator[Said]:
    record = pupil.record.decode()
    yield profile(record, 1, span(pupil, TEXTS[0], ENDS, pupil.school.uai))
    yield assigned(record, 1, own_person(sizes, pupil.number, 0))
    yield enrolment(record, programme, kind)


def _register_twin(sizes: Sizes, programme: str, pupil: Pupil, kind: str) -> Iterator[Said]:
    record = twin_record(sizes, pupil.number).decode()
    yield profile(record, 1, span(pupil, TEXTS[0], ENDS, pupil.school.uai))
    yield assigned(record, 1, own_person(sizes, pupil.number, 1))
    yield enrolment(record, programme, kind)


def _move(pupil: Pupil) -> Iterator[Said]:
    day = TEXTS[pupil.moves_on or 0]
    before = span(pupil, TEXTS[0], day, pupil.school.uai)
    yield profile(pupil.record.decode(), 2, f"{before},{span(pupil, day, ENDS, pupil.moves_to.uai)}")


def _join(sizes: Sizes, pupil: Pupil) -> Iterator[Said]:
    """Two records of one person take the smaller of their two person ids; one of them is moved."""
    first, second = (own_person(sizes, pupil.number, side) for side in (0, 1))
    moved = twin_record(sizes, pupil.number) if first < second else pupil.record
    yield assigned(moved.decode(), 2, min(first, second))


def _split(sizes: Sizes, pupil: Pupil) -> Iterator[Said]:
    """Whichever was moved goes back to its own person."""
    first, second = (own_person(sizes, pupil.number, side) for side in (0, 1))
    moved = twin_record(sizes, pupil.number) if first < second else pupil.record
    yield assigned(moved.decode(), 3, max(first, second))


def _engage(sizes: Sizes, volunteer: Volunteer) -> Iterator[Said]:
    record = volunteer.record.decode()
    yield engagement(volunteer, 1, stay(volunteer, TEXTS[0], ENDS, volunteer.category))
    yield assigned(record, 1, uuid8(sizes.seed, "volunteer-person", volunteer.number).decode())


def _graduate(volunteer: Volunteer) -> Iterator[Said]:
    day = TEXTS[volunteer.graduates_on or 0]
    before = stay(volunteer, TEXTS[0], day, volunteer.category)
    yield engagement(volunteer, 2, f"{before},{stay(volunteer, day, ENDS, 'professionnel')}")


def own_person(sizes: Sizes, number: int, side: int) -> str:
    """The person id that a pupil's record brings: of the first record (side 0) or of the second (1)."""
    return uuid8(sizes.seed, "person", number, side).decode()
