"""A client of the reporting service: the catalogue, figures, their facts, declarations, programmes."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any, Self

import httpx2

from deploy.local.errors import PlatformError

Json = dict[str, Any]


class ReportingAway(PlatformError):
    """The reporting service does not answer."""


class Refused(PlatformError):
    """The reporting service refused the question."""


# How long a figure may take is the service's to say: its database gives a statement up.
_TIMEOUT = httpx2.Timeout(600, connect=10)


class Reporting:
    """One connection pool; a context that gives it back."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self._url = url
        self._http = httpx2.AsyncClient(base_url=url, headers=dict(headers), timeout=_TIMEOUT)

    async def __aenter__(self) -> Self:
        """Nothing is asked yet."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None
    ) -> None:
        """Give back the connections."""
        await self.close()

    async def close(self) -> None:
        """Give back the connections."""
        await self._http.aclose()

    async def catalogue(self) -> list[Json]:
        """Every indicator with its rule and breakdowns."""
        found: list[Json] = await self._get("/indicators", {})
        return found

    async def figure(self, code: str, query: Mapping[str, str]) -> Json:
        """One figure. Raises `ReportingAway`, `Refused`."""
        found: Json = await self._get(f"/indicators/{code}", query)
        return found

    async def facts(self, code: str, query: Mapping[str, str]) -> list[Json]:
        """The facts behind a figure, counted and left out: all pages."""
        facts: list[Json] = []
        page = {**query, "limit": "1000"}
        while True:
            body = await self._get(f"/indicators/{code}/explanation", page)
            facts += body["facts"]
            if body["next_cursor"] is None:
                return facts
            page["cursor"] = body["next_cursor"]

    async def declaration(self, declaration: str, query: Mapping[str, str]) -> Json:
        """One declared indicator."""
        found: Json = await self._get(f"/declarations/{declaration}", query)
        return found

    async def declarations(self, query: Mapping[str, str]) -> list[Json]:
        """The declared indicators of a scope."""
        found: list[Json] = await self._get("/declarations", query)
        return found

    async def programme(self, programme: str) -> Json:
        """A programme with its dates and labels."""
        found: Json = await self._get(f"/programmes/{programme}", {})
        return found

    async def _get(self, path: str, query: Mapping[str, str]) -> Any:
        try:
            answer = await self._http.get(path, params=query)
        except httpx2.TransportError as error:
            raise ReportingAway(f"Le service ne répond pas ({self._url}, {type(error).__name__}).") from None
        if answer.is_error:
            raise Refused(f"{answer.status_code} : {_detail(answer)} ({path})")
        return answer.json()


def _detail(answer: httpx2.Response) -> str:
    try:
        body = answer.json()
    except ValueError:
        return ""
    field = f" [{body['field']}]" if body.get("field") else ""
    faults = "".join(f"\n  {fault['field']} : {fault['message']}" for fault in body.get("errors", ()))
    return f"{body.get('detail') or body.get('title', '')}{field}{faults}"
