"""Once an hour: old ids are forgotten, records that waited too long are refused."""

import structlog

from chassis.context import Context
from chassis.ending import pause
from chassis.inbox import PartnerInbox
from chassis.seen import forget

log = structlog.get_logger()

_HOUR = 3600.0


class Housekeeping:
    """Runs in every process of a service; two at once do no harm."""

    def __init__(self, context: Context, inbox: PartnerInbox | None) -> None:
        self._context, self._inbox = context, inbox

    async def run(self) -> None:
        """Until cancelled; a fault waits for the next hour."""
        while True:
            try:
                await self.once()
            except Exception as error:  # noqa: BLE001 - nothing here is urgent
                log.warning("housekeeping.fault", error=type(error).__name__)
            await pause(_HOUR)

    async def once(self) -> None:
        """One round."""
        settings = self._context.settings
        async with self._context.transactions.begin() as tx:
            await forget(tx, settings.seen_days)
        if self._inbox is None:
            return
        async with self._context.transactions.begin() as tx:
            expired = await self._inbox.expire(tx, settings.held_days)
        if expired:
            log.info("housekeeping.expired", records=expired)
