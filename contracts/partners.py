"""Which system of which partner may speak as which source, and of which programmes. Data, not code.

A folder of files is read as one: each programme's file names the partners that speak of it.

A record in Kafka carries no sender: the write right on the partner's own topic is what authenticates (DESIGN §4),
and this file says which sources that topic may carry.
"""

import tomllib
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from contracts.base import Slug, Source


class PartnerSource(BaseModel):
    """One producing system."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    source: Source
    programmes: Annotated[tuple[Slug, ...], Field(min_length=1)]
    stable_references: bool = False
    """The system keeps a person's reference from one school year to the next: same reference, same person."""


class Partner(BaseModel):
    """An organisation whose systems publish facts; its id names its inbound topics."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    partner: Slug
    systems: Annotated[tuple[PartnerSource, ...], Field(min_length=1)]

    def system(self, source: str) -> PartnerSource | None:
        """The system that speaks as `source`, if this partner has one."""
        return next((system for system in self.systems if system.source == source), None)


def load_partners(path: Path) -> tuple[Partner, ...]:
    """Read the `[[partners]]` tables of a TOML file, or of every TOML file of a folder.

    A file speaks of each partner and source once. In a folder each file may speak of them again: a partner has the
    systems of all files, a source the programmes of all. Raises ValueError where two of them do not fit together.
    """
    files = sorted(path.glob("*.toml")) if path.is_dir() else [path]
    systems: dict[str, dict[str, PartnerSource]] = {}
    for file in files:
        for partner in _read(file):
            known = systems.setdefault(partner.partner, {})
            for system in partner.systems:
                known[system.source] = _merge(known.get(system.source), system, file.name)
    partners = tuple(Partner(partner=name, systems=tuple(own.values())) for name, own in systems.items())
    _once(path.name, "source", [system.source for partner in partners for system in partner.systems])
    return partners


def _read(file: Path) -> tuple[Partner, ...]:
    data = tomllib.loads(file.read_text(encoding="utf-8"))
    partners = tuple(Partner.model_validate(row) for row in data.get("partners", []))
    _once(file.name, "partner", [partner.partner for partner in partners])
    _once(file.name, "source", [system.source for partner in partners for system in partner.systems])
    return partners


def _merge(known: PartnerSource | None, system: PartnerSource, file: str) -> PartnerSource:
    if known is None:
        return system
    if known.stable_references != system.stable_references:
        raise ValueError(f"{file}: stable_references of a source differs from another file")
    programmes = tuple(dict.fromkeys((*known.programmes, *system.programmes)))
    return known.model_copy(update={"programmes": programmes})


def _once(where: str, what: str, values: list[str]) -> None:
    if len(values) != len(set(values)):
        raise ValueError(f"{where}: the same {what} stands twice")
