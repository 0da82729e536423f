"""Figures as a reporting consumer reads them, and the same from the independent count."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from deploy.demo.programme import Line

Json = dict[str, Any]


@dataclass(frozen=True)
class Read:
    """One answer of the API."""

    line: Line
    body: Json

    @property
    def value(self) -> Any:
        """The value, or [low, high]."""
        body = self.body
        return body["value"] if body["value"] is not None else [body["low"], body["high"]]

    @property
    def verdict(self) -> str | None:
        """Code of the verdict on the wording."""
        return self.body["wording"]["verdict"] if self.body["wording"] else None


class Reporting:
    """A client of the reporting service."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self._http = httpx2.AsyncClient(base_url=url, headers=dict(headers), timeout=30)

    async def close(self) -> None:
        """Give back the connections."""
        await self._http.aclose()

    async def read(self, programme: str, line: Line) -> Read:
        """The figure of one line, with the verdict on its wording."""
        query = {"programme": programme, "period": line.period} | ({"wording": line.wording} if line.wording else {})
        return Read(line, await self._get(f"/indicators/{line.indicator}", query))

    async def read_all(self, programme: str, lines: Sequence[Line]) -> list[Read]:
        """One after the other, so that a line costs what it costs."""
        return [await self.read(programme, line) for line in lines]

    async def explained(self, programme: str, line: Line, after: str | None = None) -> list[Json]:
        """The facts behind the figure, counted and left out, all pages; those that changed since a watermark."""
        facts: list[Json] = []
        query = {"programme": programme, "period": line.period, "limit": "1000"}
        query |= {"after": after} if after else {}
        while True:
            page = await self._get(f"/indicators/{line.indicator}/explanation", query)
            facts += page["facts"]
            if page["next_cursor"] is None:
                return facts
            query["cursor"] = page["next_cursor"]

    async def _get(self, path: str, query: Mapping[str, str]) -> Json:
        answer = await self._http.get(path, params=query)
        answer.raise_for_status()
        body: Json = answer.json()
        return body


def counted(recount: Json, indicator: str) -> Any:
    """What the independent count says, in the API's unit: hours are minutes / 60, an interval is [low, high]."""
    found = recount[indicator]
    if indicator == "I16":
        return sum(found.values())
    if "minutes" in found:
        return found["minutes"] / 60
    if "low" in found and found["low"] != found["high"]:
        return [found["low"], found["high"]]
    return found.get("value", found.get("low"))


def agree(one: Any, other: Any) -> bool:
    """Equal to the four decimals that are shown."""
    if isinstance(one, list) and isinstance(other, list):
        return all(agree(left, right) for left, right in zip(one, other, strict=True))
    if isinstance(one, list) or isinstance(other, list) or one is None or other is None:
        return one is None and other is None
    return bool(abs(one - other) < 0.0001)  # noqa: PLR2004 - the last decimal


@dataclass(frozen=True)
class Row:
    """A figure beside its independent count."""

    read: Read
    expected: Any

    @property
    def agrees(self) -> bool:
        """The same as counted independently."""
        return agree(self.read.value, self.expected)

    def as_json(self) -> dict[str, Any]:
        """For machines."""
        line = self.read.line
        return {
            "printed": line.text,
            "wording": line.wording,
            "indicator": line.indicator,
            "period": line.period,
            "computed": self.read.value,
            "recounted": self.expected,
            "verdict": self.read.verdict,
            "facts_counted": self.read.body["facts_counted"],
            "agrees": self.agrees,
        }
