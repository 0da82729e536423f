"""The migrations make the tables that the code speaks of."""

from typing import Any

import sqlalchemy as sa

from services.sessions.tables import metadata
from tests.services.sessions.conftest import Desk


def shape(inspector: sa.Inspector) -> dict[str, Any]:
    return {
        table: (
            {column["name"]: (str(column["type"]), column["nullable"]) for column in inspector.get_columns(table)},
            inspector.get_pk_constraint(table)["constrained_columns"],
            sorted(check["name"] or "" for check in inspector.get_check_constraints(table)),
            sorted((index["name"] or "", tuple(index["column_names"])) for index in inspector.get_indexes(table)),
        )
        for table in metadata.tables
    }


async def test_the_migrated_tables_are_those_of_the_code(empty_desk: Desk) -> None:
    async with empty_desk.context.engine.connect() as connection:
        migrated = await connection.run_sync(lambda sync: shape(sa.inspect(sync)))
        await connection.execute(sa.text("CREATE SCHEMA written"))
        await connection.execute(sa.text("SET LOCAL search_path TO written"))
        await connection.run_sync(metadata.create_all)
        written = await connection.run_sync(lambda sync: shape(sa.inspect(sync)))
        await connection.rollback()

    assert written == migrated
