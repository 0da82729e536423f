"""One programme's page: its indicators with what may be written of them, their coverage, and remarks."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from deploy.reporting.client import Json, Reporting
from deploy.reporting.french import french

# The order in which a programme head reads them; what stands in no section comes last.
SECTIONS: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("Élèves", ("I01", "I02", "I02_inscrits", "I02_renforces", "I03", "I04", "I33", "I17", "I11", "I32")),
    ("Établissements et territoires", ("I05", "I05_uai", "I06", "I07", "I18b")),
    ("Étudiants, tuteurs, encadrants", ("I08", "I09", "I09_formes", "I10", "I12", "I34", "I23", "I24")),
    ("Parcours", ("I25", "I26", "I22", "I20", "I21")),
    ("Activités", ("I13", "I14", "I16", "I29", "I30")),
    ("Partenaires", ("I27", "I28")),
)
OTHERS = "Autres"

_WITH_HEADCOUNTS = ("I01", "I04")
_WORDINGS = {"plus_de": "plus de", "pres_de": "près de", "environ": "environ", "au_moins": "au moins"}

_QUALITY = {
    "missing_rolls": "{} activité(s) passée(s) sans appel",
    "unknown_references": "{} référence(s) que personne n'a inscrites, non comptées",
    "unknown_establishments": "{} établissement(s) absents du registre",
}


@dataclass(frozen=True)
class Entry:
    """One figure: `value` is a number, [low, high], or None; `wording` what may be printed of it."""

    section: str
    code: str
    name: str
    unit: str
    value: Any
    wording: str | None
    rule: str
    definition_version: int
    coverage: tuple[int, int] | None
    details: dict[str, Any]
    cells: dict[str, Any]
    facts: int
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class DeclaredEntry:
    """A number that no event carries."""

    label: str
    value: Any
    wording: str
    unit: str
    period: str
    sentence: str
    document: str
    declarant: str
    declared_on: str
    remarks: tuple[str, ...]


@dataclass(frozen=True)
class Page:
    """A programme in a period. `watermark` says how far the facts had been read."""

    programme: Json
    period: str
    starts_on: str
    ends_on: str
    entries: tuple[Entry, ...]
    declared: tuple[DeclaredEntry, ...]
    watermark: str

    @property
    def sections(self) -> Iterator[tuple[str, list[Entry]]]:
        """Those that have something to show, in their order."""
        for section in (*(name for name, _ in SECTIONS), OTHERS):
            if found := [entry for entry in self.entries if entry.section == section]:
                yield section, found

    @property
    def remarks(self) -> list[str]:
        """What is missing from the data: each sentence once, with the indicators that it is about."""
        about: dict[str, list[str]] = {}
        for entry in self.entries:
            for remark in entry.remarks:
                about.setdefault(remark, []).append(entry.code)
        return [f"{', '.join(codes)} : {remark}" for remark, codes in about.items()]

    def as_json(self) -> Json:
        """For machines."""
        return asdict(self) | {"remarks": self.remarks}


async def read_page(reporting: Reporting, programme: str, period: str, say: Callable[[str], None]) -> Page:
    """Ask for everything. Raises what the client raises: a programme that nobody knows, no answer."""
    card = await reporting.programme(programme)
    catalogue = await reporting.catalogue()
    query = {"programme": programme, "period": period}
    answers = []
    for number, definition in enumerate(_in_order(catalogue), start=1):
        say(f"{number} / {len(catalogue)}")
        answers.append(await reporting.figure(definition["code"], query))
    declared = await _declarations(reporting, card, query)
    scope = answers[0]["scope"]
    return Page(
        programme=card,
        period=period,
        starts_on=scope["starts_on"],
        ends_on=scope["ends_on"],
        entries=tuple(_entry(answer) for answer in answers if _says_something(answer)),
        declared=tuple(_declared(one) for one in declared),
        watermark=answers[-1]["watermark"],
    )


async def _declarations(reporting: Reporting, card: Json, query: Json) -> list[Json]:
    """Of the programme, and of the organisations that run it."""
    found = await reporting.declarations(query)
    for organiser in card["organisers"]:
        about = {"organisation": organiser["organisation"], "period": query["period"]}
        found += [one for one in await reporting.declarations(about) if one["programme"] is None]
    return list({one["declaration"]: one for one in found}.values())


def _in_order(catalogue: Sequence[Json]) -> list[Json]:
    order = [code for _, codes in SECTIONS for code in codes]
    return sorted(catalogue, key=lambda one: order.index(one["code"]) if one["code"] in order else len(order))


def _says_something(answer: Json) -> bool:
    """A figure of nothing, of which nothing is missing, is left out of a page."""
    return bool(answer["facts_counted"] or answer["value"] or answer["high"])


def value_of(answer: Json) -> Any:
    """The value, [low, high], or None."""
    if answer["value"] is not None or answer["low"] is None:
        return answer["value"]
    return [answer["low"], answer["high"]]


def _entry(answer: Json) -> Entry:
    definition = answer["indicator"]
    coverage = answer["coverage"]
    return Entry(
        section=next((name for name, codes in SECTIONS if definition["code"] in codes), OTHERS),
        code=definition["code"],
        name=definition["name_fr"],
        unit=definition["unit"],
        value=value_of(answer),
        wording=answer.get("suggested_wording"),
        rule=definition["rule"],
        definition_version=definition["definition_version"],
        coverage=(coverage["known"], coverage["total"]) if coverage else None,
        details=answer["details"],
        cells={cell["cell"]: value_of(cell) for cell in answer["cells"]},
        facts=answer["facts_counted"],
        remarks=tuple(_remarks(answer)),
    )


def _remarks(answer: Json) -> Iterator[str]:
    for name, sentence in _QUALITY.items():
        if number := answer["data_quality"].get(name):
            yield sentence.format(french(number))
    if answer["value"] is None and answer["low"] is not None and answer["indicator"]["code"] in _WITH_HEADCOUNTS:
        yield "des effectifs déclarés sans noms : la valeur n'est connue que par ses bornes"
    details = answer["details"]
    if answer["indicator"]["code"] == "I22" and details.get("students") == details.get("enrolled"):
        yield "aucun effectif d'école n'est déclaré : la part est celle des étudiants connus, non de l'école"


def _declared(one: Json) -> DeclaredEntry:
    return DeclaredEntry(
        label=one["label"],
        value=one["number"] if one["number"] is not None else value_of(one),
        wording=_WORDINGS.get(one["declared_wording"], ""),
        unit=one["unit"],
        period=f"{one['starts_on']}/{one['ends_on'] or ''}",
        sentence=one["sentence"],
        document=one["document"],
        declarant=one["declarant"],
        declared_on=one["declared_on"],
        remarks=tuple(_declared_remarks(one)),
    )


def _declared_remarks(one: Json) -> Iterator[str]:
    if one.get("parts"):
        yield "somme de ses parties : vérifiée" if one["sum_holds"] else "ne vaut PAS la somme de ses parties"
    for earlier in one.get("earlier", ()):
        yield f"corrigé : « {earlier['reason']} » (déclaré avant le {earlier['declared_on']})"
