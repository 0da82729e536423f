"""How long national figures take over HTTP, each with and without a breakdown."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

import httpx2

from bench.year.calendar import PERIOD

CODES = ("I01", "I02", "I05", "I06", "I08", "I11", "I12", "I13", "I14")
_WISHED = ("level", "academie", "type", "school", "activity")
"""Breakdowns, the dearest first: each figure is asked by the first of them that it offers."""
_TIMES, _LONGEST = 5, 10.0


@dataclass(frozen=True)
class Asked:
    """One question: the median of its times in seconds, or why there is none."""

    code: str
    by: str | None
    seconds: float | None
    refused: str | None = None


async def ask_all(client: httpx2.AsyncClient) -> list[Asked]:
    """Every figure, then again with its breakdown."""
    catalogue = (await client.get("/indicators")).raise_for_status().json()
    offered = {one["code"]: one["breakdowns"] for one in catalogue}
    asked = []
    for code in CODES:
        by = next((name for name in _WISHED if name in offered[code]), None)
        asked += [await _ask(client, code, wish) for wish in (None, by)]
    return asked


async def _ask(client: httpx2.AsyncClient, code: str, by: str | None) -> Asked:
    wish: dict[str, Any] = {"period": PERIOD} | ({"by": by} if by else {})
    times: Sequence[float] = []
    while len(times) < _TIMES and sum(times) < _LONGEST:
        began = time.monotonic()
        try:
            answer = await client.get(f"/indicators/{code}", params=wish)
        except httpx2.TimeoutException:
            return Asked(code, by, None, "no answer in time")
        if answer.is_error:
            return Asked(code, by, None, f"HTTP {answer.status_code}")
        times = [*times, time.monotonic() - began]
    return Asked(code, by, round(median(times), 3))
