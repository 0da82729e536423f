"""Rolls as PostgreSQL's COPY takes them in binary.

asyncpg asks of each element of an array whether it is an array itself, which is half of what writing a year costs it.
Here is only the form of one table's rows; everything else is left to asyncpg.
"""

from collections.abc import Iterable, Sequence
from functools import lru_cache
from struct import Struct
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from services.reporting import tables
from services.reporting.storage import copy_binary

_COLUMNS = ("session", "version", "records", "statuses", "minutes")
_HEAD, _END = b"PGCOPY\n\xff\r\n\0" + bytes(8), b"\xff\xff"
_NULL = b"\xff\xff\xff\xff"
_TEXT, _SMALLINT = 25, 21
"""Types by their numbers in PostgreSQL's catalogue, where they never change."""

_open_row, _length, _version, _number = Struct(">hi").pack, Struct(">i").pack, Struct(">iq").pack, Struct(">ih").pack
_open_array = Struct(">iiiiii").pack
_UUID, _BEFORE_UUID = 36, "\0\0\0$"
"""The length of almost every id, and that length as it is written."""


class Roll(NamedTuple):
    """A row of `session_roll`."""

    session: str
    version: int
    records: Sequence[str]
    statuses: Sequence[int] | None
    minutes: Sequence[int | None] | None


async def copy_rolls(connection: AsyncConnection, rolls: Iterable[Roll]) -> None:
    """As `storage.copy_rows`."""
    if rows := [_row(roll) for roll in rolls]:
        await copy_binary(connection, tables.session_roll, _COLUMNS, b"".join((_HEAD, *rows, _END)))


def _row(roll: Roll) -> bytes:
    session = roll.session.encode()
    opening = _open_row(len(_COLUMNS), len(session)) + session + _version(8, roll.version)
    return opening + _texts(roll.records) + _numbers(roll.statuses) + _numbers(roll.minutes)


def _texts(values: Sequence[str]) -> bytes:
    joined = _BEFORE_UUID + _BEFORE_UUID.join(values)
    if joined.isascii() and set(map(len, values)) == {_UUID}:
        elements = joined.encode()
    else:
        elements = b"".join(_length(len(text)) + text for text in (value.encode() for value in values))
    return _array(_TEXT, len(values), elements)


def _numbers(values: Sequence[int | None] | None) -> bytes:
    if values is None:
        return _NULL
    return _array(_SMALLINT, len(values), b"".join([_element(value) for value in values]))


@lru_cache(10_000)
def _element(value: int | None) -> bytes:
    return _NULL if value is None else _number(2, value)


def _array(kind: int, count: int, elements: bytes) -> bytes:
    """One dimension that begins at 1. PostgreSQL looks for nulls itself, whatever is said of them."""
    return _open_array(20 + len(elements), 1, 0, kind, count, 1) + elements
