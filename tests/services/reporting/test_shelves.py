"""Which columns projections write: all that a table has. One that was forgotten would be empty without a word."""

from collections.abc import Iterator

import pytest
from sqlalchemy import Table

from services.reporting import tables
from services.reporting.projections import people, registry, sessions
from services.reporting.projections.records import ORIGIN


def _written() -> Iterator[tuple[Table, list[str]]]:
    for shelf in (*people.SHELVES, *registry.SHELVES):
        traced = [name for name in ORIGIN if name in shelf.head.columns]
        yield shelf.head, [shelf.key, "version", *shelf.columns, *traced]
        for table, lines in shelf.parts.items():
            yield table, [shelf.key, "item", *lines.columns]
    yield tables.session_fact, list(sessions._Fact._fields)
    yield tables.session_roll, list(sessions._Roll._fields)
    for table, lines in sessions._LINES.items():
        yield table, ["session", "version", "item", *lines.columns]


WRITTEN = list(_written())


@pytest.mark.parametrize(("table", "columns"), WRITTEN, ids=lambda one: getattr(one, "name", None))
def test_every_column_is_written_once(table: Table, columns: list[str]) -> None:
    assert sorted(columns) == sorted(column.name for column in table.columns)


def test_every_table_of_facts_is_written() -> None:
    assert {table.name for table, _ in WRITTEN} == set(tables.facts.tables)
