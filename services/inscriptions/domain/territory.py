"""The département of a UAI, and its académie (standards.md §4). Data and two look-ups."""

from contracts import uai as codes
from services.inscriptions.domain.refusals import NoSuchDepartement

# The 30 académies since 2020.
_ACADEMIES = {
    "01": "75",
    "02": "04 05 13 84",
    "03": "25 39 70 90",
    "04": "24 33 40 47 64",
    "06": "03 15 43 63",
    "07": "21 58 71 89",
    "08": "07 26 38 73 74",
    "09": "59 62",
    "10": "01 42 69",
    "11": "11 30 34 48 66",
    "12": "54 55 57 88",
    "13": "16 17 79 86",
    "14": "22 29 35 56",
    "15": "67 68",
    "16": "09 12 31 32 46 65 81 82",
    "17": "44 49 53 72 85",
    "18": "18 28 36 37 41 45",
    "19": "08 10 51 52",
    "20": "02 60 80",
    "22": "19 23 87",
    "23": "06 83",
    "24": "77 93 94",
    "25": "78 91 92 95",
    "27": "2A 2B",
    "28": "974",
    "31": "972",
    "32": "971 977 978",
    "33": "973",
    "43": "976",
    "70": "14 27 50 61 76",
}
# Vice-rectorats and the like: no académies, but their establishments carry these codes.
_OTHERS = {"40": "988", "41": "987", "42": "986", "44": "975"}

ACADEMIES = frozenset(_ACADEMIES)
ACADEMIE_OF = {
    departement: academie
    for academie, departements in (_ACADEMIES | _OTHERS).items()
    for departement in departements.split()
}


def territory_of(uai: str) -> tuple[str, str]:
    """(département, académie) of an establishment. Raises `NoSuchDepartement`."""
    departement = codes.departement(uai)
    if departement not in ACADEMIE_OF:
        raise NoSuchDepartement("establishment")
    return departement, ACADEMIE_OF[departement]
