"""The peer's statements: one `executemany` a table, and the offsets in the same transaction."""

from collections.abc import Mapping

from sqlalchemy import Table, bindparam, delete
from sqlalchemy.dialects.postgresql import Insert, insert
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.peers import tables
from bench.peers.rows import Rows


def _highest(table: Table) -> Insert:
    """The highest version stands, whichever comes last."""
    statement = insert(table)
    new = {column.name: column for column in statement.excluded if not table.columns[column.name].primary_key}
    return statement.on_conflict_do_update(
        index_elements=list(table.primary_key), set_=new, where=table.c.version < statement.excluded.version
    )


def _statement(table: Table) -> Insert:
    """A version is written once; an aggregate is what its highest version says."""
    versioned = "version" in table.columns and not table.columns["version"].primary_key
    return _highest(table) if versioned else insert(table).on_conflict_do_nothing()


# Made once: compiling them is what SQLAlchemy caches, by the statement that it is given.
_STATEMENTS = {table: _statement(table) for table in tables.metadata.sorted_tables if table is not tables.position}


def _move_statement() -> Insert:
    statement = insert(tables.position)
    return statement.on_conflict_do_update(
        index_elements=["topic", "partition"], set_={"next_offset": statement.excluded.next_offset}
    )


_MOVE = _move_statement()


async def write(connection: AsyncConnection, rows: Rows, offsets: Mapping[tuple[str, int], int]) -> None:
    """A whole batch; the transaction is the caller's."""
    for table, gone in rows.removed.items():
        (key,) = table.primary_key
        await connection.execute(delete(table).where(key == bindparam("gone")), gone)
    for table, statement in _STATEMENTS.items():
        if found := rows.by_table.get(table):
            await connection.execute(statement, found)
    moves = [
        {"topic": topic, "partition": number, "next_offset": offset} for (topic, number), offset in offsets.items()
    ]
    await connection.execute(_MOVE, moves)
