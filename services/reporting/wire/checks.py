"""What "plainly regular" means for ids, slugs, UAI and dates: no wider than the contracts, and cheap.

A check may refuse what a contract takes (the models read it then), never the other way round.
"""

import re
from collections.abc import Hashable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Annotated

from msgspec import Meta
from pydantic_core import PydanticCustomError

from contracts import uai
from contracts.dates import in_years, read_moment

Version = Annotated[int, Meta(ge=1, le=2**31 - 1)]
Minutes = Annotated[int, Meta(ge=0, le=20_160)]
SchoolYear = Annotated[int, Meta(ge=1990, le=2100)]

# With the comma behind it; and where the digit stands that says its version.
_UUID, _VERSION = b"xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx,", 14
_SHAPE = bytes.maketrans(b"0123456789abcdefx", b"x" * 16 + b"?")
_is_slug = re.compile(r"(?=.{1,64}\Z)[a-z0-9]+(?:-[a-z0-9]+)*").fullmatch
_is_name = re.compile(r"[^\x00-\x1f\x7f]{1,200}").fullmatch


class Irregular(ValueError):
    """Not what is written every day: the models of the contracts have to look."""


def check_ids(ids: Sequence[str]) -> None:
    """Each is a UUID as our services write it, so it has a digit and is no INE.

    All in one look, a fraction of what a regular expression takes: a year has a million rolls.
    """
    text = ",".join(ids).encode()
    if text.translate(_SHAPE) != (_UUID * len(ids))[:-1] or not text[_VERSION :: len(_UUID)].isdigit():
        raise Irregular


def check_once(values: Sequence[Hashable]) -> None:
    """No value twice."""
    if len(set(values)) != len(values):
        raise Irregular


@lru_cache(10_000)
def check_slug(text: str) -> None:
    """An id of the registry. There are few, and each is read thousands of times."""
    if not _is_slug(text):
        raise Irregular


@lru_cache(20_000)
def check_uai(text: str) -> None:
    """Seven digits and their letter."""
    try:
        uai.check_uai(text)
    except PydanticCustomError:
        raise Irregular from None


def check_name(text: str) -> None:
    """One line of at most 200 letters."""
    if not _is_name(text):
        raise Irregular


def check_day(day: date | None) -> None:
    """Of a year that the platform knows."""
    if day is not None and not in_years(day):
        raise Irregular


def moment(text: str) -> datetime:
    """With seconds and offset, of a year that the platform knows."""
    found = read_moment(text)
    if not in_years(found):
        raise Irregular
    return found
