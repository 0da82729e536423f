"""Rows as PostgreSQL's COPY takes them in binary, a whole column at a time.

asyncpg writes them value by value, asks of each element of an array whether it is an array itself, and asks the server
for the types of the columns before each COPY: a third of what writing a session cost the client
(docs/decisions/0019-rows-for-copy-are-written-by-us.md). Here are only the types that our tables have.
"""

from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from itertools import chain, repeat
from struct import Struct
from typing import Any

import asyncpg
from sqlalchemy import ARRAY, BigInteger, Boolean, Date, DateTime, SmallInteger, Table, Text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.types import TypeEngine

Write = Callable[[Sequence[Any]], Iterable[bytes]]
"""A column: each value with its length before it."""

_HEAD, _END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_open_row, _length, _open_array = Struct(">h").pack, Struct(">i").pack, Struct(">iiiiii").pack
_sized_small, _sized_number, _sized_big = Struct(">ih").pack, Struct(">ii").pack, Struct(">iq").pack

_TEXT, _SMALLINT = 25, 21
"""Types by their numbers in PostgreSQL's catalogue, where they never change."""
_UUID, _BEFORE_UUID = 36, "\0\0\0$"
"""The length of almost every id, and that length as it is written."""
_SOME = 64
"""Of so many values of a column is seen whether they repeat."""
_FIRST_DAY, _FIRST_MOMENT = date(2000, 1, 1).toordinal(), datetime(2000, 1, 1, tzinfo=UTC)
_FOR_EVER = 2**31 - 1
"""The day `infinity`, which is `date.max` in Python."""
_DAY, _SECOND = 86_400_000_000, 1_000_000
"""In microseconds."""


async def copy_rows(
    connection: AsyncConnection, table: Table, columns: Sequence[str], rows: Collection[tuple[Any, ...]]
) -> None:
    """All rows, none of which stands there yet: COPY costs a third of an INSERT of the same rows.

    `rows` hold the values of these columns in this order, arrays of texts as tuples. Whatever PostgreSQL refuses is
    raised as `DBAPIError`; what no column of its type can hold, as Python says it (`struct.error`, `UnicodeError`).
    """
    if not rows:
        return
    data = _written(table, columns, rows)
    async with _driver(connection, table) as driver:
        # Bytes would be taken for the name of a file.
        await driver.copy_to_table(table.name, source=memoryview(data), columns=columns, format="binary")


def _written(table: Table, columns: Sequence[str], rows: Collection[tuple[Any, ...]]) -> bytes:
    writers = [_writer(table.columns[name].type) for name in columns]
    written = [write(values) for write, values in zip(writers, zip(*rows, strict=True), strict=True)]
    opening = repeat(_open_row(len(columns)))
    return b"".join(chain((_HEAD,), chain.from_iterable(zip(opening, *written)), (_END,)))  # noqa: B905 - for ever


@asynccontextmanager
async def _driver(connection: AsyncConnection, table: Table) -> AsyncIterator[asyncpg.Connection]:
    """The driver itself, for COPY. SQLAlchemy has not seen such a statement: it is told of a fault as of its own."""
    driver = (await connection.get_raw_connection()).driver_connection
    if driver is None:
        raise RuntimeError("the connection was given back")
    try:
        yield driver
    except (asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise DBAPIError(f"COPY {table.name}", None, error) from error


class _Kept(dict[Any, bytes]):
    """What was asked for before is there: of values of which there are not many."""

    def __init__(self, one: Callable[[Any], bytes]) -> None:
        self._one = one

    def __missing__(self, value: Any) -> bytes:
        return self.setdefault(value, self._one(value))


_LENGTHS = _Kept(_length)


def _each(one: Callable[[Any], bytes]) -> Write:
    return lambda values: [_NULL if value is None else one(value) for value in values]


def _by_value(all_of: Write) -> Write:
    """Where values repeat, each is written once.

    Values that are equal are written alike: all of a column are of its type, and a moment of a record has an offset.
    """

    def write(values: Sequence[Any]) -> Iterable[bytes]:
        some = values[:_SOME]
        if 2 * len(set(some)) > len(some):
            return all_of(values)
        known = tuple(set(values))
        return map(dict(zip(known, all_of(known), strict=True)).__getitem__, values)

    return write


def _texts(values: Sequence[Any]) -> Iterable[bytes]:
    if None in values:
        return [_NULL if text is None else _text(text) for text in values]
    return [_LENGTHS[len(data)] + data for data in map(str.encode, values)]


def _text(text: str) -> bytes:
    data = text.encode()
    return _LENGTHS[len(data)] + data


def _big(number: int) -> bytes:
    return _sized_big(8, number)


def _day(day: date) -> bytes:
    return _sized_number(4, _FOR_EVER if day == date.max else day.toordinal() - _FIRST_DAY)


def _moment(moment: datetime) -> bytes:
    since = moment - _FIRST_MOMENT
    return _sized_big(8, since.days * _DAY + since.seconds * _SECOND + since.microseconds)


def _truth(value: bool) -> bytes:  # noqa: FBT001 - that is the value
    return b"\0\0\0\1\1" if value else b"\0\0\0\1\0"


def _text_array(texts: Sequence[str]) -> bytes:
    joined = _BEFORE_UUID + _BEFORE_UUID.join(texts)
    if joined.isascii() and set(map(len, texts)) == {_UUID}:
        return _array(_TEXT, len(texts), joined.encode())
    return _array(_TEXT, len(texts), b"".join(map(_text, texts)))


def _small_array(numbers: Sequence[int | None]) -> bytes:
    return _array(_SMALLINT, len(numbers), b"".join(map(_SMALL.__getitem__, numbers)))


_SMALL = _Kept(lambda number: _NULL if number is None else _sized_small(2, number))


def _array(kind: int, count: int, elements: bytes) -> bytes:
    """One dimension that begins at 1. PostgreSQL looks for nulls itself, whatever is said of them."""
    return _open_array(20 + len(elements), 1, 0, kind, count, 1) + elements


_WRITERS: dict[type[TypeEngine[Any]], Write] = {
    Text: _by_value(_texts),
    BigInteger: _by_value(_each(_big)),
    Boolean: _by_value(_each(_truth)),
    Date: _by_value(_each(_day)),
    DateTime: _by_value(_each(_moment)),
}
_ARRAYS: dict[type[TypeEngine[Any]], Write] = {
    Text: _by_value(_each(_text_array)),
    SmallInteger: _each(_small_array),
}


def _writer(kind: TypeEngine[Any]) -> Write:
    return _ARRAYS[type(kind.item_type)] if isinstance(kind, ARRAY) else _WRITERS[type(kind)]
