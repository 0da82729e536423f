"""Numbers and words as a French reader expects them."""

from typing import Any

VERDICTS = {"established": "établi", "compatible": "compatible", "contradicted": "CONTREDIT"}
UNITS = {
    "persons": ("personne", "personnes"),
    "hours": ("heure", "heures"),
    "activities": ("activité", "activités"),
    "sites": ("site", "sites"),
    "uai": ("code UAI", "codes UAI"),
    "percent": ("%", "%"),
    "academies": ("académie", "académies"),
    "organisations": ("organisation", "organisations"),
    "certificates": ("certificat", "certificats"),
    "euros": ("€", "€"),
    "items": ("", ""),
}
_TWO = 2
"""French counts in the singular below two."""

# What goes beside a figure, by its name in the API. A name that is not here is shown as it is.
DETAILS = {
    "activities": "activités",
    "beneficiaries": "bénéficiaires",
    "boys": "garçons",
    "cancelled": "annulées",
    "candidates": "candidats",
    "colleges": "collèges",
    "declarations": "déclarations",
    "denominator": "sur",
    "departements": "départements",
    "editions": "éditions",
    "enrolled": "étudiants connus",
    "flagged": "issus d'un parcours",
    "girls": "filles",
    "headcount_hours": "heures des effectifs déclarés",
    "holders": "titulaires",
    "joined": "entrés",
    "left": "sortis",
    "median": "médiane",
    "missing_course": "sans le cours",
    "missing_years": "sans les deux années",
    "nominative": "nommés",
    "non_renseigne": "non renseigné",
    "numerator": "dont",
    "other": "autres",
    "overseas": "outre-mer",
    "persons": "personnes",
    "preparation_hours": "heures de préparation",
    "priority": "prioritaires",
    "professionals": "professionnels",
    "progress_percent": "% de l'objectif",
    "pupils_per_tutor": "élèves par tuteur",
    "q1": "premier quartile",
    "q3": "troisième quartile",
    "rate_percent": "taux (%)",
    "speakers": "conférenciers",
    "students": "effectif",
    "target_percent": "objectif (%)",
    "toutes": "toutes (1 : oui)",
    "trained": "formés",
    "tutees": "tutorés",
    "uai": "codes UAI",
}


def french(value: Any, digits: int = 1) -> str:
    """`4 011,5`; an interval as `296 à 310`; nothing as a dash; words as they are. `digits`: after the comma."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return " à ".join(french(end, digits) for end in value)
    text = f"{value:,.{digits}f}" if isinstance(value, float) and not value.is_integer() else f"{value:,.0f}"
    return text.replace(",", "\u202f").replace(".", ",")


def rounded(value: float) -> str:
    """The nearest whole number: `4 012`."""
    return french(round(value))


def with_unit(value: Any, unit: str) -> str:
    """`4 sites`, `1 académie`, `64,7 %`."""
    one, many = UNITS.get(unit, (unit, unit))
    singular = isinstance(value, int | float) and abs(value) < _TWO
    return f"{french(value)} {one if singular else many}".strip()
