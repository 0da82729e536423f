"""Questions put to the API in the end: figures side by side, each cell beside the whole that counts everybody once."""

from collections.abc import Sequence
from dataclasses import dataclass

import httpx2

from deploy.demo.figures import Row, cells_of
from deploy.demo.play import Play
from deploy.demo.programme import Asked, Line, Programme, load_questions
from deploy.reporting.client import Json


@dataclass(frozen=True)
class Reply:
    """A question with its figures, and the names of the registry entries that it is about."""

    asked: Asked
    rows: Sequence[Row]
    names: Sequence[str]

    @property
    def agrees(self) -> bool:
        """Every figure is that of the independent count."""
        return all(row.agrees for row in self.rows)

    def as_json(self) -> Json:
        """For machines."""
        figures = [{**row.as_json(), "cells": cells_of(row.read.body)} for row in self.rows]
        return {"question": self.asked.text, "figures": figures, "names": list(self.names)}


async def ask(stage: Play, played: Sequence[Programme]) -> list[Reply]:
    """Those questions of which every programme was played."""
    asked = load_questions(programme.id for programme in played)
    lines: list[Line] = [line for one in asked for line in one.lines]
    if not lines:
        return []
    rows = iter(await stage.rows(lines))
    return [Reply(one, [next(rows) for _ in one.lines], await _names(stage, one.names)) for one in asked]


async def _names(stage: Play, entries: Sequence[str]) -> list[str]:
    """As the registry says them: name, commune, code, académie."""
    url, headers = stage.operator
    found = []
    async with httpx2.AsyncClient(base_url=url, headers=dict(headers), timeout=20) as http:
        for entry in entries:
            kind, _, code = entry.partition("/")
            answer = await http.get(f"/{kind}s/{code}")
            answer.raise_for_status()
            body = answer.json()
            found.append(f"{code} : {body['name']}, {body.get('commune', '')} (académie {body.get('academie', '–')})")
    return found
