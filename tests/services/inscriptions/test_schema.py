"""The migration makes the tables that queries are written for, and the database itself refuses what must not be."""

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.operations import Operations
from alembic.script import ScriptDirectory
from sqlalchemy.exc import IntegrityError

from chassis import tables as chassis_tables
from chassis.migrations import config_of
from services.inscriptions.app import SERVICE
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


def migrate(connection: sa.Connection, revision: str) -> None:
    """One revision, whatever stood there before."""
    script = ScriptDirectory.from_config(config_of(SERVICE.migrations)).get_revision(revision)
    with Operations.context(MigrationContext.configure(connection)):
        script.module.upgrade()


BEFORE = (
    """INSERT INTO registry_entry SELECT subject, split_part(subject, '/', 1), split_part(subject, '/', 2), 1, '{}'
       FROM unnest('{programme/p,organisation/o,establishment/e,convention/1,convention/2}'::text[]) subject""",
    """INSERT INTO convention_term VALUES
       ('convention/1', 'programme/p', 'establishment/e', '[2018-09-01,)'),
       ('convention/2', 'programme/p', 'organisation/o', '[2018-09-01,2020-09-01)')""",
)


async def test_conventions_of_before_the_roles_keep_the_one_that_was_meant(empty_office: Office) -> None:
    async with empty_office.running.context.engine.connect() as connection:
        for statement in ("CREATE SCHEMA before", "SET LOCAL search_path TO before"):
            await connection.execute(sa.text(statement))
        await connection.run_sync(migrate, "0001")
        for statement in BEFORE:
            await connection.execute(sa.text(statement))
        await connection.run_sync(migrate, "0002")
        rows = await connection.execute(sa.text("SELECT party, role, valid FROM convention_term ORDER BY convention"))

        assert [(party, role, valid.upper is None) for party, role, valid in rows] == [
            ("establishment/e", "encorde", True),
            ("organisation/o", "partenaire", False),
        ]
        await connection.rollback()


async def test_the_database_keeps_conventions_of_one_role_apart(office: Office) -> None:
    lycee = {"programme": "ales", "establishment": "0300077W", "valid": {"starts_on": "2018-09-01"}}
    await office.put("/conventions/c1", lycee)
    await office.put("/conventions/c2", lycee | {"role": "tete"})

    with pytest.raises(IntegrityError, match="convention_term_alone"):
        await office.rows("UPDATE convention_term SET role = 'encorde' WHERE convention = 'convention/c2'")
