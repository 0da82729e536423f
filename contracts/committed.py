"""The committed schemas: `schemas/<type>/<n>.<role>.json`. The highest n is today's; the earlier ones stay for ever."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import get_args

from contracts.compatibility import breaks
from contracts.schema import CONTRACTS, Role, Schema, as_text, schema_of

FOLDER = Path(__file__).parent / "schemas"
ROLES: tuple[Role, ...] = get_args(Role)


class Incompatible(Exception):
    """The new schema breaks an earlier one: publish a new major type (`.v2`) instead."""

    def __init__(self, faults: list[str]) -> None:
        super().__init__("\n".join([self.__doc__ or "", *faults]))
        self.faults = faults


@dataclass(frozen=True)
class Place:
    """Where the schemas of one type are."""

    event_type: str
    folder: Path = FOLDER

    def numbers(self) -> list[int]:
        """Every committed version, in order; one that lacks a file of the two does not count."""
        found = (int(path.name.split(".")[0]) for path in (self.folder / self.event_type).glob("*.writer.json"))
        return sorted(number for number in found if self.path(number, "reader").exists())

    def path(self, number: int, role: Role) -> Path:
        """The file of one schema."""
        return self.folder / self.event_type / f"{number}.{role}.json"

    def read(self, number: int, role: Role) -> Schema:
        """One committed schema."""
        schema: Schema = json.loads(self.path(number, role).read_text(encoding="utf-8"))
        return schema

    def is_current(self, number: int) -> bool:
        """Whether the models of today give exactly these two files."""
        return all(
            self.path(number, role).read_text(encoding="utf-8") == as_text(schema_of(self.event_type, role, number))
            for role in ROLES
        )


def check(folder: Path = FOLDER) -> list[str]:
    """What is wrong with the committed schemas; nothing when they are current and each may follow every earlier one."""
    gone = sorted(path.name for path in folder.iterdir() if path.is_dir() and path.name not in CONTRACTS)
    faults = [f"{event_type}: a published type may not be removed" for event_type in gone]
    for event_type in CONTRACTS:
        place = Place(event_type, folder)
        numbers = place.numbers()
        if numbers != list(range(1, len(numbers) + 1)) or not numbers:
            faults.append(f"{event_type}: versions must run from 1 without a gap")
            continue
        for number, role in product(numbers[1:], ROLES):
            faults += _breaks_against(place, number, role, place.read(number, role))
        if not place.is_current(numbers[-1]):
            faults.append(f"{event_type}: the model has changed since version {numbers[-1]}: generate the schemas")
    return faults


def generate(folder: Path = FOLDER, *, replace_unreleased: bool = False) -> list[Path]:
    """Write a new version of each schema that changed; the paths written. Raises `Incompatible` and writes nothing."""
    changed: list[tuple[Place, int]] = []
    faults: list[str] = []
    for event_type in CONTRACTS:
        place = Place(event_type, folder)
        numbers = place.numbers()
        if numbers and place.is_current(numbers[-1]):
            continue
        number = 1 if replace_unreleased and len(numbers) == 1 else len(numbers) + 1
        for role in ROLES:
            faults += _breaks_against(place, number, role, schema_of(event_type, role, number))
        changed.append((place, number))
    if faults:
        raise Incompatible(faults)
    return [_write(place, number, role) for place, number in changed for role in ROLES]


def _write(place: Place, number: int, role: Role) -> Path:
    path = place.path(number, role)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(as_text(schema_of(place.event_type, role, number)), encoding="utf-8")
    return path


def _breaks_against(place: Place, number: int, role: Role, schema: Schema) -> Iterator[str]:
    """Against every earlier version, not only the last one."""
    for earlier in range(1, number):
        for found in breaks(place.read(earlier, role), schema):
            yield f"{place.event_type} {role} {earlier} → {number}: {found}"
