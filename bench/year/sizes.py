"""How large a year is asked for, and what sizes make no year."""

from dataclasses import dataclass

_SHARES = ("corrections", "duplicates", "joins", "moves")
_LARGEST_SHARE = 0.5
_MOST_SCHOOLS = 90_000


class SizesRefused(ValueError):
    """These sizes make no year. The message is for whoever asked."""


@dataclass(frozen=True)
class Sizes:
    """Everything that decides which records there are. Shares lie between 0 and 0.5."""

    sessions: int = 1_000_000
    presences: int = 12
    """Lines of a roll, on average."""
    pupils: int = 200_000
    programmes: int = 1_000
    volunteers: int = 25_000
    schools: int = 3_600
    corrections: float = 0.03
    """Share of the held sessions that are published again, later, with a higher version."""
    duplicates: float = 0.03
    """Share of all records that stand twice on their topic."""
    joins: float = 0.05
    """Share of the pupils of whom a second record turns out to be the same person."""
    moves: float = 0.04
    """Share of the pupils who change schools within the year."""
    seed: int = 1

    def __post_init__(self) -> None:
        """Raise `SizesRefused`, naming what does not fit."""
        for name in ("sessions", "pupils", "volunteers"):
            if getattr(self, name) < self.programmes:
                raise SizesRefused(f"{name} : au moins un par dispositif, donc {self.programmes} (--programmes)")
        if min(self.programmes, self.presences, self.schools) < 1 or self.schools > _MOST_SCHOOLS:
            raise SizesRefused(
                f"programmes, presences-per-session, schools : au moins 1 ({_MOST_SCHOOLS} schools au plus)"
            )
        for name in _SHARES:
            if not 0 <= getattr(self, name) <= _LARGEST_SHARE:
                raise SizesRefused(f"{name} : une part entre 0 et {_LARGEST_SHARE}")
