"""Rolls that are copied in a form of our own stand in the table as they were given."""

from uuid import uuid4

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from services.reporting.batches import refuses_content
from services.reporting.projections.rolls import Roll, copy_rolls
from services.reporting.storage import use_projection
from tests.services.reporting.desk import Reporting

IDS = [str(uuid4()) for _ in range(12)]
ROLLS = [
    Roll(IDS[0], 1, IDS, None, None),
    Roll(IDS[1], 2, IDS[:1], [3], [90]),
    Roll("séance", 2**31 - 1, ["a-1", "b", "", "é" * 36, "x" * 35, "y" * 37], [0, 1, 2, 3, 0, 0], None),
    Roll("s-1", 1, ["x" * 36, "é" + "y" * 35], None, [None, 20_160]),
    Roll("s-3", 1, ["x" * 35, "y" * 35], None, None),
    Roll("s-2", 1, ["x" * 35, "y" * 37], [0, 3], [None, None]),
]


async def test_every_roll_is_read_back_as_it_was(reporting: Reporting) -> None:
    async with reporting.engine.begin() as connection:
        await use_projection(connection, 1)
        await copy_rolls(connection, ROLLS)
        await copy_rolls(connection, [])
        found = await connection.execute(text("SELECT session, version, records, statuses, minutes FROM session_roll"))

        assert sorted(map(tuple, found), key=repr) == sorted(map(tuple, ROLLS), key=repr)


@pytest.mark.parametrize("broken", [Roll("s", 1, ["a\0b"], None, None), Roll("s\0", 1, ["a"], None, None)])
async def test_what_no_column_holds_is_refused_by_what_it_is(reporting: Reporting, broken: Roll) -> None:
    async with reporting.engine.connect() as connection:
        await use_projection(connection, 1)
        with pytest.raises(DBAPIError) as refusal:
            await copy_rolls(connection, [broken])

    assert refuses_content(refusal.value)


async def test_a_line_of_a_roll_is_found_by_its_record(reporting: Reporting) -> None:
    async with reporting.engine.begin() as connection:
        await use_projection(connection, 1)
        await copy_rolls(connection, ROLLS)
        query = text("SELECT session, item, status, minutes FROM presence WHERE record = :record")
        (found,) = await connection.execute(query, {"record": "é" + "y" * 35})

    assert tuple(found) == ("s-1", 1, "present", 20_160)
