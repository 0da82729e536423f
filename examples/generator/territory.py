"""Where an establishment lies, from its UAI alone (standards.md §1 and §4)."""

_DEPARTEMENTS = {
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
ACADEMIES = {departement: academie for academie, names in _DEPARTEMENTS.items() for departement in names.split()}


def departement(uai: str) -> str:
    """INSEE code of the département: `075` is 75, `620` is 2A, `720` is 2B, `974` stays."""
    prefix = uai[:3]
    return {"620": "2A", "720": "2B"}.get(prefix, prefix if prefix.startswith(("97", "98")) else prefix[1:])


def academie(uai: str) -> str:
    """Code of the académie. Raises KeyError outside of the thirty."""
    return ACADEMIES[departement(uai)]
