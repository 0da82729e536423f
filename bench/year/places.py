"""Schools all over the country: invented names, well-formed UAI, real académies and départements (standards.md §4)."""

from dataclasses import dataclass

from bench.year.draws import stream
from bench.year.sizes import Sizes
from contracts.uai import control_letter
from contracts.vocabulary import EstablishmentKind, Level
from services.inscriptions.domain.territory import ACADEMIE_OF, ACADEMIES

_CORSICA = {"2A": "620", "2B": "720"}
_DEPARTEMENTS = [(code, academie) for code, academie in ACADEMIE_OF.items() if academie in ACADEMIES]

_COLLEGE = (Level.QUATRIEME, Level.TROISIEME)
_GENERAL = (Level.SECONDE_GT, Level.PREMIERE_G, Level.PREMIERE_T, Level.TERMINALE_G, Level.TERMINALE_T)
_PRO = (Level.SECONDE_PRO, Level.PREMIERE_PRO, Level.TERMINALE_PRO)
LEVELS = {
    EstablishmentKind.COLLEGE: _COLLEGE,
    EstablishmentKind.LYCEE_GT: _GENERAL,
    EstablishmentKind.LYCEE_POLYVALENT: _GENERAL + _PRO,
    EstablishmentKind.LYCEE_PROFESSIONNEL: _PRO,
}
_NATURES, _SHARES = tuple(LEVELS), (45, 30, 15, 10)
_SECOND_CODE = 0.05
_PRIORITY = 0.25


@dataclass(frozen=True, slots=True)
class School:
    """An establishment. `site` is the UAI of the mother establishment, most often its own."""

    number: int
    uai: str
    site: str
    nature: EstablishmentKind
    departement: str
    academie: str
    priority: str | None


def make_schools(sizes: Sizes) -> list[School]:
    """Neighbours in the list are neighbours on the map: a regional programme takes a stretch of it."""
    random = stream(sizes.seed, "schools")
    schools: list[School] = []
    for number in range(sizes.schools):
        departement, academie = _DEPARTEMENTS[number * len(_DEPARTEMENTS) // sizes.schools]
        # Numbered through the whole country, so that no two départements share one.
        prefix = _CORSICA.get(departement, departement.zfill(3))
        digits = f"{prefix}{number % 10_000:04}"
        uai = digits + control_letter(digits)
        nature = random.choices(_NATURES, _SHARES)[0]
        beside = schools[-1] if schools and random.random() < _SECOND_CODE else None
        site = beside.site if beside and beside.departement == departement else uai
        priority = random.choice(("REP", "REP+")) if random.random() < _PRIORITY else None
        status = priority if nature is EstablishmentKind.COLLEGE else None
        schools.append(School(number, uai, site, nature, departement, academie, status))
    return schools
