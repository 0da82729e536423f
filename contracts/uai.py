"""UAI, the code of a French establishment: seven digits and a control letter (standards.md §1)."""

import re

from pydantic_core import PydanticCustomError

_LETTERS = "ABCDEFGHJKLMNPRSTUVWXYZ"
_SHAPE = re.compile(r"[0-9]{7}[A-Z]", re.ASCII)


def control_letter(digits: str) -> str:
    """The letter that belongs to the first seven digits: their number modulo 23, in an alphabet without I, O and Q."""
    return _LETTERS[int(digits) % len(_LETTERS)]


def normalise_uai(text: str) -> str:
    """Strip, upper-case, left-pad to eight characters, as exports lose leading zeros."""
    return text.strip().upper().rjust(8, "0")


def check_uai(value: str) -> str:
    """Raise when the shape or the control letter is wrong; the message never repeats the value."""
    if not _SHAPE.fullmatch(value):
        raise PydanticCustomError("uai_shape", "must be seven digits and a letter")
    if control_letter(value[:7]) != value[7]:
        raise PydanticCustomError("uai_key", "the control letter does not belong to the seven digits")
    return value


def departement(uai: str) -> str:
    """INSEE code of the département: `075`→`75`, `620`→`2A`, `720`→`2B`, `974` stays."""
    prefix = uai[:3]
    if prefix in {"620", "720"}:
        return "2A" if prefix == "620" else "2B"
    return prefix if prefix.startswith(("97", "98")) else prefix[1:]
