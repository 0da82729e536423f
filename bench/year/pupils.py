"""Who the pupils and volunteers of a programme are, and what becomes of them during the year."""

from dataclasses import dataclass
from random import Random

from bench.year.draws import stream, uuid8
from bench.year.places import LEVELS, School
from bench.year.programmes import Country, Programme
from bench.year.sizes import Sizes

# Whatever becomes of anybody happens well within the year.
_GENDERS = (("F", "M", "X", "non_renseigne"), (54, 43, 1, 2))
_ANSWERS = ("oui", "non", "non_renseigne")
_SCHOLARSHIP, _QPV, _RURAL = (38, 52, 10), (18, 62, 20), (12, 68, 20)
_REGISTERED = range(5, 40)
_MOVED = range(60, 250)
_TWIN_SEEN = range(45, 90)
_JOINED_AFTER = range(10, 120)
_SPLIT_AFTER = range(5, 60)
_SPLIT = 0.05
_GRADUATED = 0.02
_GRADUATION = 153
"""1 February."""
_CATEGORIES = ("etudiant", "enseignant", "doctorant", "alumni", "personnel", "professionnel")
_CATEGORY_SHARES = (80, 6, 4, 3, 3, 4)


@dataclass(frozen=True, slots=True)
class Twin:
    """A second record of one person, from another system. Days of the year."""

    seen: int
    joined: int
    split: int | None
    """When the join was withdrawn: then they are two persons after all."""


@dataclass(frozen=True, slots=True)
class Pupil:
    """One record, with what its establishment says of it."""

    number: int
    record: bytes
    school: School
    level: str
    gender: str
    scholarship: str
    qpv: str
    rural: str
    registered: int
    moves_on: int | None
    moves_to: School
    twin: Twin | None


@dataclass(frozen=True, slots=True)
class Volunteer:
    """One record of a person who acts. A student who graduates is a professional from then on."""

    number: int
    record: bytes
    organisation: str
    category: str
    gender: str
    graduates_on: int | None

    def is_student(self, day: int) -> bool:
        """Whether the engagement of that day is a student's (I08)."""
        return self.category == "etudiant" and (self.graduates_on is None or day < self.graduates_on)


def pupil_record(sizes: Sizes, number: int) -> bytes:
    """The id of a pupil's first record."""
    return uuid8(sizes.seed, "record", number)


def twin_record(sizes: Sizes, number: int) -> bytes:
    """The id of a pupil's second record."""
    return uuid8(sizes.seed, "twin", number)


def make_pupils(country: Country, programme: Programme) -> list[Pupil]:
    """The programme's own pupils, group by group: those of one school stand together."""
    random = stream(country.sizes.seed, "pupils", programme.number)
    schools, count = programme.schools, len(programme.pupils)
    return [
        _pupil(random, country.sizes, number, schools[place * len(schools) // count], schools)
        for place, number in enumerate(programme.pupils)
    ]


def _pupil(random: Random, sizes: Sizes, number: int, school: School, schools: tuple[School, ...]) -> Pupil:
    def answer(shares: tuple[int, ...]) -> str:
        return random.choices(_ANSWERS, shares)[0]

    moves = random.random() < sizes.moves
    return Pupil(
        number=number,
        record=pupil_record(sizes, number),
        school=school,
        level=random.choice(LEVELS[school.nature]),
        gender=random.choices(*_GENDERS)[0],
        scholarship=answer(_SCHOLARSHIP),
        qpv=answer(_QPV),
        rural=answer(_RURAL),
        registered=random.choice(_REGISTERED),
        moves_on=random.choice(_MOVED) if moves else None,
        moves_to=random.choice(schools),
        twin=_twin(random) if random.random() < sizes.joins else None,
    )


def _twin(random: Random) -> Twin:
    seen = random.choice(_TWIN_SEEN)
    joined = seen + random.choice(_JOINED_AFTER)
    return Twin(seen, joined, joined + random.choice(_SPLIT_AFTER) if random.random() < _SPLIT else None)


def make_volunteer(sizes: Sizes, number: int, organisation: str = "") -> Volunteer:
    """Drawn apart for each: whoever meets a helper from elsewhere knows the same of them."""
    random = stream(sizes.seed, "volunteer", number)
    category = random.choices(_CATEGORIES, _CATEGORY_SHARES)[0]
    graduates = category == "etudiant" and random.random() < _GRADUATED
    return Volunteer(
        number=number,
        record=uuid8(sizes.seed, "volunteer", number),
        organisation=organisation,
        category=category,
        gender=random.choices(*_GENDERS)[0],
        graduates_on=_GRADUATION if graduates else None,
    )
