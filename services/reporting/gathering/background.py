"""What the running service does beside following: every followed version's stale terms are gathered, in good time.

Figures are right without it: whoever asks reads the rolls of a stale term. So nothing here is urgent, nothing makes the
service unready, and a fault costs a pause.
"""

import time
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from chassis.context import Background, Context
from chassis.ending import goes_on, pause
from services.reporting import metrics
from services.reporting.engine.versions import LIVE, Version, list_versions
from services.reporting.gathering.stale import Key, count_terms, due_terms
from services.reporting.gathering.turn import Outcome, gather_stale

log = structlog.get_logger()

_ROUND = 5.0
_FAILED = "failed"
_DOUBLINGS, _LONGEST = 20, 10
"""What was touched again each time waits twice as long as before, up to so many times `latest`."""


@dataclass(frozen=True)
class Pace:
    """Seconds: how long a term has been quiet, how long it may wait while sessions go on coming, how often to look.

    `share`: of the time of one connection that gathering may take, so that nobody misses a core.
    """

    quiet: float = 5.0
    latest: float = 60.0
    look_every: float = 1.0
    share: float = 0.2


def gathering(context: Context) -> "Gathering":
    """As the settings have it."""
    settings = context.settings
    return Gathering(context.engine, Pace(settings.gather_quiet, settings.gather_latest, share=settings.gather_share))


class Gathering(Background):
    """One loop for all versions. Several processes share the work: each passes over what another one gathers."""

    name = "gathering"

    def __init__(
        self, engine: AsyncEngine, pace: Pace | None = None, sleep: Callable[[float], Awaitable[None]] = pause
    ) -> None:
        self._engine, self._pace, self._sleep = engine, pace or Pace(), sleep
        self._shown: set[int] = set()
        self._not_before: dict[tuple[int, Key], float] = {}
        self._touched: dict[tuple[int, Key], int] = {}

    async def run(self) -> None:
        """Until cancelled."""
        try:
            while goes_on():
                await self.round()
                await self._sleep(self._pace.look_every)
        finally:
            self._show_only([])

    async def round(self) -> None:
        """What is due now, of each version for some seconds at most: then it is asked anew."""
        try:
            async with self._engine.connect() as connection:
                followed = [one for one in await list_versions(connection) if one.followed]
        except Exception as error:  # noqa: BLE001 - the database is away
            log.warning("gathering.versions_unknown", error=type(error).__name__)
            return
        self._show_only(followed)
        # The one that answers first: nobody reads the others yet, or any more.
        for one in sorted(followed, key=lambda one: one.status != LIVE):
            await self._gather(one.version)

    async def _gather(self, version: int) -> None:
        try:
            due = await self._due(version)
        except Exception as error:  # noqa: BLE001 - away again
            log.warning("gathering.terms_unknown", projection=version, error=type(error).__name__)
            return
        until = time.monotonic() + _ROUND
        for key in due:
            began = time.monotonic()
            outcome = await self._try(version, key)
            took = time.monotonic() - began
            if outcome in {Outcome.GATHERED.value, Outcome.TOUCHED.value}:
                metrics.GATHER_SECONDS.labels(version).observe(took)
            metrics.GATHERS.labels(version, outcome).inc()
            await self._sleep(took * (1 / self._pace.share - 1))
            # A fault may be everybody's, and after a while others have become quiet, or this one's terms busy again.
            if outcome == _FAILED or time.monotonic() > until:
                return

    async def _due(self, version: int) -> Sequence[Key]:
        """What may be gathered now; and how many wait at all is shown."""
        async with self._engine.connect() as connection:
            terms = await count_terms(connection, version)
            if terms is None:
                return []
            due = await due_terms(connection, version, quiet=self._pace.quiet, latest=self._pace.latest)
        metrics.STALE_TERMS.labels(version).set(terms.stale)
        metrics.STALE_SECONDS.labels(version).set(terms.stale_seconds)
        now = time.monotonic()
        self._not_before = {place: moment for place, moment in self._not_before.items() if moment > now}
        return [key for key in due if (version, key) not in self._not_before]

    async def _try(self, version: int, key: Key) -> str:
        """The outcome, or that it failed. What did not succeed has to wait, so that the others have their turn."""
        try:
            outcome = await gather_stale(self._engine, version, key)
        except Exception as error:  # noqa: BLE001 - of the database, or of this term alone; it is read from its rolls
            self._not_before[version, key] = time.monotonic() + self._pace.latest
            programme, term = key
            where = {"projection": version, "programme": programme, "term": term.isoformat()}
            log.warning("gathering.fault", **where, error=type(error).__name__)
            return _FAILED
        if outcome is Outcome.TOUCHED:
            # A term that is written to all day costs less and less of it.
            times = self._touched[version, key] = self._touched.get((version, key), 0) + 1
            wait = min(self._pace.quiet * 2 ** min(times - 1, _DOUBLINGS), _LONGEST * self._pace.latest)
            self._not_before[version, key] = time.monotonic() + wait
        else:
            self._touched.pop((version, key), None)
        return outcome.value

    def _show_only(self, followed: Sequence[Version]) -> None:
        versions = {one.version for one in followed}
        for gone in self._shown - versions:
            for gauge in (metrics.STALE_TERMS, metrics.STALE_SECONDS):
                with suppress(KeyError):
                    gauge.remove(gone)
        self._shown = versions
