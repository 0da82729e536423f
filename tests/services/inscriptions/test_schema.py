"""The migration makes the tables that queries are written for, and the database itself refuses what must not be."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy.exc import IntegrityError

from chassis import tables as chassis_tables
from services.inscriptions.storage import tables
from tests.services.inscriptions.office import Office


def _ours(_object: object, name: str | None, kind: str, *_more: object) -> bool:
    theirs = {"alembic_version", *chassis_tables.metadata.tables}
    return kind not in {"table", "index"} or name not in theirs


async def test_the_migrated_database_has_the_tables_of_the_code(office: Office) -> None:
    def compare(connection: sa.Connection) -> list[object]:
        options = {"compare_type": True, "include_object": _ours}
        return list(compare_metadata(MigrationContext.configure(connection, opts=options), tables.metadata))

    async with office.running.context.engine.connect() as connection:
        differences = await connection.run_sync(compare)

    # Indexes and temporal constraints that no query names stand in the migration alone.
    alone = ("('remove_index'", "('remove_constraint'")
    assert [one for one in differences if not str(one).startswith(alone)] == []


@pytest.mark.parametrize(
    "statement",
    [
        """INSERT INTO registry_tie VALUES
           ('programme/ales', 'organisation/imt-mines-ales', '[2018-01-01,2019-01-01)'),
           ('programme/ales', 'organisation/imt-mines-ales', '[2018-12-31,)')""",
        "INSERT INTO registry_tie VALUES ('programme/ales', 'organisation/nobody', '[2018-01-01,)')",
        "INSERT INTO registry_tie VALUES ('programme/ales', 'programme/ales', '[2018-01-01,)')",
    ],
)
async def test_the_database_refuses_ties_that_the_rules_would(office: Office, statement: str) -> None:
    with pytest.raises(IntegrityError):
        await office.rows(statement)
