"""Numbers and words as a French reader expects them."""

from typing import Any

VERDICTS = {"established": "établi", "compatible": "compatible", "contradicted": "CONTREDIT"}
UNITS = {
    "persons": "personnes",
    "hours": "heures",
    "activities": "activités",
    "sites": "sites",
    "uai": "codes UAI",
    "percent": "%",
    "academies": "académies",
    "organisations": "organisations",
    "certificates": "certificats",
    "euros": "€",
    "items": "",
}


def french(value: Any) -> str:
    """`4 011,5`; an interval as `296 à 310`; nothing as a dash; words as they are."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, list):
        return " à ".join(french(end) for end in value)
    text = f"{value:,.1f}" if isinstance(value, float) and not value.is_integer() else f"{value:,.0f}"
    return text.replace(",", "\u202f").replace(".", ",")


def with_unit(value: Any, unit: str) -> str:
    """`4 sites`, `64,7 %`."""
    return f"{french(value)} {UNITS.get(unit, unit)}".strip()
