"""Registers what the generator lists, over HTTP, as an operator would."""

import asyncio
import json
from collections.abc import Iterable, Mapping, Sequence
from http import HTTPStatus
from itertools import groupby
from pathlib import Path
from typing import Any

import httpx2

from deploy.local.errors import PlatformError

_PATHS = {
    "organisation": "organisations",
    "establishment": "establishments",
    "programme": "programmes",
    "convention": "conventions",
    "declaration": "declarations",
}
# Changes of the registry follow one another in the service; a few requests at once only keep it busy.
_AT_ONCE = 4

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
    order = list(_PATHS)
    return sorted(known.values(), key=lambda entry: order.index(entry["kind"]))


async def register(url: str, headers: Mapping[str, str], files: Sequence[Path]) -> int:
    """PUT every entry; their number. The same again changes nothing. Raises `NotRegistered`, `EntriesDiffer`."""
    entries = entries_of(files)
    async with httpx2.AsyncClient(base_url=url, headers=dict(headers), timeout=20) as http:
        for kind, group in groupby(entries, key=lambda entry: entry["kind"]):
            # Only establishments are many, and nothing but an annex names another one.
            lane = _AT_ONCE if kind == "establishment" else 1
            own, annexes = _apart(list(group))
            for part in (own, annexes):
                await asyncio.gather(*(_put_all(http, part[number::lane]) for number in range(lane)))
    return len(entries)


def _apart(entries: Sequence[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Those that stand for themselves, then the annexes, whose site must be there first."""
    annexes = [entry for entry in entries if entry["body"].get("site", entry["id"]) != entry["id"]]
    return [entry for entry in entries if entry not in annexes], annexes


async def _put_all(http: httpx2.AsyncClient, entries: Sequence[Entry]) -> None:
    for entry in entries:
        answer = await http.put(f"/{_PATHS[entry['kind']]}/{entry['id']}", json=entry["body"])
        if answer.status_code not in {HTTPStatus.OK, HTTPStatus.CREATED}:
            message = f"{NotRegistered.__doc__} ({entry['kind']} {entry['id']}: {answer.status_code} {answer.text})"
            raise NotRegistered(message)
