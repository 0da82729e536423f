"""References become ids without asking anybody (DESIGN §4), and dates become school years.

`record id = UUIDv8(HMAC(key of the school year, source, reference))`: every service that holds the years' keys finds
the same id. Destroying a year's key ends for ever the way from references to that year's ids.
"""

import hashlib
import hmac
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo

from chassis.errors import DomainError

PARIS = ZoneInfo("Europe/Paris")
_SEPTEMBER = 9


class NoRecordKey(DomainError):
    """The records of this school year are closed: its key does not exist or was destroyed."""


def paris_day(moment: datetime) -> date:
    """The local date of an activity (R1)."""
    return moment.astimezone(PARIS).date()


def school_year_of(day: date) -> int:
    """The year in which the school year starts: 1 September to 31 August (standards.md §7)."""
    return day.year if day.month >= _SEPTEMBER else day.year - 1


def _uuid8(digest: bytes) -> str:
    """RFC 9562 version 8: the first 16 bytes with version and variant set."""
    raw = bytearray(digest[:16])
    raw[6] = (raw[6] & 0x0F) | 0x80
    raw[8] = (raw[8] & 0x3F) | 0x80
    text = raw.hex()
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


def _text(*parts: str) -> bytes:
    # Lengths in front: no two lists of parts may give the same bytes.
    encoded = [part.encode() for part in parts]
    return b"".join(len(part).to_bytes(4, "big") + part for part in encoded)


def session_id(source: str, reference: str, programme: str) -> str:
    """Id of a partner's session. No key: a session is nobody's data, and its date may move to another school year."""
    return _uuid8(hashlib.sha256(_text("cordees-session", source, reference, programme)).digest())


class RecordKeys:
    """The folder of the years' keys. Files are read when needed, so that a destroyed key is gone at once."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory

    def opened(self) -> "OpenedKeys":
        """The keys as they are now, for the work of one transaction: each file is looked at once."""
        return OpenedKeys(self._directory)

    def years(self) -> tuple[int, ...]:
        """Start years that have a key, in order."""
        return tuple(sorted(int(path.stem) for path in self._directory.glob("[0-9][0-9][0-9][0-9].key")))

    def record_id(self, school_year: int, source: str, reference: str) -> str:
        """Id of what `source` says of `reference` in that school year. Raises `NoRecordKey`."""
        return _uuid8(hmac.digest(self._key(school_year), _text("cordees-record", source, reference), "sha256"))

    def digest(self, school_year: int, data: bytes) -> str:
        """Keyed digest in hexadecimal, for what speaks of persons of that school year. Raises `NoRecordKey`."""
        return hmac.digest(self._key(school_year), _text("cordees-digest") + data, "sha256").hex()

    def _key(self, school_year: int) -> bytes:
        path = self._directory / f"{school_year:04}.key"
        try:
            stamp = path.stat().st_mtime_ns
        except FileNotFoundError:
            raise NoRecordKey from None
        return _read_key(path, stamp)


class OpenedKeys(RecordKeys):
    """Never kept for longer than a batch: a key that is destroyed meanwhile is gone for the next one."""

    def __init__(self, directory: Path) -> None:
        super().__init__(directory)
        self._years: tuple[int, ...] | None = None
        self._keys: dict[int, bytes | None] = {}

    def years(self) -> tuple[int, ...]:
        """As in the base."""
        if self._years is None:
            self._years = super().years()
        return self._years

    def _key(self, school_year: int) -> bytes:
        if school_year not in self._keys:
            try:
                self._keys[school_year] = super()._key(school_year)
            except NoRecordKey:
                self._keys[school_year] = None
        key = self._keys[school_year]
        if key is None:
            raise NoRecordKey
        return key


@lru_cache(maxsize=256)
def _read_key(path: Path, _stamp: int) -> bytes:
    key = bytes.fromhex(path.read_text(encoding="ascii").strip())
    if len(key) < 32:  # noqa: PLR2004 - 256 bits, as long as the digest
        raise ValueError(f"{path.name} holds fewer than 32 bytes")
    return key
