"""A page in a terminal or as Markdown."""

from collections.abc import Iterator

from rich.console import Console
from rich.table import Table

from deploy.reporting.french import DETAILS, UNITS, french, with_unit
from deploy.reporting.page import DeclaredEntry, Entry, Page

_CELLS_SHOWN = 12
_LONGEST = 90
"""Characters of a source's sentence in a terminal; Markdown and JSON have it whole."""
_WIDE = 140
"""Columns where the output is no terminal."""


def show(page: Page) -> None:
    """On stdout."""
    console = Console(highlight=False)
    if not console.is_terminal:
        console = Console(highlight=False, width=_WIDE)
    console.print(f"[bold]{page.programme['name']}[/bold], {_period(page)}")
    for line in _card(page):
        console.print(line)
    for section, entries in page.sections:
        table = Table(title=section, title_justify="left", title_style="bold")
        table.add_column("Indicateur", overflow="fold")
        table.add_column("Valeur", justify="right")
        table.add_column("On peut écrire", overflow="fold")
        table.add_column("Connu pour", justify="right")
        table.add_column("Détail", overflow="fold")
        for entry in entries:
            table.add_row(*_columns(entry))
        console.print(table)
    if page.declared:
        table = Table("Déclaré", "Valeur", "Source", "Par", "Remarques", title="Indicateurs déclarés")
        for one in page.declared:
            table.add_row(*_declared_columns(one, _LONGEST))
        console.print(table)
    for line in _end(page):
        console.print(line)


def as_markdown(page: Page) -> str:
    """One document, with tables."""
    lines = [f"# {page.programme['name']}, {page.period}", "", *(f"- {line}" for line in _card(page))]
    for section, entries in page.sections:
        lines += ["", f"## {section}", "", "| Indicateur | Valeur | On peut écrire | Connu pour | Détail |"]
        lines += ["|---|---:|---|---:|---|", *(_row(_columns(entry)) for entry in entries)]
    if page.declared:
        lines += ["", "## Indicateurs déclarés", "", "| Déclaré | Valeur | Source | Par | Remarques |"]
        lines += ["|---|---:|---|---|---|", *(_row(_declared_columns(one)) for one in page.declared)]
    lines += ["", "## Remarques", "", *(f"- {line}" for line in _end(page))]
    return "\n".join(lines)


def _row(columns: tuple[str, ...]) -> str:
    return f"| {' | '.join(column.replace('|', chr(92) + '|') for column in columns)} |"


def _period(page: Page) -> str:
    return f"{page.period} (du {page.starts_on} au {page.ends_on} exclu)"


def _card(page: Page) -> Iterator[str]:
    programme = page.programme
    if programme.get("opened_on"):
        yield f"active depuis le {programme['opened_on']}"
    for label in programme.get("labels", ()):
        until = f" au {label['ends_on']} exclu" if label.get("ends_on") else ""
        yield f"label {label['label']}, du {label['starts_on']}{until}"
    if organisers := programme.get("organisers"):
        yield f"organisé par {', '.join(one.get('name') or one['organisation'] for one in organisers)}"
    if inside := programme.get("programmes"):
        yield f"avec {', '.join(one['name'] for one in inside)}"


def _columns(entry: Entry) -> tuple[str, ...]:
    known = "" if entry.coverage is None else f"{french(entry.coverage[0])} / {french(entry.coverage[1])}"
    return (
        f"{entry.name} ({entry.code})",
        with_unit(entry.value, entry.unit),
        _sayable(entry),
        known,
        " ; ".join(_detail(entry)),
    )


def _sayable(entry: Entry) -> str:
    """What may be written, with its unit."""
    if entry.wording is None:
        return ""
    one, many = UNITS.get(entry.unit, (entry.unit, entry.unit))
    return f"{entry.wording} {one if entry.wording in {'0', '1'} else many}".strip()


def _detail(entry: Entry) -> Iterator[str]:
    for name, value in {**entry.details, **dict(list(entry.cells.items())[:_CELLS_SHOWN])}.items():
        if value is not None:
            yield f"{DETAILS.get(name, name)} {french(value)}"
    if (more := len(entry.cells) - _CELLS_SHOWN) > 0:
        yield f"et {more} autres"


def _declared_columns(one: DeclaredEntry, longest: int | None = None) -> tuple[str, ...]:
    sentence = one.sentence if longest is None or len(one.sentence) <= longest else f"{one.sentence[:longest]}…"
    source = f"« {sentence} » ({one.document})"
    value = f"{one.wording} {with_unit(one.value, one.unit)}".strip()
    return (one.label, value, source, f"{one.declarant}, {one.declared_on}", "; ".join(one.remarks))


def _end(page: Page) -> Iterator[str]:
    yield from page.remarks
    yield "chaque chiffre s'explique jusqu'au fait : cordees indicator CODE … --explain"
