"""What the operator registers before anything is counted, in an order in which every entry finds what it names."""

import tomllib
from pathlib import Path
from typing import Any


def registry(file: Path, programme: str) -> list[dict[str, Any]]:
    """`kind`, `id` and `body` of each entry; the body is the event without its id and version."""
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    entries = [_entry("organisation", row) for row in data["organisations"]]
    entries += [_entry("establishment", row) for row in data["establishments"]]
    entries.append(_entry("programme", {**data["programme"], "programme": programme}))
    for row in data["conventions"]:
        body = {name: value for name, value in row.items() if name != "suffix"}
        convention = f"{programme}-{row['suffix']}"
        entries.append({"kind": "convention", "id": convention, "body": {"programme": programme, **body}})
    return entries


def _entry(kind: str, row: dict[str, Any]) -> dict[str, Any]:
    return {"kind": kind, "id": row[kind], "body": {name: value for name, value in row.items() if name != kind}}
