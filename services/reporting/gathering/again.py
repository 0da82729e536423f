"""An operator says that what is gathered is wrong: its terms are stale from then on, and gathered like any other."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.reporting.engine.versions import Refused, check_shape, find_version, list_versions
from services.reporting.gathering.stale import count_terms
from services.reporting.gathering.touching import touch
from services.reporting.storage import use_projection
from services.reporting.tables import SHAPE, programme_term


async def gather_again(
    engine: AsyncEngine, version: int | None = None, programme: str | None = None
) -> Mapping[int, int]:
    """How many terms by version, of all versions and programmes unless said. Figures read their rolls at once.

    Raises `versions.Refused` where there is no such version or no term of that programme; nothing is changed then.
    """
    async with engine.begin() as connection:
        marked = {one: await _mark(connection, one, programme) for one in await _versions(connection, version)}
        if programme is not None and not any(marked.values()):
            raise Refused(f"Aucun semestre du programme {programme} : rien n'est à rassembler de nouveau.")
        return marked


async def _versions(connection: AsyncConnection, version: int | None) -> list[int]:
    if version is None:
        return [one.version for one in await list_versions(connection) if one.shape == SHAPE]
    check_shape(await find_version(connection, version))
    return [version]


async def _mark(connection: AsyncConnection, version: int, programme: str | None) -> int:
    """Like a transaction that writes a session of each: whoever gathers one meanwhile does it again."""
    # From here on nobody drops the version; 0 where somebody is about to.
    if await count_terms(connection, version) is None:
        return 0
    await use_projection(connection, version)
    terms = select(programme_term.c.programme, programme_term.c.term)
    if programme is not None:
        terms = terms.where(programme_term.c.programme == programme)
    found = [(of, term) for of, term in await connection.execute(terms)]
    await touch(connection, found)
    return len(found)
