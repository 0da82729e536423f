"""Registers what the generator lists, over HTTP, as an operator would."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from pathlib import Path

import httpx2

from deploy.local.errors import PlatformError

_PATHS = {
    "organisation": "organisations",
    "establishment": "establishments",
    "programme": "programmes",
    "convention": "conventions",
}


class NotRegistered(PlatformError):
    """The registry refused an entry."""


async def register(url: str, headers: Mapping[str, str], file: Path) -> int:
    """PUT every entry in the order of the file; their number. The same again changes nothing."""
    entries = json.loads(file.read_text(encoding="utf-8"))
    async with httpx2.AsyncClient(base_url=url, headers=dict(headers), timeout=20) as http:
        for entry in entries:
            answer = await http.put(f"/{_PATHS[entry['kind']]}/{entry['id']}", json=entry["body"])
            if answer.status_code not in {HTTPStatus.OK, HTTPStatus.CREATED}:
                message = f"{NotRegistered.__doc__} ({entry['kind']} {entry['id']}: {answer.status_code} {answer.text})"
                raise NotRegistered(message)
    return len(entries)
