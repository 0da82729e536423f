"""Who runs what with whom: programmes of very unequal sizes, each with its pupils, volunteers, schools and guests."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from math import exp
from random import Random
from statistics import NormalDist

from bench.year.draws import stream
from bench.year.places import School, make_schools
from bench.year.sizes import Sizes

_SPREAD = 1.2
_NATIONAL = 10.0
"""The largest programmes are so many times the average: 10 000 sessions where the average is 1 000."""
_PUPILS_GROW = 0.85
"""Large programmes see each pupil more often: pupils grow more slowly than sessions."""
_PUPILS_PER_SCHOOL = 40
_GUESTS = 0.05
_HELPERS = 0.03
_PROGRAMMES_PER_ORGANISATION = 4
_SAYS_MINUTES = 0.5
_WRITES_UTC = 0.05


@dataclass(frozen=True, slots=True)
class Programme:
    """One programme. Pupils and volunteers are numbered through the whole country."""

    number: int
    slug: str
    organisation: str
    sessions: int
    pupils: range
    guests: tuple[int, ...]
    """Pupils of other programmes who come to this one as well."""
    volunteers: range
    helpers: tuple[int, ...]
    """Volunteers of other programmes."""
    schools: tuple[School, ...]
    says_minutes: bool
    """Its partner's system writes the minutes of every pupil, not only of those who missed some."""
    writes_utc: bool
    """Its partner's system writes moments in UTC."""

    @property
    def key(self) -> bytes:
        """The key of its sessions."""
        return f"programme/{self.slug}".encode()


@dataclass(frozen=True)
class Country:
    """Everything that does not move during the year."""

    sizes: Sizes
    schools: tuple[School, ...]
    organisations: tuple[str, ...]
    programmes: tuple[Programme, ...]


def make_country(sizes: Sizes) -> Country:
    """The same country for the same sizes, in whatever process."""
    schools = make_schools(sizes)
    organisations = [f"ecole-{number:04}" for number in range(-(-sizes.programmes // _PROGRAMMES_PER_ORGANISATION))]
    random = stream(sizes.seed, "programmes")
    weights = _weights(sizes.programmes)
    random.shuffle(weights)
    grown = [weight**_PUPILS_GROW for weight in weights]
    sessions = _share_out(sizes.sessions, weights)
    pupils = _ranges(_share_out(sizes.pupils, grown))
    volunteers = _ranges(_share_out(sizes.volunteers, grown))
    national = max(weights)
    programmes = [
        Programme(
            number=number,
            slug=f"cordee-{number:04}",
            organisation=organisations[number % len(organisations)],
            sessions=sessions[number],
            pupils=pupils[number],
            guests=_others(random, pupils[number], sizes.pupils, _GUESTS),
            volunteers=volunteers[number],
            helpers=_others(random, volunteers[number], sizes.volunteers, _HELPERS),
            schools=_its_schools(random, schools, len(pupils[number]), national=weights[number] == national),
            says_minutes=random.random() < _SAYS_MINUTES,
            writes_utc=random.random() < _WRITES_UTC,
        )
        for number in range(sizes.programmes)
    ]
    return Country(sizes, tuple(schools), tuple(organisations), tuple(programmes))


def _weights(count: int) -> list[float]:
    """Log-normal, without chance, and cut where the national ones stand."""
    normal = NormalDist()
    weights = [exp(_SPREAD * normal.inv_cdf((number + 0.5) / count)) for number in range(count)]
    for _ in range(20):
        # Cutting lowers the average, which the cut is measured by.
        limit = _NATIONAL * sum(weights) / count
        weights = [min(weight, limit) for weight in weights]
    return weights


def _share_out(total: int, weights: Sequence[float]) -> list[int]:
    """Whole numbers that add up to `total`: one each, and the rest by weight."""
    rest, whole = total - len(weights), sum(weights)
    ends = [0, *(round(rest * part / whole) for part in accumulate(weights))]
    return [1 + end - start for start, end in pairwise(ends)]


def _ranges(counts: Sequence[int]) -> list[range]:
    return [range(start, end) for start, end in pairwise([0, *accumulate(counts)])]


def _others(random: Random, own: range, everybody: int, share: float) -> tuple[int, ...]:
    """Some who belong elsewhere, each once."""
    drawn = (random.randrange(everybody) for _ in range(round(len(own) * share)))
    return tuple(sorted({number for number in drawn if number not in own}))


def _its_schools(random: Random, schools: Sequence[School], pupils: int, *, national: bool) -> tuple[School, ...]:
    """A stretch of the map; of a national programme, schools from everywhere."""
    count = min(len(schools), max(1, pupils // _PUPILS_PER_SCHOOL))
    if national and count > 1:
        return tuple(schools[number * len(schools) // count] for number in range(count))
    first = random.randrange(len(schools))
    return tuple(schools[(first + number) % len(schools)] for number in range(count))
