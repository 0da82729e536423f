"""Registers what the generator lists, over HTTP, as an operator would."""

import json
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any

import httpx2

from deploy.local.errors import PlatformError

_KINDS = ("organisation", "establishment", "programme", "convention", "declaration")
_AT_ONCE = 250
"""Entries in one request: each request is one transaction."""

Entry = dict[str, Any]


class NotRegistered(PlatformError):
    """The registry refused an entry."""


class EntriesDiffer(PlatformError):
    """Two programme files describe the same entry of the registry differently."""


def entries_of(files: Iterable[Path]) -> list[Entry]:
    """The entries of all files, each once, kind by kind, and within a kind in the order of the files."""
    known: dict[tuple[str, str], Entry] = {}
    for file in files:
        for entry in json.loads(file.read_text(encoding="utf-8")):
            other = known.setdefault((entry["kind"], entry["id"]), entry)
            if other["body"] != entry["body"]:
                raise EntriesDiffer(f"{EntriesDiffer.__doc__} ({entry['kind']} {entry['id']})")
    return sorted(known.values(), key=lambda entry: (_KINDS.index(entry["kind"]), _is_annex(entry)))


def _is_annex(entry: Entry) -> bool:
    """Its site must be there before it."""
    return bool(entry["body"].get("site", entry["id"]) != entry["id"])


async def register(url: str, headers: Mapping[str, str], files: Iterable[Path]) -> int:
    """PUT every entry; their number. The same again changes nothing. Raises `NotRegistered`, `EntriesDiffer`."""
    entries = entries_of(files)
    async with httpx2.AsyncClient(base_url=url, headers=dict(headers), timeout=60) as http:
        for start in range(0, len(entries), _AT_ONCE):
            answer = await http.put("/registry", json={"entries": entries[start : start + _AT_ONCE]})
            if answer.status_code != HTTPStatus.OK:
                message = f"{NotRegistered.__doc__} (from entry {start}: {answer.status_code} {answer.text})"
                raise NotRegistered(message)
    return len(entries)
