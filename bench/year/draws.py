"""Draws that depend on the seed and on what they are for, never on who draws first; and ids made of them."""

import hashlib
from random import Random

_V4, _V8 = 4 << 76, 8 << 76
_VARIANT = 2 << 62
_FREE = ~(15 << 76 | 3 << 62)


def stream(seed: int, *parts: object) -> Random:
    """A source of draws of its own for each purpose: what one part of the year draws moves no other part."""
    return Random("/".join(map(str, (seed, *parts))))  # noqa: S311 - a year to measure with, nothing secret


def uuid4(random: Random) -> bytes:
    """A random UUID, as services give to events and correlations."""
    text = b"%032x" % (random.getrandbits(128) & _FREE | _V4 | _VARIANT)
    return b"%b-%b-%b-%b-%b" % (text[:8], text[8:12], text[12:16], text[16:20], text[20:])


def uuid8(seed: int, *parts: object) -> bytes:
    """The id of a record, person or session: found again from what it is the id of, in whatever process."""
    digest = hashlib.blake2b("/".join(map(str, (seed, *parts))).encode(), digest_size=16).digest()
    text = b"%032x" % (int.from_bytes(digest, "big") & _FREE | _V8 | _VARIANT)
    return b"%b-%b-%b-%b-%b" % (text[:8], text[8:12], text[12:16], text[16:20], text[20:])
