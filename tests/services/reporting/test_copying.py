"""Rows that are copied in a form of our own stand in their tables as they were given, as PostgreSQL reads them back."""

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta, timezone
from struct import error as StructError  # noqa: N812 - a class
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import (
    ARRAY,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    MetaData,
    SmallInteger,
    Table,
    Text,
    select,
    text,
)
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

from chassis.errors import state_of
from services.reporting.batches import refuses_content
from services.reporting.copying import copy_rows
from services.reporting.storage import use_projection
from services.reporting.tables import facts, headcount, session_roll
from tests.services.reporting.desk import Reporting

IDS = tuple(str(uuid4()) for _ in range(12))
ROLL = tuple(column.name for column in session_roll.columns)
PLACE = ("session", "programme", "version", "term", "plain")
PUPILS = ("records", "statuses", "minutes")
ACTING = ("acting_records", "acting_roles", "acting_minutes", "preparations")


def _row(session: str, version: int, pupils: tuple[Any, ...], acting: tuple[Any, ...] = ()) -> tuple[Any, ...]:
    said = dict.fromkeys(ROLL) | dict(zip(PLACE, (session, "ales", version, date(2018, 9, 1), True), strict=True))
    said |= dict(zip(PUPILS, pupils, strict=True)) | dict(zip(ACTING, acting, strict=False))
    return tuple(said[name] for name in ROLL)


ROLLS = [
    _row(IDS[0], 1, (IDS, None, None), (IDS[:2], None, None, None)),
    _row(IDS[1], 2, (IDS[:1], (3,), (90,)), (IDS[:2], (0, 6), (None, 20_160), (15, 0))),
    _row("séance", 2**31 - 1, (("a-1", "b", "", "é" * 36, "x" * 35, "y" * 37), (0, 1, 2, 3, 0, 0), None)),
    _row("s-1", 1, (("x" * 36, "é" + "y" * 35, "z" * 36), None, (None, 20_160, 0))),
    _row("s-3", 1, (("x" * 35, "y" * 35, "z" * 38), None, None)),
    _row("s-2", 1, (("x" * 35, "y" * 37), (0, 3), (None, None))),
    _row("s-4", 1, (None, None, None), (("t-1",), (1,), None, (20_160,))),
]
PARIS_IN_SUMMER = timezone(timedelta(hours=2))
VALUES: dict[str, tuple[TypeEngine[Any], list[Any]]] = {
    "text": (Text(), ["", "é" * 36, "x" * 70_000, '\\N\t\n"', "\N{GRINNING FACE}", None, *IDS]),
    "number": (BigInteger(), [0, -1, 2**63 - 1, -(2**63), None, 300]),
    "truth": (Boolean(), [True, False, None]),
    "day": (Date(), [date(2000, 1, 1), date(1999, 12, 31), date(1900, 2, 28), date.max, None, date(2100, 12, 31)]),
    "moment": (
        DateTime(timezone=True),
        [
            datetime(2000, 1, 1, tzinfo=UTC),
            datetime(1999, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
            datetime(2022, 9, 1, 0, 30, tzinfo=PARIS_IN_SUMMER),
            datetime(1970, 1, 1, tzinfo=UTC),
            datetime(2100, 12, 31, 12, 0, 0, 1, tzinfo=UTC),
            None,
        ],
    ),
    "texts": (ARRAY(Text), [(), ("inria",), ("inria", "ens"), IDS, ("x" * 35, "y" * 37, *IDS), None]),
    "smalls": (ARRAY(SmallInteger), [(), (0,), (32_767, -32_768, None), (None,), None, tuple(range(300))]),
}
BY_TYPE = Table("by_type", MetaData(), *(Column(name, kind) for name, (kind, _) in VALUES.items()))


async def _read_back(connection: AsyncConnection, rows: Sequence[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    await connection.run_sync(BY_TYPE.create)
    await copy_rows(connection, BY_TYPE, tuple(VALUES), rows)
    # The order is that of the rows: nothing was removed from a table that is new.
    found = await connection.execute(select(*BY_TYPE.columns).order_by(text("ctid")))
    return [_as_given(row) for row in found]


def _as_given(row: Iterable[Any]) -> tuple[Any, ...]:
    """The driver gives arrays as lists."""
    return tuple(tuple(one) if isinstance(one, list) else one for one in row)


@pytest.mark.parametrize("times", [1, 2, 200])
async def test_every_value_of_every_type_is_read_back_as_it_was(reporting: Reporting, times: int) -> None:
    """Alone, twice, and so often that those which come again are written once."""
    most = max(len(values) for _, values in VALUES.values())
    rows = [tuple(values[n % len(values)] for _, values in VALUES.values()) for n in range(most)] * times
    async with reporting.engine.connect() as connection:
        assert await _read_back(connection, rows) == rows


async def test_a_column_may_hold_hardly_anything_but_one_value(reporting: Reporting) -> None:
    nothing = (None,) * len(VALUES)
    some = tuple(values[0] for _, values in VALUES.values())
    async with reporting.engine.connect() as connection:
        assert await _read_back(connection, [nothing] * 500 + [some]) == [nothing] * 500 + [some]


async def test_what_has_no_end_has_none_for_postgresql_either(reporting: Reporting) -> None:
    async with reporting.engine.connect() as connection:
        await connection.run_sync(BY_TYPE.create)
        await copy_rows(connection, BY_TYPE, ("day",), [(date.max,), (date(9999, 12, 30),)])
        found = await connection.execute(text("SELECT day = 'infinity' FROM by_type ORDER BY ctid"))

        assert list(found.scalars()) == [True, False]


def test_every_column_of_a_fact_has_a_type_that_is_tried_here() -> None:
    tried = {repr(kind) for kind, _ in VALUES.values()}

    assert {repr(column.type) for table in facts.sorted_tables for column in table.columns} <= tried


async def test_every_roll_is_read_back_as_it_was(reporting: Reporting) -> None:
    async with reporting.engine.begin() as connection:
        await use_projection(connection, 1)
        await copy_rows(connection, session_roll, ROLL, ROLLS)
        await copy_rows(connection, session_roll, ROLL, [])
        found = await connection.execute(select(session_roll))

        assert sorted(map(_as_given, found), key=repr) == sorted(ROLLS, key=repr)


@pytest.mark.parametrize("broken", [_row("s", 1, (("a\0b",), None, None)), _row("s\0", 1, (("a",), None, None))])
async def test_what_no_column_holds_is_refused_by_what_it_is(reporting: Reporting, broken: tuple[Any, ...]) -> None:
    async with reporting.engine.connect() as connection:
        await use_projection(connection, 1)
        with pytest.raises(DBAPIError) as refusal:
            await copy_rows(connection, session_roll, ROLL, [broken])

    assert refuses_content(refusal.value)


@pytest.mark.parametrize(
    ("column", "odd", "fault"), [("version", 2**63, StructError), ("session", "\ud800", UnicodeEncodeError)]
)
async def test_what_cannot_be_written_is_no_fault_of_postgresql(
    reporting: Reporting, column: str, odd: Any, fault: type[Exception]
) -> None:
    async with reporting.engine.connect() as connection:
        await use_projection(connection, 1)
        with pytest.raises(fault):
            await copy_rows(connection, session_roll, (column,), [(odd,)])


async def test_the_form_of_what_is_copied_is_no_fault_of_a_record(reporting: Reporting) -> None:
    async with reporting.engine.connect() as connection:
        await use_projection(connection, 1)
        await connection.execute(text("ALTER TABLE projection_1.headcount ALTER pupils TYPE integer"))
        with pytest.raises(DBAPIError) as refusal:
            await copy_rows(connection, headcount, ("session", "pupils"), [("s-1", 20)])

    assert state_of(refusal.value) == "22P03"
    assert not refuses_content(refusal.value)


async def test_a_line_of_a_roll_is_found_by_its_record(reporting: Reporting) -> None:
    async with reporting.engine.begin() as connection:
        await use_projection(connection, 1)
        await copy_rows(connection, session_roll, ROLL, ROLLS)
        query = text("SELECT session, item, status, minutes FROM presence WHERE record = :record")
        (found,) = await connection.execute(query, {"record": "é" + "y" * 35})

    assert tuple(found) == ("s-1", 1, "present", 20_160)


async def test_who_acts_is_read_line_by_line(reporting: Reporting) -> None:
    async with reporting.engine.begin() as connection:
        await use_projection(connection, 1)
        await copy_rows(connection, session_roll, ROLL, ROLLS)
        query = "SELECT session, version, item, record, role, minutes, preparation_minutes FROM acting"
        found = await connection.execute(text(query))

        assert sorted(map(tuple, found), key=repr) == sorted(
            [
                (IDS[0], 1, 0, IDS[0], "tuteur", None, 0),
                (IDS[0], 1, 1, IDS[1], "tuteur", None, 0),
                (IDS[1], 2, 0, IDS[0], "tuteur", None, 15),
                (IDS[1], 2, 1, IDS[1], "unknown", 20_160, 0),
                ("s-4", 1, 0, "t-1", "animateur", None, 20_160),
            ],
            key=repr,
        )
