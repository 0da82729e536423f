"""What the operator registers before anything is counted, in an order in which every entry finds what it names."""

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

from examples.generator.territory import academie, departement

Row = dict[str, Any]


def registry(data: Row, file: Path, renamed: Callable[[str | None], str]) -> list[Row]:
    """`kind`, `id` and `body` of each entry; the body is the event without its id and version."""
    entries = [_entry("organisation", row) for row in data["organisations"]]
    entries += [_entry("establishment", row) for row in establishments_of(data, file)]
    for row in (data["programme"], *data.get("programmes", ())):
        parent = {"parent": renamed(row["parent"])} if "parent" in row else {}
        entries.append(_entry("programme", {**row, **parent, "programme": renamed(row["programme"])}))
    for row in data.get("conventions", ()):
        body = {name: value for name, value in row.items() if name != "suffix"}
        convention = f"{renamed(None)}-{row['suffix']}"
        body["programme"] = renamed(row.get("programme"))
        entries.append({"kind": "convention", "id": convention, "body": body})
    return entries + _declarations(data, renamed)


def _declarations(data: Row, renamed: Callable[[str | None], str]) -> list[Row]:
    """Parts before the sum that names them."""
    rows = sorted(data.get("declarations", ()), key=lambda row: "parts" in row)
    entries = []
    for row in rows:
        body = {**row, "declaration": renamed(row["declaration"])}
        if "programme" in row:
            body["programme"] = renamed(row["programme"])
        if "parts" in row:
            body["parts"] = [renamed(part) for part in row["parts"]]
        entries.append(_entry("declaration", body))
    return entries


def establishments_of(data: Row, file: Path) -> list[Row]:
    """The rows of the programme file and of the CSV file that it names, mothers before what belongs to their site.

    Site, département and académie that a row leaves out follow from its UAI.
    """
    rows = [*data.get("establishments", ())]
    if "establishments_file" in data:
        rows += _read(file.parent / data["establishments_file"])
    full = []
    for row in rows:
        uai = row["establishment"]
        places = {"site": row.get("site", uai), "academie": row.get("academie") or academie(uai)}
        full.append({**row, **places, "departement": row.get("departement") or departement(uai)})
    return sorted(full, key=lambda row: row["site"] != row["establishment"])


def _read(file: Path) -> list[Row]:
    """`uai;name;nature;commune`, after lines that begin with `#` and name the source."""
    with file.open(encoding="utf-8", newline="") as stream:
        lines = [line for line in stream if not line.startswith("#")]
    return [
        {"establishment": row["uai"], **{name: row[name] for name in ("name", "nature", "commune")}}
        for row in csv.DictReader(lines, delimiter=";")
    ]


def _entry(kind: str, row: Row) -> Row:
    return {"kind": kind, "id": row[kind], "body": {name: value for name, value in row.items() if name != kind}}
