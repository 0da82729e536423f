"""One term gathered in one transaction, by one process at a time, while sessions go on being written."""

from enum import StrEnum

from sqlalchemy import func, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from chassis.crashpoints import reach
from services.reporting.gathering.gather import ProgrammeTerm, gather
from services.reporting.gathering.stale import Key
from services.reporting.storage import VERSION_LOCK, use_projection
from services.reporting.tables import programme_term, projection


class Outcome(StrEnum):
    """What became of an attempt."""

    GATHERED = "gathered"
    TOUCHED = "touched"
    """Sessions came meanwhile: nothing is changed."""
    TAKEN = "taken"
    """Another one gathers it, or the version is being dropped."""
    FRESH = "fresh"
    """It does not wait any more."""


# A lost commit leaves the term stale, as it was: nobody need wait for the disk. Of a term or programme that came since
# anybody counted rows PostgreSQL expects one, and would compare each session with each roll. Each term has a plan of
# its own: one for any term, made while there was but one, reads all rolls.
_SETTINGS = {
    "synchronous_commit": "off",
    "enable_nestloop": "off",
    "plan_cache_mode": "force_custom_plan",
    "statement_timeout": "10min",
    "work_mem": "64MB",
    "jit": "off",
}
_SET = select(*(func.set_config(name, value, True) for name, value in _SETTINGS.items()))  # noqa: FBT003

# Held until the transaction ends, also when its process is killed. Whoever drops a version waits for the first one.
_CLAIM = text("""
    SELECT pg_try_advisory_xact_lock_shared(CAST(:class AS integer), CAST(:version AS integer))
        AND pg_try_advisory_xact_lock(hashtextextended(CAST(:what AS text), 0))
""")


async def gather_stale(engine: AsyncEngine, version: int, key: Key) -> Outcome:
    """Gather it if it waits. Whoever reads finds it as it was, or as it is then; writers wait for a commit at most."""
    async with engine.connect() as connection:
        outcome = await _gather(connection, version, key)
        if outcome is not Outcome.GATHERED:
            await connection.rollback()
            return outcome
        reach("gathering.before_commit")
        await connection.commit()
    reach("gathering.after_commit")
    return outcome


async def _gather(connection: AsyncConnection, version: int, key: Key) -> Outcome:
    programme, term = key
    claim = {"class": VERSION_LOCK, "version": version, "what": f"gather/{version}/{term.isoformat()}/{programme}"}
    if not await connection.scalar(_CLAIM, claim):
        return Outcome.TAKEN
    if await connection.scalar(select(projection.c.version).where(projection.c.version == version)) is None:
        return Outcome.TAKEN
    await connection.execute(_SET)
    await use_projection(connection, version)
    # Read after the claim: what another one has sealed meanwhile is not gathered again.
    row = programme_term.c
    waits = select(row.touched).where(row.programme == programme, row.term == term, row.stale_since.is_not(None))
    touched = await connection.scalar(waits)
    if touched is None:
        return Outcome.FRESH
    sealed = await gather(connection, ProgrammeTerm(programme, term, touched))
    return Outcome.GATHERED if sealed else Outcome.TOUCHED
