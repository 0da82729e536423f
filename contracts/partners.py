"""Which system of which partner may speak as which source, and of which programmes. Data, not code.

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
    """Read `[[partners]]` tables from TOML. Raises ValueError when a partner or a source stands twice."""
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    partners = tuple(Partner.model_validate(row) for row in data.get("partners", []))
    for what, values in (
        ("partner", [partner.partner for partner in partners]),
        ("source", [system.source for partner in partners for system in partner.systems]),
    ):
        if len(values) != len(set(values)):
            raise ValueError(f"{path.name}: the same {what} stands twice")
    return partners
